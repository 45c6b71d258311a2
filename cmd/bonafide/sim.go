package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/sim"
)

type simCmd struct {
	Seed  uint64 `help:"The first life to play. The same seed is the same life." default:"1"`
	Seeds int    `help:"How many lives, from that seed on: some 200 a second and processor. Interrupted, it tells of those that it has played." default:"1000"`
	JSON  bool   `name:"json" help:"Print one JSON object."`
}

// maxShown bounds the violations that are told; all are counted.
const maxShown = 20

// Run plays lives and says which promises were broken.
func (c *simCmd) Run(e *env) error {
	if c.Seeds < 1 {
		return boot.ConfigError{Err: errors.New("--seeds must be at least 1")}
	}
	all := lives(e.ctx, c.Seed, uint64(c.Seeds))
	broken := len(all.Violations)
	all.Violations = all.Violations[:min(broken, maxShown)]
	if c.JSON {
		b, err := json.Marshal(all)
		if err != nil {
			return err
		}
		if err := printJSON(e.out, b); err != nil {
			return err
		}
	} else {
		for _, v := range all.Violations {
			fmt.Fprintln(e.out, v)
		}
		fmt.Fprintf(e.out, "%d lives of %d verifications and %d businesses: %d inputs, %d records, %d decisions, %d calls, %d creates; %d crashes, %d pauses, %d takeovers, %d appends of former owners refused; %d promises broken\n",
			all.Seeds, all.Verifications, all.Businesses, all.Inputs, all.Records, all.Decisions, all.Calls, all.Creates, all.Crashes, all.Pauses, all.Takeovers, all.Refused, broken)
	}
	if broken > 0 {
		return errBad
	}
	return e.ctx.Err()
}

// enough is how many broken promises end many lives: then more of them tell nothing.
const enough = 1000

// lives plays the lives of many seeds from first on, on all processors, until ctx ends or far too much has gone wrong. The
// report says how many they were, and what went wrong in the order of seeds.
func lives(ctx context.Context, first, many uint64) (all sim.Report) {
	var next atomic.Uint64
	var mu sync.Mutex
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for n := next.Add(1) - 1; n < many && ctx.Err() == nil; n = next.Add(1) - 1 {
				r := sim.Run(first+n, sim.Nothing)
				mu.Lock()
				all.Add(r)
				broken := len(all.Violations)
				mu.Unlock()
				if broken > enough {
					return
				}
			}
		})
	}
	work.Wait()
	slices.SortStableFunc(all.Violations, func(a, b sim.Violation) int { return cmp.Compare(a.Seed, b.Seed) })
	return all
}
