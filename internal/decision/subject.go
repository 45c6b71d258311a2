package decision

import "slices"

// hinted takes in a webhook. It never says what is true; it makes us look, once.
func (m *machine) hinted(h Hinted) {
	known := false
	for i := range m.s.Checks {
		known = known || concerns(m.s.Checks[i], h)
	}
	if !known || !m.fresh("hint "+h.Provider+" "+h.Check, h.Dedupe) {
		return
	}
	for i := range m.s.Checks {
		if !concerns(m.s.Checks[i], h) {
			continue
		}
		if m.s.Checks[i].Run.Provider == h.Provider {
			m.look(i, &m.own(i).Run)
			continue
		}
		for j := range m.s.Checks[i].Earlier {
			if m.s.Checks[i].Earlier[j].Provider == h.Provider {
				m.look(i, &m.earlier(i)[j])
			}
		}
	}
}

// concerns reports whether a hint speaks of a check that has been at that provider.
func concerns(c *Progress, h Hinted) bool {
	if h.Check != "" && h.Check != c.Name {
		return false
	}
	if c.Run.Provider == h.Provider {
		return true
	}
	return slices.ContainsFunc(c.Earlier, func(r Run) bool { return r.Provider == h.Provider })
}

func (m *machine) look(i int, r *Run) {
	m.changed = true
	if r.Ref == "" || r.Flight != "" || r.NextKind == KindSend || r.NextKind == KindResubmit {
		r.Hinted = true
		return
	}
	m.call(i, r, KindPoll, nil)
}

// documents takes in documents: what the vendor has asked for is handed in at once.
func (m *machine) documents(b DocumentsAdded) {
	if len(b.Documents) == 0 || !m.fresh("documents", b.Dedupe) {
		return
	}
	m.changed = true
	kept := m.s.Documents
	for i := range m.s.Checks {
		r := &m.s.Checks[i].Run
		if r.Status != AnswerAwaiting || !asksForDocuments(r.Actions) {
			continue
		}
		var given []Document
		for _, d := range b.Documents {
			if slices.ContainsFunc(r.Actions, func(a Action) bool { return asksFor(a, d) }) {
				given = append(given, d)
				kept = slices.DeleteFunc(slices.Clone(kept), func(o Document) bool {
					return o.Type == d.Type && o.Side == d.Side && o.Person == d.Person
				})
			}
		}
		if given != nil {
			m.resubmit(i, given)
		}
	}
	m.s.Documents = joined(kept, b.Documents)
}

// remember takes in a correction of what was claimed; every call from now on is made with it.
func (m *machine) remember(b Corrected) bool {
	if !m.fresh("corrected", b.Dedupe) {
		return false
	}
	m.s.Corrected = joined(m.s.Corrected, []uint64{m.in.Seq})
	m.s.Corrected = m.s.Corrected[max(len(m.s.Corrected)-MaxCorrected, 0):]
	m.changed = true
	return true
}

// corrected takes in a correction and hands it to the vendors that have asked for one.
func (m *machine) corrected(b Corrected) {
	if !m.remember(b) {
		return
	}
	for i := range m.s.Checks {
		r := &m.s.Checks[i].Run
		if r.Status == AnswerAwaiting && slices.ContainsFunc(r.Actions, asksForData) {
			m.own(i).Run.Mended = true
			m.resubmit(i, nil)
		}
	}
}

// resubmit hands in documents and corrections once everything that was asked for is there.
func (m *machine) resubmit(i int, given []Document) {
	c := m.own(i)
	r := &c.Run
	r.Given = joined(r.Given, given)
	for _, a := range r.Actions {
		if a.Type == "resubmit" && !slices.ContainsFunc(r.Given, func(d Document) bool { return asksFor(a, d) }) {
			return
		}
		if asksForData(a) && !r.Mended {
			return
		}
	}
	if r.Answer != nil {
		e := *r.Answer
		if e.By = 0; e.Attempt == 0 {
			e.Attempt = int(r.Attempt)
		}
		r.Answer = &e
	}
	r.SeenBy, r.WithdrawnBy = 0, 0 // calls are counted anew, and all that follow are later
	r.Attempt++
	r.Resent++
	r.Try, r.Fails, r.Garbled, r.Polls, r.Status, r.Actions, r.Asked = 0, 0, 0, 0, AnswerPending, nil, 0
	c.Stage = Running
	m.extend(i)
	m.call(i, r, KindResubmit, r.Given)
}

func asksForDocuments(actions []Action) bool {
	return slices.ContainsFunc(actions, func(a Action) bool { return a.Type == "resubmit" })
}

func asksForData(a Action) bool { return a.Type == "correct_data" }

// asksAgain says that the subject must hand in something, for which a flow bounds the attempts.
func asksAgain(actions []Action) bool {
	return asksForDocuments(actions) || slices.ContainsFunc(actions, asksForData)
}

func asksFor(a Action, d Document) bool {
	return a.Type == "resubmit" && (a.Document == "" || a.Document == d.Type) &&
		(a.Side == "" || d.Side == "" || a.Side == d.Side) && a.Person == d.Person
}

// ask asks the subject for what vendors have newly asked for. All open actions are named, not only the new ones.
func (m *machine) ask() {
	fresh := false
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		if c.Stage != Running || c.Run.Status != AnswerAwaiting || len(c.Run.Actions) == 0 {
			continue
		}
		if h := hashActions(c.Run.Actions); h != c.Run.Asked {
			m.own(i).Run.Asked = h
			fresh = true
		}
	}
	if fresh {
		m.fx = append(m.fx, Ask{Actions: m.s.actions()})
	}
}

func hashActions(actions []Action) uint64 {
	h := offset
	for i := range actions {
		a := &actions[i]
		h = hash(hash(hash(hash(hash(h, a.Type), a.Document), a.Side), a.Person), a.URL)
	}
	return h
}

// actions returns what the subject has to do.
func (s *State) actions() []Action {
	var all []Action
	if s.Phase != Started {
		return nil
	}
	for i := range s.Checks {
		if s.Checks[i].Run.Status == AnswerAwaiting {
			all = append(all, s.Checks[i].Run.Actions...)
		}
	}
	return all
}
