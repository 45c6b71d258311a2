package chaos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fault is one way of breaking things, and of mending them again. It returns what was done, in words.
type fault struct {
	says string
	do   func(*run, context.Context) (string, error)
}

// faults are all of them, by name.
var faults = map[string]fault{
	"kill":   {"kill -9 of a service", (*run).kill},
	"zombie": {"an owner is stopped past its lease and goes on when another has its shards", (*run).zombie},
	"stop":   {"SIGTERM to a service under load", (*run).stop},
	"broker": {"kill -9 of a broker; of three, every other time one that leads a log", (*run).broker},
	"roll":   {"every broker is restarted in order, one after another", (*run).roll},
	"cut":    {"a way between services and brokers, or between brokers, is cut: both directions, one, or again and again", (*run).cut},
	"disk":   {"the brokers may store nothing more: requests are refused with 503, then they may", (*run).disk},
	"full":   {"the system tells running brokers that its disk is full: requests are refused with 503, then there is room", (*run).full},
	"power":  {"the power fails for all brokers and services at once: what they have not synced is gone", (*run).power},
	"storm":  {"a vendor answers 429, 500, nothing, drop by drop or far too much", (*run).storm},
}

// FaultNames are the faults that a Plan can name.
func FaultNames() []string { return slices.Sorted(maps.Keys(faults)) }

// kill ends a service without a word and starts it a moment later.
func (r *run) kill(ctx context.Context) (string, error) {
	name := Services[r.rand.IntN(len(Services))]
	p := r.w.Process(name)
	p.Kill()
	pause(ctx, r.between(0, 400*time.Millisecond))
	return name, p.Start()
}

// zombie stops a resolver until the other has all shards, and a moment longer.
func (r *run) zombie(ctx context.Context) (string, error) {
	n := r.rand.IntN(2)
	name, other := fmt.Sprint("resolver-", 1+n), fmt.Sprint("resolver-", 2-n)
	if r.w.Owned(name) == 0 { // who has nothing is no zombie
		name, other = other, name
	}
	had, p := r.w.Owned(name), r.w.Process(name)
	p.Signal(syscall.SIGSTOP)
	err := Await(ctx, other+" owns every shard", ownPatience, func() bool { return r.w.Owned(other) == Shards })
	pause(ctx, 500*time.Millisecond) // of work by the new owner
	p.Signal(syscall.SIGCONT)
	if err != nil {
		return name, err
	}
	r.report.Taken += had
	return fmt.Sprintf("%s, with %d shards", name, had), Await(ctx, name+" knows that it has lost", ownPatience, func() bool { return r.w.Owned(name) == 0 })
}

// stop tells a service to stop, each in turn, and starts it again.
func (r *run) stop(ctx context.Context) (string, error) {
	name := Services[r.report.Faults["stop"]%len(Services)]
	p := r.w.Process(name)
	began := time.Now()
	err := p.Stop()
	r.stopped++
	if err != nil {
		r.unruly = append(r.unruly, err.Error())
		p.Kill()
	}
	return fmt.Sprintf("%s, in %v", name, time.Since(began).Round(time.Millisecond)), p.Start()
}

// storm gives a vendor a bad time, twice, each after a calm time, and listens to how the others fare; see calm.go. What is wrong
// goes around with one vendor, and then with the next, once nobody waits for the first any more.
func (r *run) storm(ctx context.Context) (string, error) {
	n := r.report.Faults["storm"]
	kind, vendor := storms[n%len(storms)], vendors[(int(r.Seed%2)+n/len(storms))%len(vendors)]
	if len(r.storms) > 0 && r.storms[len(r.storms)-1].vendor != vendor {
		if _, err := AwaitDecisions(ctx, r.bus, r.h.Accepted()); err != nil {
			return vendor, err
		}
	}
	r.lied = r.lied || slices.Contains(lies, kind)
	for range stormPairs {
		calm := time.Now()
		pause(ctx, stormTime)
		began := time.Now()
		if err := r.w.Fault(vendor, kind); err != nil {
			return vendor, err
		}
		pause(ctx, stormTime)
		err := r.w.Fault(vendor, "")
		r.storms = append(r.storms, storm{vendor, calm, began, time.Now()})
		if err != nil {
			return vendor, err
		}
	}
	return vendor + " " + kind, nil
}

// How long a bad time lasts, and how often there is one.
const (
	stormTime  = 4 * time.Second
	stormPairs = 2
)

// vendors are those that upstream's flows ask.
var vendors = []string{"sumsub", "bive"}

// storms are the weathers of a vendor, and lies those in which it says what nobody can understand.
var (
	lies   = []string{`{"mode":"huge","bytes":33554432}`, `{"mode":"garbage"}`}
	storms = append(lies, `{"mode":"429","retryAfter":1}`, `{"mode":"status","status":500}`, `{"mode":"hang"}`, `{"mode":"trickle"}`)
)

// between returns a time by the seed.
func (r *run) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.rand.Int64N(int64(most-least)))
}

// usual is how often a fault happens that is named without a number; others happen once.
var usual = map[string]int{"kill": 20, "zombie": 3, "broker": 3, "stop": 5, "cut": 5, "storm": 6}

// Counts reads what is to be broken, "kill=20" or "zombie", and how often.
func Counts(list []string) (map[string]int, error) {
	out := map[string]int{}
	for _, item := range list {
		name, number, given := strings.Cut(item, "=")
		if _, ok := faults[name]; !ok {
			return nil, fmt.Errorf("%q is none of %s", name, strings.Join(FaultNames(), ", "))
		}
		n := max(usual[name], 1)
		if given {
			var err error
			if n, err = strconv.Atoi(number); err != nil || n < 1 {
				return nil, fmt.Errorf("%s: %q is not how often", name, number)
			}
		}
		out[name] = n
	}
	return out, nil
}
