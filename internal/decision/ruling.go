package decision

import (
	"slices"
	"strings"
)

// A ruling is what reviewers say of a component, or of the whole.
type ruling struct {
	result string // "" when nothing of it counts
	by     string // whose words count: "reviewer key-1" or "reviewers key-1 and key-2"
	open   string // what the others are waited for with; "" when nobody is
}

// ruling returns what reviewers say. Where two must agree, that counts which most say, if they are two at least.
func (m *machine) ruling(component string) ruling {
	var words []*Review
	for i := range m.s.Reviews {
		if r := &m.s.Reviews[i]; r.Component == component && m.stands(r) {
			words = append(words, r)
		}
	}
	if len(words) == 0 {
		return ruling{}
	}
	if !m.p.FourEyes {
		r := words[len(words)-1]
		return ruling{result: r.Result, by: "reviewer " + r.Reviewer}
	}
	var most []string
	result, tied := "", false
	for _, word := range []string{False, Unknown, True} {
		var who []string
		for _, r := range words {
			if r.Result == word {
				who = append(who, r.Reviewer)
			}
		}
		switch {
		case len(who) > len(most):
			most, result, tied = who, word, false
		case len(who) == len(most):
			tied = true
		}
	}
	switch {
	case len(most) > 1 && !tied:
		return ruling{result: result, by: "reviewers " + strings.Join(most, " and ")}
	case len(words) > 1:
		return ruling{open: "Reviewers disagree: " + sayings(words) + "."}
	}
	return ruling{open: "A second reviewer must agree: " + sayings(words) + "."}
}

// rulings calls visit with every component that reviewers have spoken of, once, "" included.
func (m *machine) rulings(visit func(component string, r ruling)) {
	for i := range m.s.Reviews {
		name := m.s.Reviews[i].Component
		if !slices.ContainsFunc(m.s.Reviews[:i], func(r Review) bool { return r.Component == name }) {
			visit(name, m.ruling(name))
		}
	}
}

// overruled reports whether reviewers have decided the whole.
func (m *machine) overruled() bool { return len(m.s.Reviews) > 0 && m.ruling("").result != "" }

func sayings(words []*Review) string {
	all := make([]string, len(words))
	for i, r := range words {
		all[i] = r.Reviewer + " says " + r.Result
	}
	return strings.Join(all, ", ")
}

// waits returns what a reviewer is waited for with: humans at vendors, a rule, another reviewer, and words that counted
// until what they judged changed and nothing else decides.
func (m *machine) waits() []Wait {
	if m.s.Phase != Started || m.p == nil {
		return nil
	}
	var all []Wait
	for i := range m.s.Checks {
		if c := m.s.Checks[i]; m.awaited(i) && c.Run.Status == AnswerInReview {
			for _, name := range m.p.Checks[i].Components {
				all = append(all, Wait{Component: name, Why: "Somebody at " + c.Run.Provider + " looks at it."})
			}
		}
	}
	d := m.s.Decision
	if !m.s.Done || m.s.Failure != nil {
		d = nil // there is none of this round
	}
	if d != nil && d.Review {
		all = append(all, m.ruleWaits()...)
	}
	m.rulings(func(component string, r ruling) {
		if r.open != "" {
			all = append(all, Wait{Component: component, Why: r.open})
		}
	})
	if d != nil && d.Result == Unknown {
		for i := range m.s.Reviews {
			if r := &m.s.Reviews[i]; r.Weight == Over && m.ruling(r.Component).result == "" {
				all = append(all, Wait{Component: r.Component, Why: "What " + r.Reviewer + " judged has changed."})
			}
		}
	}
	return all
}

// ruleWaits returns what the rule that wants a reviewer has asked about: what is not valid of it, or the whole.
func (m *machine) ruleWaits() []Wait {
	var all []Wait
	_, rule, _ := m.holding()
	if rule != nil {
		for _, name := range rule.Reads {
			if k := m.known(name); k.result != True {
				all = append(all, Wait{Component: name, Why: name + m.tell(name, &k) + "."})
			}
		}
	}
	if all == nil {
		all = append(all, Wait{Why: m.s.Decision.Reasoning})
	}
	return all
}

// review shows what reviewers have to do with a verification; nil is nothing.
func (s *State) review() *ReviewView {
	if s.InReview == nil && s.Claim == nil && len(s.Reviews) == 0 {
		return nil
	}
	v := &ReviewView{}
	if w := s.InReview; w != nil {
		v.Since, v.Waits = w.Since.Std(), w.Waits
	}
	if c := s.Claim; c != nil {
		v.Claim = &ClaimView{Reviewer: c.Reviewer, ExpiresAt: c.Until.Std()}
	}
	for _, r := range s.Reviews {
		v.Words = append(v.Words, WordView{Component: r.Component, Result: r.Result, Reviewer: r.Reviewer, At: r.At.Std(),
			Weight: r.Weight.String()})
	}
	return v
}
