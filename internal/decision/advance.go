package decision

import "slices"

// advance starts checks whose turn has come, moves checks on to their next provider and ends them.
func (m *machine) advance() {
	for again := true; again; {
		again = false
		for i := range m.s.Checks {
			switch m.s.Checks[i].Stage {
			case Waiting:
				again = m.enter(i) || again
			case Running:
				again = m.settle(i) || again
			case TimedOut:
				if m.s.Checks[i].Run.Status == AnswerCompleted {
					m.own(i).Stage = Ended
				}
			}
		}
	}
	for i := range m.s.Checks {
		m.replace(i)
	}
}

// enter starts a check if those that it comes after have ended, however they ended: its condition can ask about their
// findings.
func (m *machine) enter(i int) bool {
	check := &m.p.Checks[i]
	for _, name := range check.After {
		for j := range m.s.Checks {
			if m.s.Checks[j].Name == name && m.s.Checks[j].Stage.open() {
				return false
			}
		}
	}
	c := m.own(i)
	m.changed = true
	if check.When != nil {
		if yes, err := check.When(m.facts()); err == nil && !yes {
			c.Stage = Skipped
			return true
		}
	}
	if len(check.Providers) == 0 && check.Parties == nil {
		c.Stage, c.Run.Class, c.Run.Why = Ended, "invalid", "no provider"
		return true
	}
	c.Stage, c.Split = Running, chosen(check.Split, m.s.customer())
	c.Until = min(m.s.Deadline, m.now.plus(m.span(check.Deadline)))
	if m.s.Done { // a check that starts after the round has ended once has its own time
		c.Until = m.now.plus(m.span(check.Deadline))
	}
	switch {
	case check.Parties != nil:
		m.askPersons(i)
	case c.Run.Provider == "":
		m.send(i, m.first(i))
	case c.Run.Flight == "": // begun on hold; else when its page is made
		m.call(i, &c.Run, KindSend, nil)
	}
	return true
}

// settle ends a running check, or moves it on to the next provider.
func (m *machine) settle(i int) bool {
	c := m.s.Checks[i]
	why := ""
	switch c.Run.Status {
	case AnswerFailed:
		why = OnError
	case AnswerCompleted:
		why = m.outcome(i)
	default:
		return false
	}
	c = m.own(i)
	m.changed = true
	check := &m.p.Checks[i]
	next := after(int(c.Run.Route), m.first(i))
	if why == "" || next >= len(check.Providers) || !movesOn(check.On, why) || m.now >= c.Until {
		c.Stage = Ended
		return true
	}
	old := c.Run
	old.Moved, old.NextAt, old.NextKind, old.Actions, old.Given, old.Mended, old.Page = why, 0, "", nil, nil, false, nil
	c.Earlier = joined(c.Earlier, []Run{old})
	m.send(i, next)
	return false
}

func movesOn(on []string, why string) bool {
	if len(on) == 0 {
		return why == OnError || why == OnUnknown
	}
	return slices.Contains(on, why)
}

// outcome sums up a completed run: OnFalse, OnUnknown, or "" for something that can stand. A false about anything at all
// is a false, so that no second provider passes somebody whom the first rejected for what the check did not ask about.
func (m *machine) outcome(i int) string {
	r := &m.s.Checks[i].Run
	if !r.counts() {
		return OnUnknown
	}
	for j := range r.Answer.Findings {
		if m.weigh(&r.Answer.Findings[j], i, r).result == False {
			return OnFalse
		}
	}
	for _, name := range m.p.Checks[i].Components {
		k := known{result: Missing}
		for j := range r.Answer.Findings {
			if f := &r.Answer.Findings[j]; f.Component == name && (f.Person == "" || name == Persons) {
				k = worse(k, m.weigh(f, i, r))
			}
		}
		if k.result == Unknown || k.result == Missing {
			return OnUnknown
		}
	}
	return ""
}

// counts reports whether a run has an answer that the vendor stands by.
func (r *Run) counts() bool {
	return r.Answer != nil && (r.Answer.At > r.Withdrawn || r.Answer.At == r.Withdrawn && r.Answer.By > r.WithdrawnBy)
}

// moved reports whether a run was left because of that.
func (r *Run) moved(why string) bool { return r.Moved == why }

// facts are what conditions may ask about now.
func (m *machine) facts() Facts {
	f := Facts{SubjectType: m.s.Subject, Country: m.s.Country}
	for i := range m.p.Checks {
		for _, name := range m.p.Checks[i].Components {
			if slices.ContainsFunc(f.Findings, func(x Fact) bool { return x.Component == name }) {
				continue
			}
			k := m.known(name)
			fact := Fact{Component: name, Result: k.result, Confidence: k.confidence}
			if k.code != "" {
				fact.Reasons = append(fact.Reasons, k.code)
			}
			if k.finding != nil {
				fact.Reasons = append(fact.Reasons, k.finding.Reasons...)
			}
			f.Findings = append(f.Findings, fact)
		}
	}
	return f
}
