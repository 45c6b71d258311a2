package resolve

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// patience is how long a question waits for an input that the shard has not seen yet.
const patience = 2 * time.Second

// answer answers a question about one verification from memory. It may wait up to patience. What is no question gets
// an answer that finds nothing.
func (s *shard) answer(b []byte) []byte {
	var q ask.Question
	var a ask.Answer
	if err := json.Unmarshal(b, &q); err == nil {
		a = s.about(q)
	}
	out, err := json.Marshal(a)
	if err != nil {
		s.log.Error("an answer cannot be written", "id", q.ID, "cause", err)
	}
	return out
}

func (s *shard) about(q ask.Question) ask.Answer {
	st, seen, err := s.see(q)
	switch {
	case err != nil:
		s.log.Error("a state cannot be read", "id", q.ID, "cause", err)
		return ask.Answer{Behind: true}
	case !seen:
		return ask.Answer{Behind: true}
	case st == nil || st.Tenant != q.Tenant:
		return ask.Answer{}
	}
	if !q.AsOf.IsZero() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		past, err := s.asOf(ctx, st, q.AsOf)
		switch {
		case err != nil:
			s.log.Warn("a verification cannot be shown as it was", "id", q.ID, "cause", err)
			return ask.Answer{Behind: true}
		case past == nil:
			return ask.Answer{}
		}
		st = past
	}
	v, err := s.m.view(st)
	if err != nil {
		s.log.Error("a view cannot be signed", "id", q.ID, "cause", err)
	}
	v.Tenant = ""
	a := ask.Answer{Found: true, View: &v}
	if q.Inputs {
		a.Inputs, a.Corrected = st.Inputs, st.Corrected
	}
	if q.Page != nil {
		if p, ok := st.Page(q.Page.Check, q.Page.Provider, s.cfg.Now()); ok {
			page := ask.Page(p)
			a.Page = &page
		}
	}
	return a
}

// see returns the state that q is about, or nil, once input q.AtLeast has been applied; seen is false if that takes too
// long.
func (s *shard) see(q ask.Question) (st *decision.State, seen bool, err error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	for {
		s.mu.Lock()
		applied, moved := s.m.applied, s.moved
		if applied >= q.AtLeast {
			st, err = s.m.states.get(events.IdentityOf(q.ID))
		}
		s.mu.Unlock()
		if applied >= q.AtLeast {
			return st, true, err
		}
		select {
		case <-moved:
		case <-t.C:
			return nil, false, nil
		}
	}
}
