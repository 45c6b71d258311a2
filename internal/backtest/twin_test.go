package backtest

import (
	"reflect"
	"testing"

	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/resolve"
	"github.com/bonafide-id/bonafide/internal/sim"
)

// play plays a simulated life under what change makes of its flows, and gives each verification at its end.
func play(seed uint64, change func(decision.Policy) decision.Policy, each func(t *twin, known bool)) (calls map[string]Calls) {
	policies, inputs := sim.History(seed)
	calls = map[string]Calls{}
	states, twins := map[string]*decision.State{}, map[string]*twin{}
	var ids []string
	for _, in := range inputs {
		s := states[in.ID]
		if s == nil {
			s = &decision.State{}
			opened := in.Body.(decision.Opened)
			p := change(*policies[opened.FlowDigest])
			twins[in.ID], ids = &twin{policy: &p, calls: calls}, append(ids, in.ID)
		}
		digest := s.Digest
		if opened, ok := in.Body.(decision.Opened); ok && digest == "" {
			digest = opened.FlowDigest
		}
		next, effects := decision.Step(policies[digest], *s, in.Input)
		states[in.ID] = &next
		twins[in.ID].follow(resolve.Step{Policy: policies[digest], Before: s, Input: in.Input, After: &next, Effects: effects})
	}
	end := decision.TimeOf(inputs[len(inputs)-1].At)
	for _, id := range ids {
		each(twins[id], twins[id].end(end))
	}
	return calls
}

// Whatever has happened: crashes, repetitions, failures, resubmissions, reviews, late answers. Not only the result is the
// same, all that is known is.
func TestTheSameRulesGiveTheSameLives(t *testing.T) {
	verifications := 0
	for seed := range uint64(200) {
		same := func(p decision.Policy) decision.Policy { return p }
		calls := play(seed, same, func(x *twin, known bool) {
			if x.over {
				return // a twin is not erased
			}
			verifications++
			if x.over && outcome(&x.state) == outcome(x.recorded) && reasons(&x.state) == reasons(x.recorded) {
				return // what vendors say of erasing is no matter of flows
			}
			if !known || !reflect.DeepEqual(x.state, *x.recorded) {
				t.Fatalf("seed %d: known %v, got\n%+v\nwant\n%+v", seed, known, x.state, *x.recorded)
			}
		})
		for name, c := range calls {
			if c.Before != c.After || c.Unrecorded != 0 {
				t.Fatalf("seed %d: calls of %s are %+v, want as many as were recorded", seed, name, c)
			}
		}
	}
	if verifications < 300 {
		t.Errorf("%d verifications, want at least 300", verifications)
	}
}

// A flow that asks for one thing more can decide less, and never knows what nobody was asked.
func TestWhatNobodyWasAskedIsNeverDecided(t *testing.T) {
	seen := 0
	for seed := range uint64(150) {
		another := func(p decision.Policy) decision.Policy {
			p.Checks = append(p.Checks[:len(p.Checks):len(p.Checks)], decision.Check{Name: "more", Components: []string{"phone"}, Providers: []decision.Route{{Provider: "nobody"}}})
			p.Require = append(p.Require[:len(p.Require):len(p.Require)], "phone")
			return p
		}
		calls := play(seed, another, func(x *twin, known bool) {
			if r := runWhere(&x.state, "more", func(*decision.Run) bool { return true }); r == nil || x.over || x.state.Phase != decision.Started {
				return
			}
			if seen++; known {
				t.Errorf("seed %d: %s is known to be %s", seed, x.state.ID, outcome(&x.state))
			}
		})
		if c := calls["nobody"]; c.Unrecorded != c.After || c.Before != 0 {
			t.Errorf("seed %d: calls are %+v, want all without a recorded answer", seed, c)
		}
	}
	if seen < 100 {
		t.Errorf("%d verifications, want at least 100", seen)
	}
}
