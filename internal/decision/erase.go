package decision

import (
	"slices"
	"time"
)

const (
	maxErasures     = 1000 // tries in a row before a vendor is given up that does not do it: weeks
	maxErasureDelay = time.Hour
)

// erase forgets the person: no check goes on, and every vendor that knows them is asked to forget them too.
func (m *machine) erase() {
	m.s.Phase, m.changed = Forgotten, true
	m.forget()
	m.s.Documents, m.s.Seen = nil, nil
	m.fx = append(m.fx, Gone{})
	m.release(true)
	for i := range m.s.Checks {
		c := m.own(i)
		runs := make([]Run, 0, len(c.Known)+len(c.Earlier))
		for _, k := range c.Known {
			runs = append(runs, Run{Provider: k.Provider, Attempt: k.Attempt, Ref: k.Ref, Moved: "recheck"})
		}
		c.Earlier, c.Known = append(runs, c.Earlier...), nil
		m.runs(i, func(r *Run) {
			r.Flight, r.NextAt, r.NextKind, r.Told = "", 0, "", nil
			if r.Ref != "" {
				m.eraseAt(c.Name, r)
			}
		})
	}
}

// named takes in what a vendor calls what was on its way to it when the verification was cancelled: there the person is to be
// erased, too.
func (m *machine) named(a *Answered) {
	for i := range m.s.Checks {
		if r := &m.s.Checks[i].Run; m.s.Checks[i].Name == a.Check && speaksOf(r, a) && a.Ref != "" && a.Ref != r.Ref {
			m.own(i).Run.Ref, m.changed = a.Ref, true
		}
	}
}

// runs visits the runs of a check that is ours to write, in order.
func (m *machine) runs(i int, visit func(*Run)) { m.s.Checks[i].each(visit) }

// each visits the runs of a check, in order.
func (c *Progress) each(visit func(*Run)) {
	for j := range c.Earlier {
		visit(&c.Earlier[j])
	}
	visit(&c.Run)
}

// eraseAt asks a provider to erase the person.
func (m *machine) eraseAt(check string, r *Run) {
	r.Try++
	r.Flight, r.NextAt, r.NextKind = KindErase, 0, ""
	m.fx = append(m.fx, Call{Provider: r.Provider, Check: check, Attempt: int(r.Attempt), Try: int(r.Try), Kind: KindErase,
		Operation: m.operation(check, r), Ref: r.Ref})
	m.changed = true
}

// forgotten takes in what comes after the person was erased: what came of asking the vendors, and the name that a vendor
// gave to what was still on its way to it.
func (m *machine) forgotten() {
	a, answered := m.in.Body.(*Answered)
	if b, is := m.in.Body.(Answered); is {
		a, answered = &b, true
	}
	for i := range m.s.Checks {
		name := m.s.Checks[i].Name
		if answered && name == a.Check {
			m.earlier(i)
			m.runs(i, func(r *Run) {
				if speaksOf(r, a) {
					m.heardErased(name, r, a)
				}
			})
		}
		if c := m.s.Checks[i]; ripe(&c.Run, m.now) || slices.ContainsFunc(c.Earlier, func(r Run) bool { return ripe(&r, m.now) }) {
			m.earlier(i)
			m.runs(i, func(r *Run) {
				if ripe(r, m.now) {
					m.eraseAt(name, r)
				}
			})
		}
	}
}

// heardErased takes in an answer about a run of an erased person.
func (m *machine) heardErased(check string, r *Run, a *Answered) {
	if a.Kind != KindErase {
		if a.Ref != "" && (a.Ref != r.Ref || r.Flight == "" && r.Status != AnswerErased && r.NextAt == 0) {
			r.Ref = a.Ref
			m.eraseAt(check, r)
		}
		return
	}
	if r.Flight != KindErase || int(r.Try) != a.Try {
		return
	}
	r.Flight, m.changed = "", true
	switch {
	case a.Status == AnswerErased:
		r.Status, r.Fails, r.Class, r.Why = AnswerErased, 0, "", ""
		return
	case a.Status == AnswerRetry && r.Fails < maxErasures:
		r.Fails++
		wait := maxErasureDelay
		if r.Fails < 12 {
			wait = min(m.backoff(check, r, r.Fails, a.Class == "unauthorized")<<max(r.Fails-10, 0), maxErasureDelay)
		}
		r.NextAt, r.NextKind = m.now.plus(max(min(a.RetryAfter, 24*time.Hour), wait)), KindErase
	}
	r.Class, r.Why = a.Class, a.Why
}

// earlier returns what the provider of a run that it has not answered called the check in the rounds before, at last.
func (c *Progress) earlier(r *Run) string {
	var last Know
	if r.Ref == "" {
		for _, k := range c.Known {
			if k.Provider == r.Provider && k.Attempt >= last.Attempt {
				last = k
			}
		}
	}
	return last.Ref
}

// known returns where the person of a check is known: what a round that begins anew has to remember.
func (c *Progress) known() []Know {
	all := slices.Clone(c.Known)
	add := func(r *Run) {
		if r.Ref != "" && !slices.ContainsFunc(all, func(k Know) bool { return k.Provider == r.Provider && k.Ref == r.Ref }) {
			all = append(all, Know{Provider: r.Provider, Attempt: r.Attempt, Ref: r.Ref})
		}
	}
	c.each(add)
	return all
}
