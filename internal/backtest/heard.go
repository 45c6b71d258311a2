package backtest

import (
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// key says in words that do not depend on the flow which run of a verification is meant: the check at a provider, in
// which round, after how many resubmissions.
type key struct {
	check, provider string
	round           int
	resent          int32
}

func keyOf(s *decision.State, check string, r *decision.Run) key {
	return key{check, r.Provider, s.Round, r.Resent}
}

// runOf returns that run, or nil if there is none.
func runOf(s *decision.State, k key) *decision.Run {
	if s.Round != k.round {
		return nil
	}
	return runWhere(s, k.check, func(r *decision.Run) bool { return r.Provider == k.provider && r.Resent == k.resent })
}

// runWhere returns the first run of a check that was begun and that is, or nil.
func runWhere(s *decision.State, check string, is func(*decision.Run) bool) *decision.Run {
	for i := range s.Checks {
		c := &s.Checks[i]
		if c.Name != check {
			continue
		}
		if c.Run.Attempt > 0 && is(&c.Run) {
			return &c.Run
		}
		for j := range c.Earlier {
			if is(&c.Earlier[j]) {
				return &c.Earlier[j]
			}
		}
	}
	return nil
}

// heard is a recorded answer.
type heard struct {
	key
	answer   decision.Answered
	seq      uint64
	expected bool // it answered the call that was out
}

// heardOf says which run a recorded answer is about; ok is false for one that counted for nothing.
func heardOf(s *decision.State, a decision.Answered, seq uint64) (h heard, ok bool) {
	r := runWhere(s, a.Check, func(r *decision.Run) bool { return int(r.Attempt) == a.Attempt && r.Provider == a.Provider })
	if r == nil {
		return h, false
	}
	return heard{keyOf(s, a.Check, r), a, seq, r.Flight == a.Kind && int(r.Try) == a.Try}, true
}

// deliver hands over every answer that has been heard and that is now asked for.
func (t *twin) deliver(in decision.Input) {
	for i := 0; i < len(t.heard); {
		h := t.heard[i]
		r := runOf(&t.state, h.key)
		if r == nil {
			i++
			continue
		}
		called := h.expected && r.Flight == h.answer.Kind
		if technical(h.answer.Status) && h.expected && !called {
			i++ // a call that fails, once it is made
			continue
		}
		t.take(i, !technical(h.answer.Status))
		a := h.answer
		a.Attempt, a.Try = int(r.Attempt), -1
		if called {
			a.Try = int(r.Try)
		}
		t.answer(in.At, h.seq, a)
		i = 0
	}
}

// take removes an answer; with it, if it is news, the failures of its run that came before it.
func (t *twin) take(at int, news bool) {
	k := t.heard[at].key
	kept := t.heard[:0]
	for i := range t.heard {
		if i != at && !(news && i < at && t.heard[i].key == k) {
			kept = append(kept, t.heard[i])
		}
	}
	t.heard = kept
}

func (t *twin) answer(at time.Time, seq uint64, a decision.Answered) {
	t.step(t.policy, decision.Input{Seq: seq, At: at, Body: a})
}

func technical(status string) bool {
	switch status {
	case decision.AnswerCompleted, decision.AnswerPending, decision.AnswerAwaiting, decision.AnswerInReview:
		return false
	}
	return true
}
