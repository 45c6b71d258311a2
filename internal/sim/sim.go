// Package sim plays the whole life of verifications in one goroutine and on a clock of its own: the real core and the real
// rules of the call ledger, between a broker, vendors, processes and subjects that do whatever a seed says. They crash,
// sleep past their leases, answer late, twice or never, and lose what was said to them.
//
// The same seed gives the same life, event for event. What must hold of every life is in check.go.
package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// start is when every life begins.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// maxEvents bounds one life: one that is not at rest by then never will be.
const maxEvents = 200_000

// Sabotage takes one of the protections away, to see that the checks find it.
type Sabotage int

// What can be taken away.
const (
	Nothing      Sabotage = iota
	NoFence               // the log takes records of former owners
	NoLedger              // calls that may have happened are made again
	NoReplay              // a new owner appends only what it makes itself
	NoWheel               // nobody wakes a verification whose time has come
	EarlySettled          // what verifications say to each other is settled before it is stored
	AnyOrder              // it is carried in any order
)

// Report is what happened in one or several lives.
type Report struct {
	Seeds         int         `json:"seeds"`
	Verifications int         `json:"verifications"` // but those of persons whom businesses name
	Businesses    int         `json:"businesses"`
	Inputs        int         `json:"inputs"`
	Records       int         `json:"records"`
	Decisions     int         `json:"decisions"`
	Calls         int         `json:"calls"`
	Creates       int         `json:"creates"`
	Crashes       int         `json:"crashes"`
	Pauses        int         `json:"pauses"`
	Takeovers     int         `json:"takeovers"`
	Refused       int         `json:"refused"` // appends of former owners
	Again         int         `json:"again"`   // decisions that are due to an expiry
	Erased        int         `json:"erased"`  // checks that vendors have erased
	Carried       int         `json:"carried"` // what businesses and persons said to each other
	Violations    []Violation `json:"violations"`
}

// Violation is something that must not happen.
type Violation struct {
	Seed uint64 `json:"seed"`
	Rule string `json:"rule"` // I1, I2, I3, I4, I6, rest: see check.go; F1 to F3: see related.go
	What string `json:"what"`
}

func (v Violation) String() string { return fmt.Sprintf("seed %d: %s: %s", v.Seed, v.Rule, v.What) }

// Run plays the life of a seed and says what was wrong with it.
func Run(seed uint64, s Sabotage) Report {
	w := newWorld(seed, s)
	w.begin()
	atRest := w.play()
	return w.report(atRest)
}

// Add sums up another report.
func (r *Report) Add(o Report) {
	r.Seeds += o.Seeds
	r.Verifications += o.Verifications
	r.Businesses += o.Businesses
	r.Inputs += o.Inputs
	r.Records += o.Records
	r.Decisions += o.Decisions
	r.Calls += o.Calls
	r.Creates += o.Creates
	r.Crashes += o.Crashes
	r.Pauses += o.Pauses
	r.Takeovers += o.Takeovers
	r.Refused += o.Refused
	r.Again += o.Again
	r.Erased += o.Erased
	r.Carried += o.Carried
	r.Violations = append(r.Violations, o.Violations...)
}

// world is everything there is in one life.
type world struct {
	seed     uint64
	sabotage Sabotage
	r        *rand.Rand
	clock
	broker
	kin
	policies    map[string]*decision.Policy // by digest
	families    map[string]string           // digest of the flow of each person
	opened      map[string]bool             // by identity
	vendors     map[string]*vendor
	resolvers   []*resolver
	dispatchers []*dispatcher
	couriers    []*courier
	owner       *resolver // whoever holds the lease
	tally       Report
}

func newWorld(seed uint64, s Sabotage) *world {
	w := &world{seed: seed, sabotage: s, r: rand.New(rand.NewPCG(seed, 0x626f6e61)), clock: clock{now: start}, tally: Report{Seeds: 1}}
	w.broker.init()
	w.families, w.opened = map[string]string{}, map[string]bool{}
	w.vendors = map[string]*vendor{}
	for _, v := range []*vendor{{name: "sumsub", idempotent: true, resubmits: true}, {name: "bive", looks: true}, {name: "personr"}} {
		v.made, v.creates = map[string]*deed{}, map[string]int{}
		w.vendors[v.name] = v
	}
	for i := range 2 {
		w.resolvers = append(w.resolvers, &resolver{world: w, process: process{name: fmt.Sprint("resolver-", i+1)}})
		w.dispatchers = append(w.dispatchers, &dispatcher{world: w, process: process{name: fmt.Sprint("dispatcher-", i+1)}, skew: w.span(0, 20*time.Minute) - 10*time.Minute, drift: w.span(0, 2*time.Second) - time.Second})
		w.couriers = append(w.couriers, &courier{world: w, process: process{name: fmt.Sprint("courier-", i+1)}})
	}
	return w
}

// chance is true with a probability of percent.
func (w *world) chance(percent int) bool { return w.r.IntN(100) < percent }

// span is a time between two.
func (w *world) span(from, to time.Duration) time.Duration {
	return from + time.Duration(w.r.Int64N(int64(to-from)+1))
}

// hop is how long a message travels: mostly milliseconds, sometimes seconds.
func (w *world) hop() time.Duration {
	if w.chance(3) {
		return w.span(time.Second, 10*time.Second)
	}
	return w.span(100*time.Microsecond, 20*time.Millisecond)
}

// Input is a fact of a life as its broker has stored it.
type Input struct {
	ID string
	decision.Input
}

// History returns what came of a life, for others to compute with: the flows by digest, and the inputs in order.
func History(seed uint64) (map[string]*decision.Policy, []Input) {
	w := newWorld(seed, Nothing)
	w.begin()
	w.play()
	out := make([]Input, len(w.inputs))
	for i, in := range w.inputs {
		out[i] = Input{in.id, decision.Input{Seq: uint64(i) + 1, At: in.at, Body: in.body}}
	}
	return w.policies, out
}
