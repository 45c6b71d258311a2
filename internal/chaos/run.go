package chaos

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// Plan says what is broken, how often, and in which World.
type Plan struct {
	Config
	Faults   map[string]int // by name; see FaultNames
	Seed     uint64         // what is broken when; what comes of it is up to the machine
	Duration time.Duration  // if longer than the faults take: all of them again, until it is over
	Every    time.Duration  // between two requests; 0 is 60 ms
	Progress io.Writer      // a line for each fault; nil is nobody
}

// run is a Plan on its way.
type run struct {
	Plan
	w      *World
	bus    *bus.Bus
	h      *History
	rand   *rand.Rand
	report Report

	stopped int
	lied    bool
	downs   int // requests to brokers that were away
	unruly  []string
	storms  []storm
}

// Run carries out a plan and reports. The directory of the plan is left as it is then. An error says that the run could not
// be carried out, or that what was broken did not come back: then nothing else is known.
func Run(ctx context.Context, p Plan) (Report, error) {
	began := time.Now()
	if p.Every == 0 {
		p.Every = 60 * time.Millisecond
	}
	r := &run{Plan: p, h: NewHistory(), rand: rand.New(rand.NewPCG(p.Seed, 0))}
	r.report = Report{Seed: p.Seed, Brokers: max(p.Nodes, 1), Faults: map[string]int{}, Dir: p.Dir}
	var err error
	if r.w, err = Start(p.Config); err != nil {
		return r.report, err
	}
	defer r.w.Close()
	if err := r.w.Ready(ctx); err != nil {
		return r.report, err
	}
	if r.bus, err = r.w.Connect(ctx); err != nil {
		return r.report, err
	}
	defer r.bus.Close(context.WithoutCancel(ctx))
	r.say("ready after %v", time.Since(began).Round(100*time.Millisecond))
	if err := r.underLoad(ctx, time.Now()); err != nil {
		return r.report, err
	}
	f, err := r.w.Gather(ctx, r.bus, r.h)
	if err != nil {
		return r.report, err
	}
	f.Stopped, f.Lied = f.Stopped+r.stopped, r.lied
	f.Unruly = append(f.Unruly, r.unruly...)
	r.conclude(f)
	r.report.Seconds = time.Since(began).Seconds()
	return r.report, nil
}

// underLoad breaks things while requests come in.
func (r *run) underLoad(ctx context.Context, began time.Time) error {
	load, enough := context.WithCancel(ctx)
	var up sync.WaitGroup
	up.Go(func() { r.w.Upstream(load, r.bus, "run", r.h, r.Every) })
	defer up.Wait()
	defer enough()
	pause(ctx, time.Second)
	for {
		for _, name := range r.bag() {
			if err := r.inject(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if r.Duration > 0 && time.Since(began) > r.Duration {
				break
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(began) >= r.Duration {
			break
		}
	}
	err := r.whole(ctx)
	pause(ctx, 500*time.Millisecond)
	return err
}

// bag returns the faults of one round in an order by the seed.
func (r *run) bag() []string {
	var all []string
	for _, name := range FaultNames() {
		for range r.Faults[name] {
			all = append(all, name)
		}
	}
	r.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if len(all) == 0 {
		return all
	}
	return slices.Clip(all)
}

// inject breaks one thing. Only a killed service is not waited for: others are killed while it comes up.
func (r *run) inject(ctx context.Context, name string) error {
	if name != "kill" {
		if err := r.w.Ready(ctx); err != nil {
			return fmt.Errorf("before it: %w", err)
		}
	}
	least, most := 300*time.Millisecond, 1200*time.Millisecond
	if name == "kill" && r.rand.IntN(2) == 0 {
		least, most = 0, 150*time.Millisecond // right after the one before
	}
	pause(ctx, r.between(least, most))
	began := time.Now()
	what, err := faults[name].do(r, ctx)
	r.report.Faults[name]++
	r.say("%s: %s (%v)", name, what, time.Since(began).Round(time.Millisecond))
	return err
}

func (r *run) say(format string, args ...any) {
	if r.Progress != nil {
		fmt.Fprintf(r.Progress, format+"\n", args...)
	}
}
