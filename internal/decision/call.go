package decision

import (
	"strconv"
	"time"
)

const (
	maxTries     = 12               // technical failures in a row before a call is given up
	firstBackoff = time.Second / 4  // after the first; doubles
	maxBackoff   = time.Minute      //
	slowBackoff  = 30 * time.Second // at least, while an operator has to act
	maxGarbled   = 5                // answers that are not understood, since one that is, before a call is given up
	maxPollSlow  = 8                // polls without news stretch the interval up to this many times
	firstWatch   = 5 * time.Second  // between looks at a check that is done, at least
	lastWatch    = 7 * 24 * time.Hour
)

// send starts a check at a provider: the next attempt of the check.
func (m *machine) send(i, route int) {
	c := m.own(i)
	attempt := c.Run.Attempt + 1
	c.Run = Run{Provider: m.p.Checks[i].Providers[route].Provider, Route: int32(route), Attempt: attempt}
	m.call(i, &c.Run, KindSend, nil)
}

// call makes the next call of a run. docs are for a resubmission.
func (m *machine) call(i int, r *Run, kind string, docs []Document) {
	check := &m.p.Checks[i]
	r.Try++
	r.Flight, r.NextAt, r.NextKind = kind, 0, ""
	m.changed = true
	if kind == KindPoll {
		r.Hinted = false
	}
	if m.silent {
		return
	}
	c := Call{
		Provider: r.Provider, Check: check.Name, Attempt: int(r.Attempt), Try: int(r.Try), Kind: kind,
		Operation:  m.operation(check.Name, r),
		Components: check.Components, Documents: docs, Ref: r.Ref, Deadline: m.s.Checks[i].Until.Std(),
	}
	if int(r.Route) < len(check.Providers) {
		c.Params = check.Providers[r.Route].Params
	}
	switch kind {
	case KindSend:
		c.Documents, c.Earlier = m.s.Documents, m.s.Checks[i].earlier(r)
	case KindResubmit:
		c.Documents = r.Given
	case KindConclude:
		c.Conclusion = r.Told.Result
	}
	if m.fx == nil {
		m.fx = make([]Effect, 0, len(m.p.Checks)+1)
	}
	m.fx = append(m.fx, c)
}

// operation names what a run does at its provider: the same for every call of it.
func (m *machine) operation(check string, r *Run) string {
	return m.s.ID + "." + check + "." + strconv.Itoa(int(r.Attempt))
}

// technical takes in that a call was not done.
func (m *machine) technical(i int, r *Run, a *Answered) {
	m.changed = true
	c := m.s.Checks[i]
	if a.Ref != "" {
		r.Ref = a.Ref
	}
	r.Class, r.Why = a.Class, a.Why
	if r.Class == "" {
		r.Class = "unknown"
	}
	late := c.Stage == TimedOut && a.Kind != KindPoll
	done := a.Kind == KindSend && r.Answer != nil && r.Status == AnswerCompleted // by another try of the same
	if late || done || a.Status != AnswerRetry || a.Class == "invalid" {
		m.giveUp(r)
		return
	}
	r.Fails++
	slow, fails := a.Class == "unauthorized", r.Fails
	if a.Class == "malformed" { // a page of maintenance where an answer should be, perhaps: asked again, not at once and not for ever
		r.Garbled++
		fails = max(fails, r.Garbled+4)
	}
	patient := c.Stage == Running && (slow || r.Answer != nil || a.Kind == KindPoll)
	if r.Fails >= maxTries && !patient || r.Garbled >= maxGarbled {
		m.giveUp(r)
		return
	}
	at := m.now.plus(max(min(a.RetryAfter, 24*time.Hour), m.backoff(c.Name, r, fails, slow)))
	if c.Stage == Running && at >= c.Until {
		m.giveUp(r)
		return
	}
	r.NextAt, r.NextKind = at, a.Kind
}

