package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/sign"
)

type keysCmd struct {
	Show keysShow `cmd:"" default:"1" help:"Print the public keys of decisions: a JSON Web Key Set, for 'verify --keys'."`
	New  keysNew  `cmd:"" help:"Make a key that signs decisions, the first or the next: a private file for resolvers, and its public half added to a file for everybody."`
	End  keysEnd  `cmd:"" help:"Say that a key signs nothing any more from a moment on. What it has signed before stays good."`
}

type keysShow struct{}

type keysNew struct {
	Private string `required:"" type:"path" help:"File to write the key to (SIGNING_KEY_FILE); only its owner may read it, and it is never replaced."`
	Public  string `required:"" type:"path" help:"File of public keys to add to (SIGNING_KEYS_FILE); made if it is not there."`
}

type keysEnd struct {
	ID     string `arg:"" help:"Id of the key."`
	Public string `required:"" type:"path" help:"File of public keys."`
	At     moment `help:"From when on; now if not said."`
}

// Run prints the public keys that the API serves.
func (keysShow) Run(e *env) error {
	keys, err := publicKeys(e, "")
	if err != nil {
		return err
	}
	b, err := keys.Marshal()
	if err != nil {
		return err
	}
	_, err = e.out.Write(b)
	return err
}

// Run makes a key.
func (c keysNew) Run(e *env) error {
	k, err := sign.Generate(rand.Reader)
	if err != nil {
		return err
	}
	if err := k.Write(c.Private); err != nil {
		return boot.ConfigError{Err: fmt.Errorf("--private: %w", err)}
	}
	keys, err := sign.Add(c.Public, k.Public(time.Now()))
	if err != nil {
		return boot.ConfigError{Err: fmt.Errorf("--public: %w", err)}
	}
	fmt.Fprintf(e.out, "%s: key %s for resolvers (SIGNING_KEY_FILE)\n%s: %d public keys (SIGNING_KEYS_FILE, verify --keys)\n", c.Private, k.ID(), c.Public, len(keys))
	return nil
}

// Run ends a key.
func (c keysEnd) Run(e *env) error {
	keys, err := sign.ReadKeys(c.Public)
	if err != nil {
		return boot.ConfigError{Err: fmt.Errorf("--public: %w", err)}
	}
	k, ok := keys.Find(c.ID)
	if !ok {
		return boot.ConfigError{Err: fmt.Errorf("%s: no key %s", c.Public, c.ID)}
	}
	if k.Until = c.At.Time; k.Until.IsZero() {
		k.Until = time.Now()
	}
	return keys.Write(c.Public)
}

// publicKeys reads a file of public keys, or asks the API for them.
func publicKeys(e *env, file string) (sign.Keys, error) {
	if file != "" {
		keys, err := sign.ReadKeys(file)
		if err != nil {
			return nil, boot.ConfigError{Err: fmt.Errorf("--keys: %w", err)}
		}
		return keys, nil
	}
	c, err := boot.Load[whereConfig](e.ctx, e.lookup)
	if err != nil {
		return nil, err
	}
	b, err := fetch(e.ctx, strings.TrimSuffix(c.URL, "/")+"/v1/keys")
	if err != nil {
		return nil, boot.ConfigError{Err: fmt.Errorf("public keys: %w (--keys FILE needs no API)", err)}
	}
	return sign.ParseKeys(b)
}

// whereConfig says where the API is, for what needs no key.
type whereConfig struct {
	URL string `env:"BONAFIDE_URL, default=http://127.0.0.1:8080"`
}

// Validate finds nothing wrong.
func (whereConfig) Validate() error { return nil }

func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("is Bonafide running? %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(url + ": " + res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 1<<20))
}
