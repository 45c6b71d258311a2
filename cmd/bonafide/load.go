package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/flows"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/chaos"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/load"
	"github.com/bonafide-id/bonafide/providers/fake"
)

type loadCmd struct {
	Duration time.Duration `default:"10s" help:"How long to measure."`
	Warm     time.Duration `default:"2s" help:"How long to run before."`
	Rate     float64       `help:"Requests per second (open loop); 0: as fast as it goes (closed loop)."`
	InFlight int           `name:"inflight" default:"512" help:"Bound of the closed loop."`
	HTTP     bool          `name:"http" help:"Post requests to the API instead of publishing them."`
	Checks   int           `default:"5" help:"Checks of each verification, one component each, by a provider inside the process that answers at once."`
	Flow     string        `help:"Use this flow instead; unless NATS_URL is set, with the vendors' sandboxes."`
	Tenant   string        `default:"default" help:"Whose requests are published."`
	Payload  int           `default:"512" help:"Bytes of padding in each request."`
	Shards   int           `default:"0" help:"Shards; 0: as many as there are processors, at most 4."`
	Sync     string        `enum:"default,always" default:"default" help:"default survives kill -9; always survives power loss too."`
	Bare     bool          `help:"Run a bare loop of the same job before and after, and report the ratio."`
	Least    float64       `help:"Exit 1 when decisions per CPU second are less than this share of the bare loop's."`
	Sign     bool          `help:"Sign the decisions too; they are not unless asked for, so that figures stay comparable."`
	Index    bool          `help:"Feed the index of the read side too; it is off unless asked for, as it belongs to no decision."`
	Data     string        `type:"path" help:"Directory of the store; a temporary one unless given."`
	Profile  string        `type:"path" help:"Write a CPU profile."`
	Allocs   string        `type:"path" help:"Write a profile of what was allocated since the program began."`
	JSON     bool          `name:"json" help:"Print one JSON object."`
}

// Run drives a system of its own, or with NATS_URL the one that runs there, and verifies what came of it.
func (c *loadCmd) Run(e *env) (err error) {
	if c.Checks < 1 || c.Shards < 0 || c.InFlight < 1 || c.Duration <= 0 || c.Rate < 0 || c.Payload < 0 {
		return boot.ConfigError{Err: errors.New("load: --checks, --inflight and --duration must be positive, --rate, --shards and --payload not negative")}
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
	if c.Allocs != "" {
		f, err := os.Create(c.Allocs)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pprof.Lookup("allocs").WriteTo(f, 0), f.Close()) }()
	}
	var report load.Report
	if url, _ := e.lookup.Lookup("NATS_URL"); url != "" {
		report, err = c.elsewhere(e)
	} else {
		report, err = c.beside(e)
	}
	if err != nil {
		return err
	}
	return c.print(e, report)
}

// beside is here, between two runs of the bare loop if wanted.
func (c *loadCmd) beside(e *env) (load.Report, error) {
	if !c.Bare && c.Least == 0 {
		return c.here(e)
	}
	before, err := c.bare(e)
	if err != nil {
		return load.Report{}, err
	}
	report, err := c.here(e)
	if err != nil {
		return report, err
	}
	after, err := c.bare(e)
	report.Compare(before, after)
	return report, err
}

