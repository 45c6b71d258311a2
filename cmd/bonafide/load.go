package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/flows"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/load"
	"github.com/bonafide-id/bonafide/providers/fake"
)

type loadCmd struct {
	Duration time.Duration `default:"10s" help:"How long to measure."`
	Warm     time.Duration `default:"2s" help:"How long to run before."`
	Rate     float64       `help:"Requests per second (open loop); 0: as fast as it goes (closed loop)."`
	InFlight int           `name:"inflight" default:"512" help:"Bound of the closed loop."`
	Checks   int           `default:"5" help:"Checks of each verification, one component each."`
	Payload  int           `default:"512" help:"Bytes of padding in each request."`
	Shards   int           `default:"4" help:"Shards."`
	Sync     string        `enum:"default,always" default:"default" help:"default survives kill -9; always survives power loss too."`
	Data     string        `type:"path" help:"Directory of the store; a temporary one unless given."`
	Profile  string        `type:"path" help:"Write a CPU profile."`
	JSON     bool          `name:"json" help:"Print one JSON object."`
}

// Run drives a system of its own, with a provider inside the process that answers at once.
func (c *loadCmd) Run(e *env) (err error) {
	if c.Checks < 1 || c.Shards < 1 || c.InFlight < 1 || c.Duration <= 0 || c.Rate < 0 || c.Payload < 0 {
		return boot.ConfigError{Err: errors.New("load: --checks, --shards, --inflight and --duration must be positive, --rate and --payload not negative")}
	}
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bonafide-load-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	log, err := logger(e)
	if err != nil {
		return err
	}
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	vendors := catalog.Catalog{fake.Definition}
	name := fmt.Sprintf("load-%d", c.Checks)
	s, err := single.Start(e.ctx, single.Config{Dir: dir, HTTPAddr: "127.0.0.1:0", NATSAddr: "127.0.0.1:0", Shards: c.Shards, SyncAlways: c.Sync == "always",
		Lookuper: envconfig.MapLookuper(nil), Log: log, Catalog: vendors,
		Flows: func(set *flow.Set) error { return set.Add(name+".yaml", flows.Load(c.Checks), vendors) }})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	running := make(chan error, 1)
	go func() { running <- s.Run(ctx) }()
	report, err := c.drive(ctx, s, name)
	stop()
	if failed := <-running; err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return c.print(e, report)
}

func (c *loadCmd) drive(ctx context.Context, s *single.System, flowName string) (load.Report, error) {
	if err := ready(ctx, s); err != nil {
		return load.Report{}, err
	}
	w, err := bus.Connect(ctx, s.Broker(), "load-writer")
	if err != nil {
		return load.Report{}, err
	}
	defer w.Close(context.WithoutCancel(ctx))
	r, err := bus.Connect(ctx, s.Broker(), "load-reader")
	if err != nil {
		return load.Report{}, err
	}
	defer r.Close(context.WithoutCancel(ctx))
	return load.Run(ctx, load.Config{Writer: w, Reader: r, Tenant: "load", Flow: flowName, Duration: c.Duration, Warm: c.Warm, Rate: c.Rate, InFlight: c.InFlight,
		Payload: c.Payload, Report: load.Report{Sync: c.Sync, Replicas: 1, Shards: c.Shards, Checks: c.Checks}})
}

func (c *loadCmd) print(e *env, r load.Report) error {
	if c.JSON {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintln(e.out, string(b))
	} else {
		r.Print(e.out)
	}
	if !r.Verified {
		return errBad
	}
	return nil
}
