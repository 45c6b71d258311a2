package decision

import "time"

const (
	// maxKnown is how many names that vendors gave to a person a check remembers. One more could not be erased, so no check
	// is run again for an expiry beyond that.
	maxKnown = 256

	// maxRest is how long a check rests at most that was run again in vain.
	maxRest = 24 * time.Hour
)

// standing returns the runs of a check that count. Of one that is run again for an expiry these are the runs before, until
// the new ones have come to an end and found something.
func (c *Progress) standing() (earlier []Run, last *Run) {
	if n := len(c.Before); n > 0 {
		return c.Before[:n-1], &c.Before[n-1]
	}
	return c.Earlier, &c.Run
}

// again runs a check once more, as a new attempt, because what it had found has expired.
func (m *machine) again(i int) {
	c := m.own(i)
	c.Known, c.Again = c.known(), 0
	if c.Before == nil {
		c.Held = true
		c.each(func(r *Run) {
			if r.counts() {
				c.Before = append(c.Before, Run{Provider: r.Provider, Route: r.Route, Attempt: r.Attempt, Moved: r.Moved,
					Withdrawn: r.Withdrawn, WithdrawnBy: r.WithdrawnBy, Answer: r.Answer})
			}
		})
	}
	c.Earlier = nil
	c.Stage, c.Until = Running, m.now.plus(m.span(m.p.Checks[i].Deadline))
	m.send(i, m.first(i))
}

// replace lets what a check has found that was run again count from now on. If it found nothing, what was found before is
// all there is, expired.
func (m *machine) replace(i int) {
	c := m.s.Checks[i]
	if c.Before == nil || c.Stage.open() {
		return
	}
	found := false
	for j := range c.Earlier {
		found = found || c.Earlier[j].counts()
	}
	if !found && !c.Run.counts() {
		if c.Held {
			m.own(i).Held, m.changed = false, true
			m.cause = causeExpiry
		}
		return
	}
	c = m.own(i)
	c.Before, c.Held, m.changed = nil, false, true
	m.cause = causeExpiry
}

// expired reports whether a finding of check i has stopped being true. One whose check is being run again may stand until
// that has come to an end.
func (m *machine) expired(f *Finding, i int) bool {
	if f.Expires == 0 || f.Expires > m.now {
		return false
	}
	rule := m.p.Expire[f.Component]
	return !(m.s.Checks[i].Held && rule.Recheck && rule.Stands)
}

// schedule remembers when findings that count stop being true, and when checks are to be run again for that.
func (m *machine) schedule() {
	m.s.Expires = 0
	if len(m.p.Expire) == 0 {
		return
	}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		next := Time(0)
		earlier, last := c.standing()
		for j := range earlier {
			next = m.expiries(next, c, &earlier[j])
		}
		next = m.expiries(next, c, last)
		if c.Stage.open() || len(c.Known) >= maxKnown {
			next = 0
		}
		if c.Again != next {
			m.own(i).Again = next
		}
	}
}

// expiries takes in when findings of a run expire. It returns when the run's check is to be run again, or next if that is
// earlier: when a finding stops being true, and where that has passed, after a rest.
func (m *machine) expiries(next Time, c *Progress, r *Run) Time {
	if !r.counts() {
		return next
	}
	for i := range r.Answer.Findings {
		f := &r.Answer.Findings[i]
		if f.Expires == 0 {
			continue
		}
		if f.Expires > m.now && (m.s.Expires == 0 || f.Expires < m.s.Expires) {
			m.s.Expires = f.Expires
		}
		rule := m.p.Expire[f.Component]
		at := f.Expires
		switch {
		case !rule.Recheck:
			continue
		case at > m.now:
		case c.Again > m.now:
			at = c.Again
		case rule.After > 0:
			at = m.now.plus(min(rule.After, maxRest))
		default:
			at = m.now.plus(maxRest)
		}
		if next == 0 || at < next {
			next = at
		}
	}
	return next
}
