package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/dispatch"
	"github.com/bonafide-id/bonafide/internal/remap"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

type remapCmd struct {
	Data     string `type:"path" help:"Directory of a stopped 'up', instead of NATS_URL, KEYSET_FILE and BLOB_URL."`
	Provider string `required:"" help:"Provider whose answers are read again."`
	Apply    bool   `help:"Put what changes, so that decisions are superseded. Without it nothing is published."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
}

// remapConfig is what opens evidence.
type remapConfig struct {
	KeysetFile string `env:"KEYSET_FILE"`
	BlobURL    string `env:"BLOB_URL"`
}

// Validate names what is missing.
func (c remapConfig) Validate() error {
	if c.KeysetFile == "" || c.BlobURL == "" {
		return errors.New("KEYSET_FILE and BLOB_URL: those of dispatchers are needed, or --data")
	}
	return nil
}

// Run reads what is kept of a provider's answers again and prints what changes.
func (c *remapCmd) Run(e *env) error {
	known := catalog.All()
	i := slices.IndexFunc(known, func(d providers.Definition) bool { return d.Spec.Name == c.Provider })
	if i < 0 {
		return boot.ConfigError{Err: fmt.Errorf("--provider: %q is none of %s", c.Provider, strings.Join(known.Names(), ", "))}
	}
	l := e.lookup
	if c.Data != "" {
		l = envconfig.MapLookuper(map[string]string{"KEYSET_FILE": filepath.Join(c.Data, "keyset.json"),
			"BLOB_URL": "file://" + filepath.ToSlash(filepath.Join(c.Data, "blobs"))})
	}
	config, err := boot.Load[remapConfig](e.ctx, l)
	if err != nil {
		return err
	}
	private, err := seal.ReadPrivate(config.KeysetFile)
	if err != nil {
		return boot.ConfigError{Err: err}
	}
	blobs, err := blob.Open(e.ctx, config.BlobURL)
	if err != nil {
		return boot.ConfigError{Err: err}
	}
	defer blobs.Close()
	return recorded{Data: c.Data}.withBus(e, func(ctx context.Context, b *bus.Bus) error {
		rec, err := replay.Live(ctx, b)
		if err != nil {
			return fmt.Errorf("nothing is recorded there: %w", err)
		}
		report, err := remap.Find(ctx, rec, b, dispatch.NewRereader(b, seal.NewOpener(private, b), blobs, known[i], rec.Shards()))
		if err == nil && c.Apply {
			err = report.Apply(ctx, b, time.Now())
		}
		if err != nil {
			return err
		}
		if c.JSON {
			out, err := json.Marshal(report)
			if err != nil {
				return err
			}
			fmt.Fprintln(e.out, string(out))
			return nil
		}
		printRemap(e.out, &report, c.Apply)
		return nil
	})
}

func printRemap(w io.Writer, r *remap.Report, applied bool) {
	fmt.Fprintf(w, "%d answers of %d verifications read again with mapping %s in %.2f s\n", r.Read, r.Verifications, r.Mapping, r.Seconds)
	fmt.Fprintf(w, "findings that change    %d\n", len(r.Changes))
	for _, c := range r.Changes {
		what := c.Component
		if c.Person != "" {
			what += " of " + c.Person
		}
		fmt.Fprintf(w, "  %s  %s %s: %s → %s\n", c.ID, c.Check, what, cmp.Or(c.Before, "nothing"), cmp.Or(c.After, "nothing"))
	}
	fmt.Fprintf(w, "decisions superseded    %d\n", len(r.Superseded))
	for _, s := range r.Superseded {
		fmt.Fprintf(w, "  %s  revision %d: %s → %s (%s)\n", s.ID, s.Revision, s.Before, s.After, s.Cause)
	}
	if len(r.NotCompleted) > 0 {
		fmt.Fprintf(w, "not completed any more  %d; what counts stays\n", len(r.NotCompleted))
		for _, u := range r.NotCompleted {
			fmt.Fprintf(w, "  %s  %s is %s\n", u.ID, u.Check, u.Status)
		}
	}
	fmt.Fprintf(w, "erased, skipped         %d\nwithout evidence        %d\n", r.Erased, r.NoEvidence)
	switch {
	case applied:
		fmt.Fprintf(w, "%d answers put\n", r.Applied)
	case len(r.Changes) > 0:
		fmt.Fprint(w, "nothing is published; --apply does it\n")
	}
}