// giveUp ends a run that cannot go on. What the vendor has said before still counts.
func (m *machine) giveUp(r *Run) {
	r.NextAt, r.NextKind, r.Given, r.Mended, r.Garbled = 0, "", nil, false, 0
	if r.Answer != nil && r.Status == AnswerCompleted {
		r.Fails, r.Class, r.Why = 0, "", ""
		return
	}
	r.Status, r.Actions = AnswerFailed, nil
}

// backoff returns how long to wait after some technical failures in a row of a run: doubling, with a quarter of jitter that depends on
// who it is, so that verifications which failed together do not come back together.
func (m *machine) backoff(check string, r *Run, fails int32, slow bool) time.Duration {
	d := maxBackoff
	if fails < 10 {
		d = min(firstBackoff<<max(fails-1, 0), maxBackoff)
	}
	if slow {
		d = max(d, slowBackoff)
	}
	h := hash(hash(offset, m.s.ID), check) ^ uint64(r.Try)*0x9e3779b97f4a7c15
	h ^= h >> 29
	return d + time.Duration(h%1024)*d/4096
}

// pollLater plans the next look at a check that the vendor works on. Without news the interval grows.
func (m *machine) pollLater(c *Progress, r *Run, after time.Duration) {
	r.NextAt, r.NextKind = 0, ""
	if after <= 0 || c.Stage != Running || r.Ref == "" {
		return
	}
	after = min(after, 24*time.Hour)
	after = min(after+after*time.Duration(r.Polls)/2, after*maxPollSlow)
	r.Polls++
	if at := m.now.plus(after); at < c.Until {
		r.NextAt, r.NextKind = at, KindPoll
	}
}

// watch plans the next look at a check that is done, as long as the flow has it watched: vendors change their minds, and
// the webhook that says so can be lost. Looks grow rarer with the age of the verification, which quadruples between two.
func (m *machine) watch(r *Run) {
	if m.p.Watch <= 0 || r.Ref == "" {
		return
	}
	after := min(max(3*m.now.Std().Sub(m.s.CreatedAt.Std()), firstWatch), lastWatch)
	if at := m.now.plus(after); at < m.s.CreatedAt.plus(m.p.Watch) {
		r.NextAt, r.NextKind = at, KindPoll
	}
}

// due does what time has brought about.
func (m *machine) due() {
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		if c.Stage.open() && c.Until != 0 && c.Until <= m.now {
			c = m.own(i)
			c.Stage = TimedOut
			c.Run.NextAt, c.Run.NextKind = 0, ""
			m.changed = true
			if m.cause == "" {
				m.cause = "deadline"
			}
		}
		if c.Again != 0 && c.Again <= m.now && !c.Stage.open() {
			m.again(i)
			c = m.s.Checks[i]
		}
		if ripe(&c.Run, m.now) {
			m.ring(i, &m.own(i).Run)
		}
		for j := range c.Earlier {
			if ripe(&c.Earlier[j], m.now) {
				m.ring(i, &m.earlier(i)[j])
			}
		}
	}
	if m.s.Claim != nil && m.claimant() == "" {
		m.s.Claim, m.changed = nil, true
	}
	if m.s.Expires != 0 && m.s.Expires <= m.now {
		m.changed = true
		if m.cause == "" {
			m.cause = causeExpiry
		}
	}
}

func (m *machine) ring(i int, r *Run) { m.call(i, r, r.NextKind, nil) }

func ripe(r *Run, now Time) bool { return r.NextAt != 0 && r.NextAt <= now && r.Flight == "" }

// earlier returns the earlier runs of a check for writing.
func (m *machine) earlier(i int) []Run {
	c := m.own(i)
	c.Earlier = append([]Run(nil), c.Earlier...)
	return c.Earlier
}

// span is how long check i may take, or the whole verification for a check without its own deadline.
func (m *machine) span(own time.Duration) time.Duration {
	all := m.p.Deadline
	if all <= 0 {
		all = DefaultDeadline
	}
	if own > 0 {
		return min(own, all)
	}
	return all
}
