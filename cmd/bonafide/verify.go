package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/sign"
)

type verifyCmd struct {
	File string `arg:"" type:"existingfile" help:"Decisions as events carry them or the API returns them: one, one a line, an array, or a page. - is standard input."`
	Keys string `type:"path" help:"File of public keys, as 'keys' prints them; without it the API at BONAFIDE_URL is asked."`
	JSON bool   `name:"json" help:"Print a verdict for each decision as JSON."`
}

// fileMost bounds what is read.
const fileMost = 256 << 20

// Run checks every decision in the file. All must be signed, by a key that is trusted, and as they were signed.
func (c *verifyCmd) Run(e *env) error {
	b, err := readFile(c.File)
	if err != nil {
		return boot.ConfigError{Err: err}
	}
	keys, err := publicKeys(e, c.Keys)
	if err != nil {
		return err
	}
	verdicts := sign.Check(b, keys)
	bad := 0
	for _, v := range verdicts {
		if len(v.Wrong) > 0 {
			bad++
		}
	}
	if c.JSON {
		b, err := json.Marshal(verdicts)
		if err != nil {
			return err
		}
		fmt.Fprintln(e.out, string(b))
	} else {
		for _, v := range verdicts {
			printVerdict(e.out, v)
		}
	}
	if bad > 0 {
		return errBad
	}
	return nil
}

func readFile(name string) ([]byte, error) {
	in := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, fileMost+1))
	if err == nil && len(b) > fileMost {
		err = errors.New(name + ": larger than 256 MiB; verify it in pieces")
	}
	return b, err
}

func printVerdict(w io.Writer, v sign.Verdict) {
	what := v.ID
	if what == "" {
		what = "a document"
	}
	if v.Revision > 0 {
		what += fmt.Sprintf(" revision %d: %s", v.Revision, v.Result)
	}
	if len(v.Wrong) == 0 {
		fmt.Fprintf(w, "%s, decided %s, signed by %s, %d pieces of evidence\n", what, v.Decided.UTC().Format(time.RFC3339), v.KeyID, len(v.Evidence))
		return
	}
	fmt.Fprintf(w, "%s  WRONG\n", what)
	for _, x := range v.Wrong {
		part := x.Part
		if part == "" {
			part = "all of it"
		}
		fmt.Fprintf(w, "  %s: %s\n", part, x.Why)
	}
}
