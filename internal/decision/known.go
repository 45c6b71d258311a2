package decision

// Persons is the component that stands for the associated persons of a business: findings that name a person, and
// findings of this name.
const Persons = "persons"

// known is what is known of one component.
type known struct {
	result     string // true, false, flagged, unknown, missing
	confidence float64
	code       string // why it is unknown: a reason word without the component
	against    string // with a contradiction: the provider that says true
	by         string // the reviewers who decided it
	finding    *Finding
	check      int
	run        *Run
}

// known weighs everything that was found about a component. Between the providers of one check the later word fills in
// what the earlier did not know, and replaces a false that the flow wanted a second opinion on. Between checks the worst
// counts. True from one provider and false from another contradict each other, and nobody knows.
func (m *machine) known(component string) known {
	if component == Persons {
		return m.persons()
	}
	all := known{result: Missing}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		one := known{result: Missing}
		earlier, last := c.standing()
		for j := range earlier {
			one = m.later(one, m.said(component, i, &earlier[j]))
		}
		if k := m.said(component, i, last); k.result != Missing {
			one = m.later(one, k)
		}
		if one.result != Missing {
			all = m.across(all, one)
		}
	}
	if k, ok := m.decided(component); ok {
		return k
	}
	if caution(all.result) < caution(Unknown) || all.result == Missing {
		for _, c := range m.s.conflicts() {
			if c.component == component {
				return c.known()
			}
		}
	}
	return all
}

// decided is what reviewers have decided about a component.
func (m *machine) decided(component string) (known, bool) {
	if len(m.s.Reviews) == 0 {
		return known{}, false
	}
	r := m.ruling(component)
	return known{result: r.result, confidence: 100, code: reasonReview, by: r.by, check: -1}, r.result != ""
}

// said is what one run says of a component: the worst, if it says several things.
func (m *machine) said(component string, i int, r *Run) known {
	k := known{result: Missing, run: r, check: i}
	if r.Answer == nil {
		return k
	}
	counts := r.counts()
	for j := range r.Answer.Findings {
		f := &r.Answer.Findings[j]
		if f.Component != component || f.Person != "" {
			continue
		}
		if !counts {
			return known{result: Unknown, code: "withdrawn", run: r, check: i}
		}
		w := m.weigh(f, i, r)
		if tie := k.result == w.result && k.confidence == w.confidence; !tie {
			k = worse(k, w)
		} else if precedes(f, k.finding) { // whatever order the vendor says it in
			k = w
		}
	}
	return k
}

// weigh applies the bar and the calendar to a finding.
func (m *machine) weigh(f *Finding, i int, r *Run) known {
	k := known{result: f.Result, confidence: f.Confidence, finding: f, check: i, run: r}
	switch f.Result {
	case True, False:
		if !(f.Confidence >= m.bar()) {
			k.result, k.code = Unknown, "under_confidence"
		}
	case Flagged:
	default:
		k.result = Unknown
	}
	if m.expired(f, i) {
		k.result, k.code = Unknown, "expired"
	}
	return k
}

func (m *machine) bar() float64 {
	if m.p.Bar > 0 {
		return m.p.Bar
	}
	return DefaultBar
}

// worse returns the more cautious of two; the first on a tie, unless the second is surer.
func worse(a, b known) known {
	switch {
	case b.result == Missing:
		return a
	case a.result == Missing:
		return b
	case caution(b.result) != caution(a.result):
		if caution(b.result) > caution(a.result) {
			return b
		}
		return a
	case b.confidence > a.confidence:
		return b
	}
	return a
}

// later merges what a check's next provider says into what its earlier ones said.
func (m *machine) later(a, b known) known {
	switch {
	case b.result == Missing || b.result == Unknown && a.result != Missing && a.result != Unknown:
		return a
	case a.result == Missing || a.result == Unknown || a.run.moved(OnFalse):
		return b
	}
	return m.across(a, b)
}

// across merges what two checks, or two providers of equal standing, say.
func (m *machine) across(a, b known) known {
	if a.result == False && b.result == True || a.result == True && b.result == False {
		if a.run != nil && b.run != nil && a.run.Provider != b.run.Provider {
			w := worse(a, b)
			w.against = a.run.Provider
			if a.result == False {
				w.against = b.run.Provider
			}
			w.result, w.code, w.confidence = Unknown, reasonContradiction, 0
			return w
		}
	}
	if a.code == reasonContradiction && b.result != Missing {
		return a
	}
	return worse(a, b)
}

// persons sums up the associated persons: one invalid makes all invalid, one unknown makes them unknown. A business that
// names nobody, and of whom nobody speaks, is missing them.
func (m *machine) persons() known {
	if k, ok := m.decided(Persons); ok {
		return k
	}
	all := known{result: Missing}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		earlier, last := c.standing()
		for j := -1; j < len(earlier); j++ {
			r := last
			if j >= 0 {
				r = &earlier[j]
			}
			all = m.across(all, m.said(Persons, i, r))
			if !r.counts() {
				continue
			}
			for n := range r.Answer.Findings {
				f := &r.Answer.Findings[n]
				if f.Person != "" && !m.party(f.Person) {
					all = worst(all, m.weigh(f, i, r))
				}
			}
		}
	}
	if m.ownRule() != nil {
		return all // who is needed, and how they stand, is in what was said
	}
	for i := range m.s.Parties {
		k := m.person(m.s.Parties[i].Reference)
		if k.result == Missing {
			k = known{result: Unknown, code: "person_missing", check: -1}
		}
		all = worst(all, k)
	}
	return all
}

// worst is worse, with the weaker confidence of two valid ones: all persons must be valid.
func worst(a, b known) known {
	if a.result == b.result && a.result == True {
		if b.confidence < a.confidence {
			return b
		}
		return a
	}
	return worse(a, b)
}

func (m *machine) party(reference string) bool {
	for i := range m.s.Parties {
		if m.s.Parties[i].Reference == reference {
			return true
		}
	}
	return false
}

// person sums up what is found about one associated person: every component that anybody spoke of counts.
func (m *machine) person(reference string) known {
	all := known{result: Missing}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		earlier, last := c.standing()
		for j := -1; j < len(earlier); j++ {
			r := last
			if j >= 0 {
				r = &earlier[j]
			}
			if !r.counts() {
				continue
			}
			for n := range r.Answer.Findings {
				if f := &r.Answer.Findings[n]; f.Person == reference {
					all = worst(all, m.weigh(f, i, r))
				}
			}
		}
	}
	return all
}
