package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
)

type mendCmd struct {
	Data  string `type:"path" help:"Directory of a stopped 'up', instead of the broker at NATS_URL."`
	Apply bool   `help:"Mend them. No resolver may own one meanwhile; other services may run."`
}

// orphansShown is how many verifications of a shard are named.
const orphansShown = 20

// Run looks at every shard, and mends those that are damaged if it is told to.
func (c *mendCmd) Run(e *env) error {
	return recorded{Data: c.Data}.withBus(e, func(ctx context.Context, b *bus.Bus) error {
		shards, err := b.Shards(ctx)
		if err != nil {
			return fmt.Errorf("nothing is there: %w", err)
		}
		damaged, bad := 0, false
		for shard := range shards {
			d, err := b.Damage(ctx, shard)
			if err != nil {
				return fmt.Errorf("shard %d: %w", shard, err)
			}
			if d.Whole() {
				continue
			}
			damaged++
			if err := tellDamage(ctx, e.out, b, d); err != nil {
				return err
			}
			switch {
			case !c.Apply || d.Anew:
				bad = true
			default:
				if err := mend(ctx, b, shard); err != nil {
					return err
				}
				fmt.Fprintln(e.out, "  mended")
			}
		}
		if damaged == 0 {
			fmt.Fprintln(e.out, "nothing to mend")
		}
		if bad {
			return errBad
		}
		return nil
	})
}

// mend mends a shard under a name that says who it was.
func mend(ctx context.Context, b *bus.Bus, shard int) error {
	host, err := os.Hostname()
	if err != nil {
		host = "somewhere"
	}
	_, err = b.Mend(ctx, shard, fmt.Sprintf("streams mend on %s (%d)", host, os.Getpid()), time.Now())
	return err
}

// tellDamage says what is damaged, and of which verifications the log tells though the input is lost.
func tellDamage(ctx context.Context, w io.Writer, b *bus.Bus, d bus.Damage) error {
	fmt.Fprintf(w, "shard %d\n", d.Shard)
	for _, line := range d.Words() {
		fmt.Fprintf(w, "  %s\n", line)
	}
	from := d.FirstLost()
	if from == 0 {
		return nil
	}
	fmt.Fprintf(w, "  lost: inputs %d to %d, %d of them\n", from, d.Told, d.Told-from+1)
	n := 0
	err := b.Orphans(ctx, d.Shard, from, func(o bus.Orphan) bool {
		if n++; n > orphansShown {
			fmt.Fprintln(w, "    and more")
			return false
		}
		if n == 1 {
			fmt.Fprintln(w, "  the log tells of these from lost inputs, the newest first:")
		}
		fmt.Fprintf(w, "    %s, input %d\n", o.ID, o.Input)
		return true
	})
	return err
}
