package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/replay"
)

type replayCmd struct {
	recorded
	Export string `type:"path" help:"Write the recording to this file, to be replayed on another machine, instead of replaying it."`
	JSON   bool   `name:"json" help:"Print one JSON object."`
}

// Run computes every decision again and compares.
func (c *replayCmd) Run(e *env) error {
	return c.with(e, func(ctx context.Context, r replay.Recording) error {
		if c.Export != "" {
			return c.write(ctx, e, r)
		}
		report, err := replay.Run(ctx, r)
		if err != nil {
			return err
		}
		if c.JSON {
			b, err := json.Marshal(report)
			if err != nil {
				return err
			}
			fmt.Fprintln(e.out, string(b))
		} else {
			printReplay(e.out, report)
		}
		if !report.Same {
			return errBad
		}
		return nil
	})
}

// write writes the recording to a file that was not there.
func (c *replayCmd) write(ctx context.Context, e *env, r replay.Recording) (err error) {
	f, err := os.OpenFile(c.Export, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return boot.ConfigError{Err: fmt.Errorf("--export: %w", err)}
	}
	if err = replay.Write(ctx, f, r, time.Now()); err == nil {
		err = f.Close()
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(c.Export)
		return fmt.Errorf("--export: %w", err)
	}
	fmt.Fprintf(e.out, "%s: bonafide replay --from %s\n", c.Export, c.Export)
	return nil
}

func printReplay(w io.Writer, r replay.Report) {
	fmt.Fprintf(w, "%d verifications, %d decisions: %d inputs of %d shards computed again in %.2f s (%.0f verifications a second)\n",
		r.Verifications, r.Decisions, r.Inputs, r.Shards, r.Seconds, float64(r.Verifications)/r.Seconds)
	if r.Pending > 0 {
		fmt.Fprintf(w, "%d records are computed and not in the logs yet\n", r.Pending)
	}
	if r.Lost > 0 {
		fmt.Fprintf(w, "%d inputs were lost with the power, and the logs hold %d records that were computed from them: these cannot be computed again,\n"+
			"and what followed from them later may differ\n", r.Lost, r.OfLost)
	}
	if r.Same {
		fmt.Fprintf(w, "the logs hold exactly this: %d records, %s\n", r.Records, r.Digest)
		return
	}
	fmt.Fprintf(w, "%d of %d records DIFFER. The first of each shard:\n", r.Different, r.Records)
	for _, d := range r.First {
		fmt.Fprintf(w, "  shard %d, input %d, record %d", d.Shard, d.Input, d.Record)
		if d.Verification != "" {
			fmt.Fprintf(w, ", %s (%s, %s)", d.Verification, d.Says, d.At.UTC().Format(shown))
		}
		fmt.Fprintf(w, ": %s\n", differences[d.What])
		for _, line := range []struct{ whose, says string }{{"log     ", d.Log}, {"computed", d.Computed}} {
			if line.says != "" {
				fmt.Fprintf(w, "    %s  %s\n", line.whose, line.says)
			}
		}
		for _, f := range d.Fields {
			fmt.Fprintf(w, "    %s: log %s, computed %s\n", f.Pointer, orNothing(f.Log), orNothing(f.Computed))
		}
	}
}

// differences says in words what a difference is.
var differences = map[string]string{
	replay.Missing: "the log lacks this record", replay.Additional: "the log holds a record that the input does not give",
	replay.Content: "the log says something else", replay.NoInput: "the log names an input that is not recorded",
	replay.Lost: "the log holds what was computed from an input that was lost with the power",
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
