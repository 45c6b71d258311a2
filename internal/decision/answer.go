package decision

// answered takes in what came of a call.
func (m *machine) answered(a *Answered) {
	if a.Kind == KindRemap {
		m.remapped(a)
		return
	}
	for i := range m.s.Checks {
		if m.s.Checks[i].Name != a.Check {
			continue
		}
		if speaksOf(&m.s.Checks[i].Run, a) {
			m.heard(i, &m.own(i).Run, a)
			return
		}
		for j := range m.s.Checks[i].Earlier {
			if speaksOf(&m.s.Checks[i].Earlier[j], a) {
				m.heard(i, &m.earlier(i)[j], a)
				return
			}
		}
		return
	}
}

// speaksOf tells a run's answers from those of attempts that have been superseded.
func speaksOf(r *Run, a *Answered) bool {
	return r.Attempt > 0 && int(r.Attempt) == a.Attempt && r.Provider == a.Provider
}

func (m *machine) heard(i int, r *Run, a *Answered) {
	expected := r.Flight != "" && r.Flight == a.Kind && int(r.Try) == a.Try
	if expected {
		r.Flight, m.changed = "", true
	}
	switch {
	case a.Kind == KindLink:
		if expected {
			m.linked(i, r, a)
		}
	case a.Kind == KindConclude:
		if expected {
			m.told(i, r, a)
		}
	case m.s.Phase != Started:
	case spoken(a.Status):
		if expected && a.Kind == KindResubmit {
			r.Given, r.Mended = nil, false // the vendor has it: what it asks for next is asked for anew
		}
		m.news(i, r, a)
	case a.Status == AnswerRetry || a.Status == AnswerFailed:
		if expected {
			m.technical(i, r, a)
		}
	default:
		if expected {
			m.technical(i, r, &Answered{Status: AnswerFailed, Class: "malformed", Why: "answer without a known status"})
		}
	}
	c := m.s.Checks[i]
	if !expected || r.Flight != "" || m.s.Phase != Started {
		return
	}
	switch {
	case a.Kind == KindLink && r.Status == "" && r.NextAt == 0: // handed in while its page was being made
		if c.Stage == Running {
			m.call(i, r, KindSend, nil)
		}
	case r.Hinted && r.Ref != "" && r.NextAt == 0:
		m.call(i, r, KindPoll, nil)
	case r.Hinted && r.NextKind == KindPoll && r.Fails == 0:
		m.call(i, r, KindPoll, nil)
	case r.NextAt == 0 && r == &c.Run && waitsForVendor(r.Status):
		after := a.PollAfter
		if a.Status == AnswerCompleted { // it is older than what was heard before, by a clock that was set back: asked once more
			after = max(after, firstWatch)
		}
		m.pollLater(c, r, after)
	case r.NextAt == 0 && r == &c.Run && r.Status == AnswerCompleted && a.Status != AnswerFailed:
		m.watch(r)
	}
}

// spoken reports whether an answer's status is the vendor's word.
func spoken(status string) bool { return status == AnswerCompleted || waitsForVendor(status) }

// seen returns the vendor's time of a run's newest answer, and the call that it answered.
func (r *Run) seen() (at Time, by int32) {
	if r.Seen == 0 && r.Answer != nil {
		return r.Answer.At, r.Answer.By
	}
	return r.Seen, r.SeenBy
}

func waitsForVendor(status string) bool {
	return status == AnswerPending || status == AnswerInReview || status == AnswerAwaiting
}

// weight orders answers to one call: what is further on, then what is more cautious.
func weight(status string) int {
	switch status {
	case AnswerPending:
		return 1
	case AnswerInReview:
		return 2
	case AnswerCompleted:
		return 3
	case AnswerAwaiting:
		return 4
	}
	return 0
}

