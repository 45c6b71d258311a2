package decision

import (
	"math"
	"slices"
	"strings"
	"time"
)

// conclude says what the state now means to the world: actions for the subject, a decision, a failure.
//
// A decision is made once every check that is not optional has ended or run out of time, or a reviewer has decided the
// whole. From then on every change of what it says makes the next revision; the same content never does.
func (m *machine) conclude() {
	m.ask()
	if !m.s.Done && (m.settled() || m.overruled()) {
		m.s.Done = true
		m.tidy()
		if class, why, ok := m.onlyFailures(); ok {
			m.s.Failure = &Failure{Class: class, Reason: why}
			m.fx = append(m.fx, Fail{Class: class, Reason: why})
			return
		}
		m.decide(true)
		return
	}
	if !m.s.Done {
		return
	}
	m.tidy()
	if m.s.Failure != nil {
		if _, _, still := m.onlyFailures(); still {
			return
		}
		m.s.Failure = nil
	}
	m.decide(false)
}

// settled reports whether nothing that the decision waits for is open.
func (m *machine) settled() bool {
	for i := range m.s.Checks {
		if m.s.Checks[i].Stage.open() && !m.p.Checks[i].Optional {
			return false
		}
	}
	return true
}

// onlyFailures reports whether there is nothing but technical failure: no evidence, nobody who may still answer late.
func (m *machine) onlyFailures() (class, why string, ok bool) {
	if m.overruled() {
		return "", "", false
	}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		earlier, last := c.standing()
		if last.Answer != nil || c.Stage == TimedOut || c.Stage.open() && !m.p.Checks[i].Optional {
			return "", "", false
		}
		for j := range earlier {
			if earlier[j].Answer != nil {
				return "", "", false
			}
		}
		if c.Stage == Ended && class == "" && c.Run.Class != "" {
			class, why = c.Run.Class, c.Name+" by "+c.Run.Provider
			if c.Run.Why != "" {
				why += ": " + c.Run.Why
			}
		}
	}
	return class, why, class != ""
}

// decide makes a decision if it says something new. The first of a round always does.
func (m *machine) decide(first bool) {
	lapsed := m.lapse()
	d := m.verdict()
	d.Shown = m.shown()
	d.Final = m.final()
	old := m.s.Decision
	if old != nil {
		if !first && old.Result == d.Result && old.Confidence == d.Confidence && old.Reasoning == d.Reasoning &&
			(old.Shown == d.Shown || old.Shown == 0) && sameWords(old.Reasons, d.Reasons) {
			m.schedule()
			return
		}
		d.Cause = m.cause
		answer, news := strings.CutPrefix(m.cause, "new answer ")
		switch {
		case first && m.s.Round > 0:
			d.Cause = "recheck"
		case news && old.Result == True && d.Result == False:
			d.Cause = "reversal " + answer
		case d.Cause == "":
			d.Cause = "new facts"
		}
		if lapsed != "" {
			d.Cause += ", which ends " + lapsed
		}
		d.Revision = old.Revision
	}
	d.Revision++
	d.At = m.now
	m.s.Decision = &d
	m.s.Persons = m.parties()
	m.schedule()
	if !m.silent {
		m.fx = append(m.fx, Decide{Revision: d.Revision, Result: d.Result})
	}
	m.announce(&d)
}

// sameWords reports whether two lists of codes are the same but for their order.
func sameWords(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, w := range a {
		if !slices.Contains(b, w) {
			return false
		}
	}
	return true
}

// final reports whether no check is open any more, not even for a late answer.
func (m *machine) final() bool {
	for i := range m.s.Checks {
		if s := m.s.Checks[i].Stage; s.open() || s == TimedOut {
			return false
		}
	}
	return true
}

func (m *machine) parties() []string {
	if len(m.s.Parties) == 0 {
		return nil
	}
	out := make([]string, len(m.s.Parties))
	for i := range out {
		if m.s.Parties[i].Asked {
			out[i] = m.s.Parties[i].result()
			continue
		}
		switch out[i] = m.person(m.s.Parties[i].Reference).result; out[i] {
		case True, False:
		default:
			out[i] = Unknown
		}
	}
	return out
}

// shown tells decisions that show different facts apart, even when they say the same: which findings count, whose they are,
// and what reviewers have ruled. The order of findings, their sentences, when they were found, and the vendor's own word for what
// our codes say are no part of it.
func (m *machine) shown() uint64 {
	sum := offset
	var room [16]told
	for _, t := range m.s.counting(room[:0]) {
		sum += t.hash()
	}
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		earlier, last := c.standing()
		for j := range earlier {
			sum += ofPersons(c.Name, &earlier[j])
		}
		sum += ofPersons(c.Name, last)
	}
	m.rulings(func(component string, r ruling) {
		if r.result != "" {
			sum += hash(hash(offset, component), r.result)
		}
	})
	return sum >> 32 // half is enough, and short in JSON
}

// ofPersons sums up what a run that counts has found of associated persons, in whatever order.
func ofPersons(check string, r *Run) (sum uint64) {
	if !r.counts() {
		return 0
	}
	for i := range r.Answer.Findings {
		if f := &r.Answer.Findings[i]; f.Person != "" {
			sum += (&told{check: check, run: r, Finding: f}).hash()
		}
	}
	return sum
}

func (t *told) hash() uint64 {
	h := hash(hash(hash(hash(hash(offset, t.check), t.run.Provider), t.Component), t.Result), t.Person)
	h = (h ^ uint64(t.run.attempt())) * prime
	h = (h ^ math.Float64bits(t.Confidence)) * prime
	var codes uint64
	for _, w := range t.Reasons {
		codes += hash(offset, w)
	}
	return (h ^ codes) * prime
}

// tidy drops what nobody needs any more.
func (m *machine) tidy() {
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		if c.Stage != Ended {
			continue
		}
		if c.Until != 0 {
			c = m.own(i)
			c.Until = 0
		}
		if r := &c.Run; r.Answer != nil && r.Seen == r.Answer.At && r.SeenBy == r.Answer.By {
			r = &m.own(i).Run
			r.Seen, r.SeenBy = 0, 0
		}
	}
}

// NextWake returns when a Tick would do something. It is a function of the state alone.
func (s State) NextWake() (time.Time, bool) {
	if s.Phase != Parked && s.Phase != Started && s.Phase != Forgotten {
		return time.Time{}, false
	}
	next := s.Expires
	soon := func(t Time) {
		if t != 0 && (next == 0 || t < next) {
			next = t
		}
	}
	if s.Claim != nil && s.Phase == Started {
		soon(s.Claim.Until)
	}
	for i := range s.Checks {
		c := s.Checks[i]
		if s.Phase == Started {
			if c.Stage.open() {
				soon(c.Until)
			}
			soon(c.Again)
		}
		if c.Run.Flight == "" {
			soon(c.Run.NextAt)
		}
		soon(s.pageDue(&c.Run))
		soon(c.Run.tellingDue())
		for j := range c.Earlier {
			if c.Earlier[j].Flight == "" {
				soon(c.Earlier[j].NextAt)
			}
			soon(c.Earlier[j].tellingDue())
		}
	}
	return next.Std(), next != 0
}