// bare runs the bare loop for half as long, on a broker of its own.
func (c *loadCmd) bare(e *env) (r load.Reference, err error) {
	dir, err := os.MkdirTemp("", "bonafide-bare-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	s, err := bus.Embed(bus.EmbedConfig{Dir: dir, Addr: "127.0.0.1:0", SyncAlways: c.Sync == "always"})
	if err != nil {
		return r, err
	}
	defer s.Close()
	return load.Refer(e.ctx, s.Config(), c.Checks, c.InFlight, c.Payload, c.Warm/2, c.Duration/2)
}

// here drives a system in this process, on an empty store.
func (c *loadCmd) here(e *env) (report load.Report, err error) {
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bonafide-load-"); err != nil {
			return report, err
		}
		defer os.RemoveAll(dir)
	}
	log, err := logger(e)
	if err != nil {
		return report, err
	}
	shards := c.Shards
	if shards == 0 {
		shards = shardsFor(runtime.NumCPU())
	}
	config := single.Config{Dir: dir, HTTPAddr: "127.0.0.1:0", NATSAddr: "127.0.0.1:0", Shards: shards, SyncAlways: c.Sync == "always",
		Lookuper: envconfig.MapLookuper(map[string]string{"INDEX": fmt.Sprint(c.Index)}), Log: log, Sandboxes: c.Flow != "", Unsigned: !c.Sign}
	flowName, want := c.Flow, ""
	if c.Flow == "" {
		flowName, want = fmt.Sprintf("load-%d", c.Checks), "true"
		config.Catalog = catalog.Catalog{fake.Definition}
		config.Flows = func(set *flow.Set) error { return set.Add(flowName+".yaml", flows.Load(c.Checks), config.Catalog) }
	}
	s, err := single.Start(e.ctx, config)
	if err != nil {
		return report, err
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	running := make(chan error, 1)
	go func() { running <- s.Run(ctx) }()
	if err = ready(ctx, s); err == nil {
		report, err = c.drive(ctx, s.Broker(), s.URL(), s.Key, load.Config{Flow: flowName, Want: want, Report: load.Report{Sync: c.Sync, Process: "all", Index: c.Index}})
	}
	stop()
	if failed := <-running; err == nil {
		err = failed
	}
	return report, err
}

// shardsFor is how many shards a machine with so many processors is driven with: a power of two, at most 4.
func shardsFor(processors int) int {
	n := 1
	for 2*n <= min(processors, 4) {
		n *= 2
	}
	return n
}

// elsewhere drives a system that runs already.
func (c *loadCmd) elsewhere(e *env) (load.Report, error) {
	var none load.Report
	if c.Flow == "" {
		return none, boot.ConfigError{Err: errors.New("load: NATS_URL is set: name one of the flows there with --flow")}
	}
	common, err := boot.Load[streamsConfig](e.ctx, e.lookup)
	if err != nil {
		return none, err
	}
	var api apiConfig
	if c.HTTP {
		if api, err = boot.Load[apiConfig](e.ctx, e.lookup); err != nil {
			return none, err
		}
	}
	synced := "default"
	if common.NATS.SyncAlways {
		synced = "always"
	}
	return c.drive(e.ctx, common.NATS, strings.TrimSuffix(api.URL, "/"), api.Key, load.Config{Flow: c.Flow, Report: load.Report{Sync: synced, Process: "client"}})
}

// drive connects a sender and a reader of its own and runs the load.
func (c *loadCmd) drive(ctx context.Context, broker bus.Config, url, key string, l load.Config) (load.Report, error) {
	w, err := bus.Connect(ctx, broker, "load-writer")
	if err != nil {
		return load.Report{}, err
	}
	defer w.Close(context.WithoutCancel(ctx))
	r, err := bus.Connect(ctx, broker, "load-reader")
	if err != nil {
		return load.Report{}, err
	}
	defer r.Close(context.WithoutCancel(ctx))
	if err := connected(ctx, w, r); err != nil {
		return load.Report{}, err
	}
	l.Send, l.Report.Intake = load.ByNATS(w, c.Tenant), "nats"
	if c.HTTP {
		l.Send, l.Report.Intake = load.ByHTTP(url, key, c.InFlight), "http"
	}
	if c.Flow != "" { // vendors look at documents
		l.Documents = func(n int) []events.DocumentUpload {
			return []events.DocumentUpload{chaos.Picture("PASSPORT", 2*n, nil), chaos.Picture("SELFIE", 2*n+1, nil)}
		}
	}
	l.Reader, l.Duration, l.Warm, l.Rate, l.InFlight, l.Payload = r, c.Duration, c.Warm, c.Rate, c.InFlight, c.Payload
	return load.Run(ctx, l)
}

// connected waits a moment for the broker.
func connected(ctx context.Context, buses ...*bus.Bus) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for _, b := range buses {
		for err := b.Ready(ctx); err != nil; err = b.Ready(ctx) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("NATS_URL: %w", err)
			}
		}
	}
	return nil
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
	if !r.Verified || c.Least > 0 && r.CPURatio < c.Least {
		return errBad
	}
	return nil
}
