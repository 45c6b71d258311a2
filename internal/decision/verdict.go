package decision

import (
	"slices"
	"strconv"
	"strings"
)

// The reason codes of decisions. A code for a component is the word, an underscore and the component's name.
//
//	all_required_true       every required component is valid
//	required_false          a required component is invalid; its own codes follow
//	missing_component       nobody spoke of a required component
//	deadline                … because no answer came in time
//	check_failed            … because its check failed technically
//	under_confidence        true or false, but under the flow's bar
//	unknown_<component>     the vendor could not tell; its own codes follow
//	flagged_<component>     passed with something odd, which never passes silently
//	contradiction_<c>       two providers say the opposite
//	expired_<component>     it was valid and the flow's time for it is over
//	withdrawn_<component>   the vendor took its word back: the subject must act
//	person_missing          an associated person was not looked at
//	nothing_required        the flow requires nothing of this subject
//	rule_error              a rule could not be evaluated
//	review                  a reviewer decided
//	review_required         a rule wants a reviewer
//
// A rule's reason is the flow author's own word. Codes of findings come from the providers.
const (
	reasonAllTrue     = "all_required_true"
	reasonFalse       = "required_false"
	reasonMissing     = "missing_component"
	reasonDeadline    = "deadline"
	reasonCheckFailed = "check_failed"
	reasonUnder       = "under_confidence"
	reasonNothing     = "nothing_required"
	reasonRuleError   = "rule_error"
	reasonReview      = "review"
	reasonReviewAsked = "review_required"
)

// verdict is what the facts say now. It depends on the facts only, not on how they came.
func (m *machine) verdict() Decision {
	for i := range m.s.Reviews {
		if r := &m.s.Reviews[i]; r.Component == "" && r.Seq > m.newest("") {
			return Decision{Result: r.Result, Confidence: 100, Reasons: []string{reasonReview},
				Reasoning: "A reviewer decided: " + r.Result + "."}
		}
	}
	if d, ok := m.ruled(); ok {
		return d
	}
	return m.builtin()
}

// ruled applies the flow's rules: the first that holds decides.
func (m *machine) ruled() (Decision, bool) {
	if len(m.p.Rules) == 0 {
		return Decision{}, false
	}
	facts := m.facts()
	for i := range m.p.Rules {
		r := &m.p.Rules[i]
		yes, err := r.If(facts)
		if err != nil {
			return Decision{Result: Unknown, Reasons: []string{reasonRuleError},
				Reasoning: "Rule " + strconv.Itoa(i+1) + " could not be evaluated: " + r.Text + "."}, true
		}
		if !yes {
			continue
		}
		d := Decision{Result: r.Result, Review: r.Review, Reasoning: "Rule " + strconv.Itoa(i+1) + " holds: " + r.Text + "."}
		if r.Reason != "" {
			d.Reasons = append(d.Reasons, r.Reason)
		}
		if r.Review {
			d.Reasons = append(d.Reasons, reasonReviewAsked)
		}
		if r.Result != Unknown {
			d.Confidence = 100
		}
		return d, true
	}
	return Decision{}, false
}

// builtin is the rule where no rule of the flow holds: any required component false is false with the strongest
// confidence, all true is true with the weakest, and everything else is unknown, naming what is in the way.
//
// A business that names associated persons is as good as they are: persons is required of it whenever a check speaks of
// persons, even if the flow does not list it.
func (m *machine) builtin() Decision {
	var room [16]known
	var names [16]string
	required, knowns := names[:0], room[:0]
	for _, name := range m.p.Require {
		required, knowns = m.require(required, knowns, name)
	}
	if m.s.Subject == "business" && len(m.s.Parties) > 0 && !slices.Contains(required, Persons) && m.delivers(Persons) {
		required, knowns = m.require(required, knowns, Persons)
	}
	if len(required) == 0 {
		return Decision{Result: Unknown, Reasons: []string{reasonNothing}, Reasoning: "The flow requires nothing of this subject."}
	}
	weakest, strongest, open := -1, -1, false
	for i := range knowns {
		switch k := &knowns[i]; k.result {
		case True:
			if weakest < 0 || k.confidence < knowns[weakest].confidence {
				weakest = i
			}
		case False:
			if strongest < 0 || k.confidence > knowns[strongest].confidence {
				strongest = i
			}
		default:
			open = true
		}
	}
	switch {
	case strongest >= 0:
		return invalid(required[strongest], &knowns[strongest])
	case !open:
		return Decision{Result: True, Confidence: knowns[weakest].confidence, Reasons: allTrue,
			Reasoning: allValid(required, weakest, knowns[weakest].confidence)}
	}
	return m.undecided(required, knowns)
}

var allTrue = []string{reasonAllTrue}

