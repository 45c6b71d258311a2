package main

import (
	"crypto/rand"
	"fmt"

	"github.com/bonafide-id/bonafide/internal/seal"
)

type keysetCmd struct {
	New keysetNew `cmd:"" help:"Make a keyset: a private file for dispatchers, a public one for ingest."`
}

type keysetNew struct {
	Private string `required:"" type:"path" help:"File to write the whole keyset to; only its owner may read it."`
	Public  string `required:"" type:"path" help:"File to write the public half to."`
}

// Run writes both files and never replaces one.
func (c *keysetNew) Run(e *env) error {
	k, err := seal.Generate(rand.Reader)
	if err != nil {
		return err
	}
	if err := k.WritePrivate(c.Private); err != nil {
		return err
	}
	if err := k.Public().WritePublic(c.Public); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s for dispatchers (KEYSET_FILE), %s for ingest (KEYSET_FILE)\n", c.Private, c.Public)
	return nil
}
