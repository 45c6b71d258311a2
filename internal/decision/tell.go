package decision

import (
	"slices"
	"time"
)

// maxTellings is how often in a row a vendor is told in vain before it is left alone: about a day.
const maxTellings = 24

// Telling is what a vendor is told of a decision. Only the newest revision is told of, once.
type Telling struct {
	Revision int    `json:"n"`
	Result   string `json:"r"`
	Due      bool   `json:"d,omitzero"` // it has not been told
	Try      int32  `json:"t,omitzero"` // of the newest call that tells it
	Fails    int32  `json:"f,omitzero"` // technical failures in a row
	NextAt   Time   `json:"x,omitzero"` // when it is tried again
}

// announce remembers which vendors are to be told of a decision: those that the flow names and that know the person. A first
// decision that is not final is nobody's conclusion.
func (m *machine) announce(d *Decision) {
	if len(m.p.Tell) == 0 || !d.Final && d.Revision == 1 {
		return
	}
	m.each(func(_ int, r *Run) {
		r.Told = &Telling{Revision: d.Revision, Result: d.Result, Due: true}
	}, func(r *Run) bool { return r.Ref != "" && slices.Contains(m.p.Tell, r.Provider) })
}

// conclusions tells vendors what is due. Like a page it waits for the run's other calls.
func (m *machine) conclusions() {
	if len(m.p.Tell) == 0 {
		return // nothing was ever announced
	}
	m.each(func(i int, r *Run) {
		at, kind, t := r.NextAt, r.NextKind, *r.Told
		m.call(i, r, KindConclude, nil)
		t.Try = r.Try
		r.NextAt, r.NextKind, r.Told = at, kind, &t
	}, func(r *Run) bool { return r.Told != nil && r.Told.Due && r.Flight == "" && r.Told.NextAt <= m.now })
}

// each visits the runs of which something holds, for writing.
func (m *machine) each(visit func(i int, r *Run), holds func(*Run) bool) {
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		found := holds(&c.Run)
		for j := range c.Earlier {
			found = found || holds(&c.Earlier[j])
		}
		if !found {
			continue
		}
		m.earlier(i)
		m.runs(i, func(r *Run) {
			if holds(r) {
				visit(i, r)
			}
		})
	}
}

// told takes in what came of telling a vendor. Whatever it is, the decision stands.
func (m *machine) told(i int, r *Run, a *Answered) {
	if a.Ref != "" {
		r.Ref = a.Ref
	}
	if r.Told == nil || int(r.Told.Try) != a.Try {
		return
	}
	t := *r.Told
	switch {
	case a.Status == AnswerRetry && t.Fails < maxTellings:
		t.Fails++
		wait := m.backoff(m.s.Checks[i].Name, r, min(t.Fails, 12), a.Class == "unauthorized") << max(t.Fails-8, 0)
		t.NextAt = m.now.plus(max(min(a.RetryAfter, 24*time.Hour), min(wait, 2*time.Hour)))
	default:
		t.Due, t.Fails, t.NextAt = false, 0, 0
	}
	r.Told = &t
}

// tellingDue returns when a vendor is told again; 0 for never.
func (r *Run) tellingDue() Time {
	if r.Told == nil || !r.Told.Due || r.Flight != "" {
		return 0
	}
	return r.Told.NextAt
}
