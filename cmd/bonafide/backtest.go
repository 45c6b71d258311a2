package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/backtest"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/providers/fake"
)

type backtestCmd struct {
	recorded
	Flow            string `type:"path" required:"" help:"Flow file to try."`
	Of              string `help:"Play the verifications of this flow instead of those of the file's name."`
	MaxFlips        *int   `name:"max-flips" help:"Exit 1 when more verifications would have another result."`
	MaxUndetermined *int   `name:"max-undetermined" help:"Exit 1 when the result of more verifications cannot be told, as the flow asks for what nobody was asked."`
	All             bool   `help:"List every flipped verification."`
	JSON            bool   `name:"json" help:"Print one JSON object."`
}

// flippedMost is how many flipped verifications are listed unless all are wanted.
const flippedMost = 10

// Run plays recorded verifications under a flow and prints what would be otherwise.
func (c *backtestCmd) Run(e *env) error {
	source, err := os.ReadFile(c.Flow)
	if err != nil {
		return boot.ConfigError{Err: err}
	}
	f, err := flow.Compile(c.Flow, source, append(catalog.All(), fake.Definition)) // load tests are recorded, too
	if err != nil {
		return boot.ConfigError{Err: err}
	}
	for _, most := range []*int{c.MaxFlips, c.MaxUndetermined} {
		if most != nil && *most < 0 {
			return boot.ConfigError{Err: errors.New("--max-flips and --max-undetermined are not negative")}
		}
	}
	return c.with(e, func(ctx context.Context, r replay.Recording) error {
		report, err := backtest.Run(ctx, r, cmp.Or(c.Of, f.Name), f)
		if errors.Is(err, backtest.ErrNone) {
			return boot.ConfigError{Err: err}
		}
		if err != nil {
			return err
		}
		if !c.All {
			report.Flipped = report.Flipped[:min(len(report.Flipped), flippedMost)]
		}
		if c.JSON {
			b, err := json.Marshal(report, json.Deterministic(true))
			if err != nil {
				return err
			}
			fmt.Fprintln(e.out, string(b))
		} else if err := printBacktest(e.out, report); err != nil {
			return err
		}
		if c.MaxFlips != nil && report.Flips > *c.MaxFlips || c.MaxUndetermined != nil && report.Undetermined > *c.MaxUndetermined {
			return errBad
		}
		return nil
	})
}

func printBacktest(out io.Writer, r backtest.Report) error {
	fmt.Fprintf(out, "%d verifications of %s under %s %.19s… in %.2f s (%.0f a second)\n\n",
		r.Verifications, r.Of, r.Flow, r.Digest, r.Seconds, float64(r.Verifications)/r.Seconds)
	if err := printMatrix(out, r.Transitions); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nflips          %d\n", r.Flips)
	for _, c := range r.Reasons {
		fmt.Fprintf(out, "  %6d  %s (%s) → %s (%s)\n", c.Count, c.Before, c.ReasonsBefore, c.After, c.ReasonsAfter)
	}
	if r.Undetermined > 0 {
		fmt.Fprintf(out, "undetermined   %d: the flow asks for what nobody was asked; no flips, as their result cannot be told\n", r.Undetermined)
	}
	fmt.Fprintf(out, "to be reviewed %d → %d\n", r.Review.Before, r.Review.After)
	var sum backtest.Calls
	for _, c := range r.Calls {
		sum = backtest.Calls{Before: sum.Before + c.Before, After: sum.After + c.After, Unrecorded: sum.Unrecorded + c.Unrecorded}
	}
	fmt.Fprintf(out, "vendor calls   %s\n", calls(sum))
	for _, name := range slices.Sorted(maps.Keys(r.Calls)) {
		fmt.Fprintf(out, "  %-12s %s\n", name, calls(r.Calls[name]))
	}
	if r.Flips > 0 {
		fmt.Fprint(out, "flipped\n")
	}
	for _, f := range r.Flipped {
		fmt.Fprintf(out, "  %s  %s → %s\n", f.ID, f.Before, f.After)
	}
	if len(r.Flipped) < r.Flips {
		fmt.Fprintf(out, "  and %d more: --all\n", r.Flips-len(r.Flipped))
	}
	return nil
}

func calls(c backtest.Calls) string {
	s := fmt.Sprintf("%d → %d", c.Before, c.After)
	if c.Unrecorded > 0 {
		s += fmt.Sprintf(", of which %d have no recorded answer (none was made)", c.Unrecorded)
	}
	return s
}

// outcomes are the results in the order in which they are printed.
var outcomes = []string{"true", "false", "unknown", backtest.Failed, backtest.Cancelled, backtest.Open, backtest.Undetermined}

// printMatrix prints a line for each result before and a column for each after.
func printMatrix(out io.Writer, ts []backtest.Transition) error {
	count := map[[2]string]int{}
	var rows, columns []string
	for _, name := range outcomes {
		for _, t := range ts {
			count[[2]string{t.Before, t.After}] = t.Count
			if t.Before == name && !slices.Contains(rows, name) {
				rows = append(rows, name)
			}
			if t.After == name && !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "before → after\t%s\t\n", strings.Join(columns, "\t"))
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t", row)
		for _, column := range columns {
			fmt.Fprintf(w, "%d\t", count[[2]string{row, column}])
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
