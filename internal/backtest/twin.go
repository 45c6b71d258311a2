package backtest

import (
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// The two sides of a twin.
const (
	recorded = iota
	tried
)

// twin is one verification under the flow that is tried, beside what was recorded of it.
type twin struct {
	policy   *decision.Policy
	state    decision.State
	recorded *decision.State     // under the flow of its time, before the input at hand
	heard    []heard             // answers that nobody has asked for yet
	sent     []sent              // on both sides, in order
	persons  []decision.Reported // what associated persons' verifications have said
	seq      uint64              // of the input at hand
	calls    map[string]Calls
	reviewed [2]bool // a rule wanted somebody to look: as recorded, as tried
	over     bool    // the person is erased: nothing is decided after that
}

// follow takes a step of what was recorded.
func (t *twin) follow(s resolve.Step) {
	defer func() { t.recorded = s.After }()
	if t.recorded, t.seq = s.Before, s.Input.Seq; t.over {
		return
	}
	t.count(s.Effects, s.After, recorded)
	t.tick(decision.TimeOf(s.Input.At) - 1)
	switch body := s.Input.Body.(type) {
	case decision.Answered:
		if w, ok := t.heardOf(s.Before, body, s.Input.Seq); ok {
			t.heard = append(t.heard, w)
			t.deliver(s.Input)
		}
		if next, waits := t.state.NextWake(); waits && !next.After(s.Input.At) { // what is due comes about with any input
			t.step(t.policy, decision.Input{Seq: s.Input.Seq, At: s.Input.At, Body: decision.Tick{}})
		}
		return
	case decision.Reported:
		t.persons = append(t.persons, body)
	case decision.Erased:
		t.over = true
	}
	policy := t.policy
	if s.Policy == nil {
		policy = nil // what was not known then is not known now
	}
	t.step(policy, s.Input)
}

// tick lets time pass until a moment. A moment that the recorded verification waits for, too, comes when it came there.
func (t *twin) tick(until decision.Time) {
	shared, waits := t.recorded.NextWake()
	for last := decision.Time(0); ; {
		next, ok := t.state.NextWake()
		at := decision.TimeOf(next)
		if !ok || at > until || at <= last || waits && next.Equal(shared) {
			return
		}
		last = at
		t.step(t.policy, decision.Input{Seq: t.seq, At: next, Body: decision.Tick{}})
	}
}

// step runs the core under the flow that is tried, and hands over the answers to what it asks.
func (t *twin) step(policy *decision.Policy, in decision.Input) {
	before := t.state
	var effects []decision.Effect
	t.state, effects = decision.Step(policy, before, in)
	if t.state.Round != before.Round || t.state.Phase != before.Phase {
		t.unanswered(&before) // what is out now counts for nothing any more
	}
	t.count(effects, &t.state, tried)
	if len(effects) > 0 {
		t.report(policy, in, effects)
		t.deliver(in)
	}
}

// count counts calls and reviews of a side.
func (t *twin) count(effects []decision.Effect, s *decision.State, side int) {
	for _, e := range effects {
		switch e := e.(type) {
		case decision.Call:
			if e.Kind == decision.KindErase {
				continue // no flow asks for it
			}
			t.noted(side, s, &e)
			c := t.calls[e.Provider]
			if side == recorded {
				c.Before++
			} else {
				c.After++
			}
			t.calls[e.Provider] = c
		case decision.Decide:
			t.reviewed[side] = t.reviewed[side] || s.Decision.Review
		}
	}
}

// end lets time pass until the recording ends and reports whether the result can be told.
func (t *twin) end(at decision.Time) (known bool) {
	if !t.over {
		t.tick(at)
		t.unanswered(&t.state)
	}
	known = true
	for i := range t.state.Checks {
		c := t.state.Checks[i]
		if t.over || c.Stage != decision.Running && c.Stage != decision.TimedOut {
			continue
		}
		if c.Run.Provider == decision.Bonafide {
			known = known && t.personsKnown(c)
			continue
		}
		was := t.runOf(recorded, t.recorded, t.keyOf(tried, &t.state, c.Name, &c.Run))
		switch {
		case c.Run.Flight != "" && (was == nil || was.Flight != c.Run.Flight):
			known = false // nobody has asked the vendor this
		case c.Run.Status == decision.AnswerAwaiting && (was == nil || was.Status != decision.AnswerAwaiting):
			known = false // nobody has asked the subject this
		}
	}
	return known && (outcome(&t.state) != Open || outcome(t.recorded) == Open)
}

// unanswered counts the calls that are out and that were not recorded.
func (t *twin) unanswered(s *decision.State) {
	look := func(c *decision.Progress, r *decision.Run) {
		if r.Flight == "" || r.Flight == decision.KindErase {
			return
		}
		if was := t.runOf(recorded, t.recorded, t.keyOf(tried, s, c.Name, r)); was != nil && was.Flight == r.Flight {
			return
		}
		n := t.calls[r.Provider]
		n.Unrecorded++
		t.calls[r.Provider] = n
	}
	for i := range s.Checks {
		c := s.Checks[i]
		look(c, &c.Run)
		for j := range c.Earlier {
			look(c, &c.Earlier[j])
		}
	}
}
