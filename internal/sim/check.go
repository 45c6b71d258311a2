package sim

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// What must hold of every life, by the names that docs/testing.md gives:
//
//	I1    what was accepted has an end (a decision, a technical failure, or it was stopped), and one decision per revision
//	I2    nothing is decided that was not accepted
//	I3    the log is what replaying the inputs gives, record for record
//	I4    records are in the order of their causes, and none of a former owner came after its successor's claim
//	I6    no operation was paid for twice
//	F     businesses and their persons: see related
//	rest  everything comes to rest, and no page that was asked for is still being made
func (w *world) report(atRest bool) Report {
	t := w.tally
	t.Records = len(w.log)
	bad := func(rule, format string, args ...any) {
		t.Violations = append(t.Violations, Violation{w.seed, rule, fmt.Sprintf(format, args...)})
	}
	if !atRest {
		bad("rest", "still busy after %d events, at %v", maxEvents, w.now.Sub(start))
	}
	accepted, stopped := map[string]bool{}, map[string]bool{}
	for _, in := range w.inputs {
		switch in.body.(type) {
		case decision.Opened:
			accepted[in.id] = true
		case decision.Cancelled, decision.Erased:
			stopped[in.id] = true
		}
	}
	revision, ended := map[string]int{}, map[string]bool{}
	for i, r := range w.log {
		if i > 0 && !w.log[i-1].mark.before(r.mark) {
			bad("I4", "record %d (%v) does not come after record %d (%v)", i, r.mark, i-1, w.log[i-1].mark)
		}
		switch e := r.effect.(type) {
		case decision.Decide:
			t.Decisions++
			ended[r.id] = true
			if !accepted[r.id] {
				bad("I2", "%s was decided and never accepted", r.id)
			}
			if e.Revision != revision[r.id]+1 {
				bad("I1", "%s: revision %d follows revision %d", r.id, e.Revision, revision[r.id])
			}
			revision[r.id] = e.Revision
			if r.state.Decision.Cause == "expiry" {
				t.Again++
			}
		case decision.Fail:
			ended[r.id] = true
		}
	}
	if w.strays > 0 {
		bad("I4", "%d records of former owners are in the log", w.strays)
	}
	states := w.replayed(bad)
	for _, id := range sorted(accepted) {
		let := len(states[id].Parents) > 0 && states[id].Phase == decision.Stopped // go by who has asked for it
		if !ended[id] && !stopped[id] && !let {
			bad("I1", "%s has no end", id)
		}
	}
	w.related(states, bad)
	for _, name := range sorted(w.vendors) {
		v := w.vendors[name]
		for _, op := range sorted(v.creates) {
			if n := v.creates[op]; n > 1 {
				bad("I6", "%s was paid %d times for %s", name, n, op)
			}
		}
	}
	return t
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// replayed compares the log, and what resolvers know, with what the inputs give when they are read again. It returns what they
// give in the end.
func (w *world) replayed(bad func(rule, format string, args ...any)) (states map[string]*decision.State) {
	states = map[string]*decision.State{}
	var want []record
	for i, in := range w.inputs {
		want = append(want, w.step(states, uint64(i+1), in)...)
	}
	for i := range max(len(want), len(w.log)) {
		switch {
		case i >= len(w.log):
			bad("I3", "the log ends before record %v", want[i])
			return states
		case i >= len(want):
			bad("I3", "the log goes on with record %v", w.log[i])
			return states
		case !want[i].same(w.log[i]):
			bad("I3", "record %d is %v and would be %v", i, w.log[i], want[i])
			return states
		}
	}
	end := pack(uint64(len(w.inputs)), states).states
	for _, r := range w.resolvers {
		if !r.awake() || r.applied != uint64(len(w.inputs)) {
			continue
		}
		for id, known := range pack(r.applied, r.states).states {
			if !bytes.Equal(known, end[id]) {
				bad("I3", "%s knows of %s\n%s\nand would know\n%s", r.name, id, known, end[id])
				return states
			}
		}
	}
	for _, id := range sorted(states) {
		if p, ok := states[id].Page("", "", w.now); ok && p.Making && w.sabotage == Nothing {
			bad("rest", "the page of %s of %s at %s is still being made", p.Check, id, p.Provider)
		}
	}
	return states
}
