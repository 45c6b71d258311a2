package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/chaos"
)

type chaosCmd struct {
	Faults   []string      `default:"kill,zombie,broker" help:"What is broken, and how often: kill=20,zombie. One of broker, cut, disk, full, kill, power, roll, stop, storm, zombie."`
	Kills    int           `help:"How many services are killed with kill -9."`
	Brokers  int           `default:"1" help:"1 broker, or 3 that hold every stream three times."`
	Seed     uint64        `default:"1" help:"What is broken when."`
	Duration time.Duration `help:"Break all of it again until so much time is over."`
	Rate     float64       `default:"16" help:"Requests per second meanwhile."`
	NoSync   bool          `help:"With power: brokers acknowledge before they sync. Such a run must lose something, or nothing is shown by others."`
	JSON     bool          `name:"json" help:"Print one JSON object."`
}

// Run breaks a cluster of processes on this machine and judges what came of it.
func (c *chaosCmd) Run(e *env) error {
	faults, err := chaos.Counts(c.Faults)
	if err != nil {
		return boot.ConfigError{Err: fmt.Errorf("--faults: %w", err)}
	}
	if c.Kills < 0 || c.Rate <= 0 || c.Duration < 0 || c.Brokers != 1 && c.Brokers != 3 {
		return boot.ConfigError{Err: errors.New("chaos: --kills and --duration may not be negative, --rate must be positive, --brokers 1 or 3")}
	}
	if c.Kills > 0 {
		faults["kill"] = c.Kills
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bonafide-chaos-")
	if err != nil {
		return err
	}
	report, err := chaos.Run(e.ctx, chaos.Plan{
		Config: chaos.Config{Dir: dir, Nodes: c.Brokers, Power: faults["power"] > 0, Full: faults["full"] > 0, Sync: faults["power"] > 0 && !c.NoSync,
			Argv: func(p chaos.Part) []string { return []string{self, "part", string(p)} }},
		Faults: faults, Seed: c.Seed, Duration: c.Duration, Every: time.Duration(float64(time.Second) / c.Rate), Progress: e.err})
	if err != nil {
		if e.ctx.Err() == nil {
			fmt.Fprintln(e.err, "everything is still in", dir)
			return err
		}
		return errors.Join(err, os.RemoveAll(dir))
	}
	if report.Kept {
		report.Dir = ""
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	if c.JSON {
		b, err := json.Marshal(report, json.Deterministic(true))
		if err != nil {
			return err
		}
		if err := printJSON(e.out, b); err != nil {
			return err
		}
	} else {
		report.Print(e.out)
	}
	if !report.Kept {
		return errBad
	}
	return nil
}

// partCmd is a process that chaos starts.
type partCmd struct {
	Part chaos.Part `arg:""`
	Argv []string   `arg:"" optional:"" passthrough:""`
}

// Run is that part until it is told to stop, or until nobody is there any more who could tell.
func (c *partCmd) Run(e *env) error {
	ctx, orphaned := context.WithCancel(e.ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		orphaned()
	}()
	return chaos.Serve(ctx, c.Part, e.lookup, c.Argv...)
}
