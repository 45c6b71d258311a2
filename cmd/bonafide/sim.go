package main

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/sim"
)

type simCmd struct {
	Seed  uint64 `help:"The first life to play. The same seed is the same life." default:"1"`
	Seeds int    `help:"How many lives, from that seed on." default:"1000"`
	JSON  bool   `name:"json" help:"Print one JSON object."`
}

// maxShown bounds the violations that are told; all are counted.
const maxShown = 20

// Run plays lives and says which promises were broken.
func (c *simCmd) Run(e *env) error {
	if c.Seeds < 1 {
		return boot.ConfigError{Err: errors.New("--seeds must be at least 1")}
	}
	var all sim.Report
	for n := range c.Seeds {
		if e.ctx.Err() != nil {
			return e.ctx.Err()
		}
		all.Add(sim.Run(c.Seed+uint64(n), sim.Nothing))
	}
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
		fmt.Fprintf(e.out, "%d lives of %d verifications: %d inputs, %d records, %d decisions, %d calls, %d creates; %d crashes, %d pauses, %d takeovers, %d appends of former owners refused; %d promises broken\n",
			all.Seeds, all.Verifications, all.Inputs, all.Records, all.Decisions, all.Calls, all.Creates, all.Crashes, all.Pauses, all.Takeovers, all.Refused, broken)
	}
	if broken > 0 {
		return errBad
	}
	return nil
}
