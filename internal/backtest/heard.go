package backtest

import (
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// key says in words that do not depend on the flow which run of a verification is meant: which of the times that the check
// was sent to the provider in a round, after how many resubmissions.
type key struct {
	place
	nth    int
	resent int32
}

// place is where a check is sent.
type place struct {
	check, provider string
	round           int
}

// sent is a check that was sent somewhere: one more of that place on its side.
type sent struct {
	place
	side    int
	attempt int
}

// noted remembers that a run has begun: its first call is a send, or makes a page for the subject before there is one.
func (t *twin) noted(side int, s *decision.State, c *decision.Call) {
	r := runWhere(s, c.Check, func(r *decision.Run) bool { return r.Provider == c.Provider && int(r.Attempt) == c.Attempt })
	if r == nil {
		return
	}
	n := sent{place{c.Check, c.Provider, s.Round}, side, int(r.Attempt - r.Resent)}
	if !slices.Contains(t.sent, n) {
		t.sent = append(t.sent, n)
	}
}

// keyOf returns the key of a run that was sent.
func (t *twin) keyOf(side int, s *decision.State, check string, r *decision.Run) key {
	k := key{place: place{check, r.Provider, s.Round}, nth: -1, resent: r.Resent}
	for i := range t.sent {
		if n := &t.sent[i]; n.side == side && n.place == k.place {
			if k.nth++; n.attempt == int(r.Attempt-r.Resent) {
				break
			}
		}
	}
	return k
}

// runOf returns the run of a key, or nil if there is none any more, or not yet.
func (t *twin) runOf(side int, s *decision.State, k key) *decision.Run {
	if s.Round != k.round {
		return nil
	}
	nth := -1
	for i := range t.sent {
		if n := &t.sent[i]; n.side == side && n.place == k.place {
			if nth++; nth == k.nth {
				return runWhere(s, k.check, func(r *decision.Run) bool {
					return r.Provider == k.provider && r.Resent == k.resent && int(r.Attempt-r.Resent) == n.attempt
				})
			}
		}
	}
	return nil
}

// runWhere returns the first run of a check that was begun and that is, or nil.
func runWhere(s *decision.State, check string, is func(*decision.Run) bool) *decision.Run {
	for i := range s.Checks {
		c := s.Checks[i]
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
func (t *twin) heardOf(s *decision.State, a decision.Answered, seq uint64) (h heard, ok bool) {
	r := runWhere(s, a.Check, func(r *decision.Run) bool { return int(r.Attempt) == a.Attempt && r.Provider == a.Provider })
	if r == nil {
		return h, false
	}
	return heard{t.keyOf(recorded, s, a.Check, r), a, seq, r.Flight == a.Kind && int(r.Try) == a.Try}, true
}

// deliver hands over every answer that has been heard and that is now asked for.
func (t *twin) deliver(in decision.Input) {
	for i := 0; i < len(t.heard); {
		h := t.heard[i]
		r := t.runOf(tried, &t.state, h.key)
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
		a.Attempt, a.Try, a.By = int(r.Attempt), -1, a.Try
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