// require adds a required component, unless only checks that were skipped could have spoken of it.
func (m *machine) require(names []string, knowns []known, name string) ([]string, []known) {
	k := m.known(name)
	if k.result == Missing {
		skipped := false
		for i := range m.p.Checks {
			if slices.Contains(m.p.Checks[i].Components, name) {
				if m.s.Checks[i].Stage != Skipped {
					skipped = false
					break
				}
				skipped = true
			}
		}
		if skipped {
			return names, knowns
		}
	}
	return append(names, name), append(knowns, k)
}

func (m *machine) delivers(component string) bool {
	for i := range m.p.Checks {
		if slices.Contains(m.p.Checks[i].Components, component) {
			return true
		}
	}
	return false
}

func allValid(required []string, weakest int, confidence float64) string {
	var b [160]byte
	s := b[:0]
	if len(required) == 1 {
		s = append(s, "The only required component, "...)
		s = append(s, required[0]...)
		s = append(s, ", is valid ("...)
	} else {
		s = append(s, "All "...)
		s = strconv.AppendInt(s, int64(len(required)), 10)
		s = append(s, " required components are valid; the weakest is "...)
		s = append(s, required[weakest]...)
		s = append(s, " ("...)
	}
	s = appendConfidence(s, confidence)
	return string(append(s, ")."...))
}

func appendConfidence(s []byte, c float64) []byte { return strconv.AppendFloat(s, c, 'f', -1, 64) }

func invalid(name string, k *known) Decision {
	s := append([]byte("Required component "), name...)
	s = append(s, " is not valid ("...)
	s = append(appendConfidence(s, k.confidence), ')')
	d := Decision{Result: False, Confidence: k.confidence, Reasons: []string{reasonFalse}}
	switch {
	case k.code != "":
		d.Reasons = add(d.Reasons, k.code)
	case k.finding != nil:
		d.Reasons = add(d.Reasons, k.finding.Reasons...)
		if k.finding.Reasoning != "" {
			s = append(append(s, ": "...), strings.TrimSuffix(k.finding.Reasoning, ".")...)
		}
	}
	d.Reasoning = string(append(s, '.'))
	return d
}

func (m *machine) undecided(required []string, knowns []known) Decision {
	d := Decision{Result: Unknown}
	var s strings.Builder
	s.WriteString("Not decided: ")
	first := true
	for i := range knowns {
		if knowns[i].result == True {
			continue
		}
		if !first {
			s.WriteString("; ")
		}
		first = false
		s.WriteString(required[i])
		d.Reasons = m.explain(&s, d.Reasons, required[i], &knowns[i])
	}
	s.WriteByte('.')
	d.Reasoning = s.String()
	return d
}

// explain says why a component is not known.
func (m *machine) explain(s *strings.Builder, reasons []string, name string, k *known) []string {
	switch {
	case k.result == Missing:
		s.WriteString(" is missing")
		reasons = add(reasons, reasonMissing)
		switch why := m.absence(name); why {
		case reasonDeadline:
			s.WriteString(" (no answer in time)")
			return add(reasons, why)
		case reasonCheckFailed:
			s.WriteString(" (its check failed)")
			return add(reasons, why)
		}
		return reasons
	case k.result == Flagged:
		s.WriteString(" is flagged")
		reasons = add(reasons, "flagged_"+name)
	case k.code == "person_missing":
		s.WriteString(": an associated person was not looked at")
		return add(reasons, k.code)
	case k.code == "under_confidence":
		s.WriteString(" is under the bar (")
		s.Write(appendConfidence(nil, k.confidence))
		s.WriteByte(')')
		return add(reasons, reasonUnder)
	case k.code == "contradiction":
		s.WriteString(": providers contradict each other")
		return add(reasons, "contradiction_"+name)
	case k.code == "expired":
		s.WriteString(" has expired")
		return add(reasons, "expired_"+name)
	case k.code == "withdrawn":
		s.WriteString(" was withdrawn by the provider")
		return add(reasons, "withdrawn_"+name)
	case k.code == reasonReview:
		s.WriteString(" is unknown to a reviewer")
		return add(reasons, reasonReview)
	default:
		s.WriteString(" is unknown")
		reasons = add(reasons, "unknown_"+name)
	}
	if k.finding != nil {
		reasons = add(reasons, k.finding.Reasons...)
	}
	return reasons
}

// absence says why nobody spoke of a component: its check has not answered in time, or failed, or neither.
func (m *machine) absence(name string) string {
	why := ""
	for i := range m.p.Checks {
		if !slices.Contains(m.p.Checks[i].Components, name) {
			continue
		}
		c := &m.s.Checks[i]
		if c.Stage == TimedOut {
			return reasonDeadline
		}
		if c.Run.Status == AnswerFailed {
			why = reasonCheckFailed
		}
	}
	return why
}

// add appends words that are not there yet.
func add(words []string, more ...string) []string {
	for _, w := range more {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
