package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/flow"
)

type flowsCmd struct {
	Check flowsCheck `cmd:"" help:"Say what is wrong with flow files: file, line, column."`
}

type flowsCheck struct {
	Files []string `arg:"" type:"path" help:"Flow files."`
}

// Run compiles each file and prints every problem, or the version that it is.
func (c *flowsCheck) Run(e *env) error {
	bad := false
	for _, file := range c.Files {
		source, err := os.ReadFile(file)
		if err != nil {
			return boot.ConfigError{Err: err}
		}
		f, err := flow.Compile(file, source, catalog.All())
		var problems flow.Errors
		switch {
		case errors.As(err, &problems):
			bad = true
			for _, p := range problems {
				fmt.Fprintln(e.out, p)
			}
		case err != nil:
			return err
		default:
			fmt.Fprintf(e.out, "%s: %s %s\n", file, f.Name, f.Digest)
		}
	}
	if bad {
		return errBad
	}
	return nil
}
