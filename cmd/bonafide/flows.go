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

// Run compiles each file and prints every problem, or the version that it is. The flow that another names for its persons may be
// in any of the files, or built in.
func (c *flowsCheck) Run(e *env) error {
	vendors := catalog.All()
	all, err := flow.Load("", vendors)
	if err != nil {
		return err
	}
	sources := make([][]byte, len(c.Files))
	for i, file := range c.Files {
		if sources[i], err = os.ReadFile(file); err != nil {
			return boot.ConfigError{Err: err}
		}
		if f, err := flow.Compile(file, sources[i], vendors); err == nil && f.Persons == "" {
			_ = all.Add(file, sources[i], vendors) // it compiles
		}
	}
	bad := false
	for i, file := range c.Files {
		var problems flow.Errors
		f, err := flow.Compile(file, sources[i], vendors)
		if err == nil {
			err = all.Add(file, sources[i], vendors)
		}
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