// news takes in what a vendor said. The newest by the vendor's clock says where the check stands; the newest completed
// answer that the subject need not mend says what counts. Neither depends on the order in which answers come. Clocks of vendors show
// whole seconds: of two answers of one instant the one to the later call is newer, as no call is made before the last was answered.
func (m *machine) news(i int, r *Run, a *Answered) {
	at := TimeOf(a.ObservedAt)
	if at == 0 {
		at = m.now
	}
	status := a.Status
	if status == AnswerAwaiting && at <= r.Withdrawn && r.Status != AnswerAwaiting {
		status = AnswerPending // the vendor has not looked at what was handed in yet
	}
	exhausted := status == AnswerAwaiting && asksAgain(a.Actions) && int(r.Resent)+1 >= m.attempts(i)
	if exhausted {
		status = AnswerCompleted
	}
	seen, seenBy := r.seen()
	by := int32(a.Try)
	if a.By != 0 {
		by = int32(a.By)
	}
	if a.Ref != "" && a.Ref != r.Ref && (at >= seen || r.Ref == "") {
		r.Ref, m.changed = a.Ref, true
	}
	if status == AnswerAwaiting && at > r.Withdrawn {
		r.Withdrawn, r.WithdrawnBy, m.changed = at, by, true
		m.name(i, r)
	}
	newer := at > seen || at == seen && (by > seenBy || by == seenBy && weight(status) > weight(r.Status)) || r.Status == "" || r.Status == AnswerFailed
	if newer {
		if at > seen || status != r.Status {
			r.Polls = 0
		}
		if at >= seen {
			r.Seen, r.SeenBy = at, by
		} else {
			r.Seen, r.SeenBy = seen, seenBy
		}
		r.Status, r.Actions = status, nil
		r.Fails, r.Garbled, r.Class, r.Why = 0, 0, "", ""
		m.changed = true
		m.stage(i, r, status)
		if status == AnswerAwaiting {
			r.Actions = a.Actions
		}
	}
	if status != AnswerCompleted {
		return
	}
	e := Evidence{At: at, By: by, Findings: m.dated(a.Findings, at), Digest: a.Evidence, Marks: a.Marks}
	if exhausted {
		e.Findings, e.Marks = spent(m.p.Checks[i].Components), nil
	}
	if r.Answer == nil || at > r.Answer.At || at == r.Answer.At && !r.restsOn(a.Evidence) &&
		(by > r.Answer.By || by == r.Answer.By && moreCautious(&e, r.Answer)) {
		m.name(i, r)
		r.Answer, m.changed = &e, true
	}
}

// stage moves a check's stage with the newest answer.
func (m *machine) stage(i int, r *Run, status string) {
	c := m.s.Checks[i]
	if r != &c.Run {
		return
	}
	if status == AnswerCompleted {
		r.NextAt, r.NextKind, r.Given, r.Mended, r.Asked = 0, "", nil, false, 0
		return // advance says what follows
	}
	if c.Stage == Ended {
		c.Stage = Running
		m.extend(i)
	}
}

// extend waits for a check that has begun anew as long as for one that begins, and no longer than for the verification as long
// as that is not decided.
func (m *machine) extend(i int) {
	c := m.own(i)
	c.Until = max(c.Until, m.now.plus(m.span(m.p.Checks[i].Deadline)))
	if c.Until > m.s.Deadline && !m.s.Done {
		c.Until = m.s.Deadline
	}
}

// name says what a decision that supersedes another one is due to.
func (m *machine) name(i int, r *Run) {
	c := m.s.Checks[i]
	switch {
	case m.s.Decision == nil:
	case c.Stage == TimedOut:
		m.cause = "late answer of " + c.Name + " by " + r.Provider
	default:
		m.cause = "new answer of " + c.Name + " by " + r.Provider
	}
}

func (m *machine) attempts(i int) int {
	if n := m.p.Checks[i].Attempts; n > 0 {
		return n
	}
	return DefaultAttempts
}

// spent is what counts when the subject has used up all attempts.
func spent(components []string) []Finding {
	out := make([]Finding, len(components))
	for i, c := range components {
		out[i] = Finding{Component: c, Result: Unknown, Reasoning: "All attempts are used up.", Reasons: []string{"attempts_exhausted"}}
	}
	return out
}

// dated returns findings with the moment at which they stop being true for this flow.
func (m *machine) dated(findings []Finding, at Time) []Finding {
	touch := false
	for i := range findings {
		touch = touch || findings[i].Expires != m.expiry(&findings[i], at)
	}
	if !touch {
		return findings
	}
	out := append([]Finding(nil), findings...)
	for i := range out {
		out[i].Expires = m.expiry(&out[i], at)
	}
	return out
}

func (m *machine) expiry(f *Finding, at Time) Time {
	rule, ok := m.p.Expire[f.Component]
	if !ok {
		return 0
	}
	var t Time
	if rule.After > 0 {
		t = at.plus(rule.After)
	}
	if rule.Until && f.Expires > 0 && (t == 0 || f.Expires < t) {
		t = f.Expires
	}
	return t
}
