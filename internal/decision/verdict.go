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
//	false_<component>       invalid, and the flow does not require it
//	contradiction_<c>       two providers say the opposite, or have read different things
//	expired_<component>     it was valid and the flow's time for it is over
//	withdrawn_<component>   the vendor took its word back: the subject must act
//	person_missing          an associated person was not looked at
//	person_refused          an associated person was refused; the codes of their decision follow
//	person_undecided        … could not be decided on; the codes of their decision follow
//	role_missing            nobody is named for a role that somebody must have
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

	// A code of findings, too: what providers have read is compared here, and nowhere else.
	reasonContradiction = "contradiction"

	causeExpiry = "expiry"
)

// verdict is what the facts say now. It depends on the facts only, not on how they came.
func (m *machine) verdict() Decision {
	if m.overruled() {
		r := m.ruling("")
		d := Decision{Result: r.result, Reasons: []string{reasonReview},
			Reasoning: strings.ToUpper(r.by[:1]) + r.by[1:] + " decided: " + r.result + ". Without that word: " + m.found().Reasoning}
		if d.Result != Unknown {
			d.Confidence = 100
		}
		return d
	}
	return m.found()
}

// found is what the facts say where no reviewer has decided the whole.
func (m *machine) found() Decision {
	if d, ok := m.ruled(); ok {
		return d
	}
	return m.builtin()
}

// holding returns the first of the flow's rules that holds, or whose condition cannot be evaluated, and its number; nil
// is none.
func (m *machine) holding() (n int, rule *Rule, err error) {
	if len(m.p.Rules) == 0 {
		return 0, nil, nil
	}
	facts := m.facts()
	for i := range m.p.Rules {
		r := &m.p.Rules[i]
		if yes, err := r.If(facts); yes || err != nil {
			return i + 1, r, err
		}
	}
	return 0, nil, nil
}

// ruled applies the flow's rules: the first that holds decides.
func (m *machine) ruled() (Decision, bool) {
	n, r, err := m.holding()
	switch {
	case err != nil:
		return Decision{Result: Unknown, Reasons: []string{reasonRuleError},
			Reasoning: "Rule " + strconv.Itoa(n) + " could not be evaluated: " + r.Text + "."}, true
	case r == nil:
		return Decision{}, false
	}
	d := Decision{Result: r.Result, Review: r.Review, Reasoning: "Rule " + strconv.Itoa(n) + " holds: " + r.Text + "." + m.matched(r.Reads)}
	if r.Reason != "" {
		d.Reasons = append(d.Reasons, r.Reason)
	}
	if r.Review {
		d.Reasons = append(d.Reasons, reasonReviewAsked)
	}
	if r.Result != Unknown {
		d.Confidence = 100
	}
	return m.overridden(r.Reads, d), true
}

// builtin is the rule where no rule of the flow holds: any required component false is false with the strongest
// confidence, all true is true with the weakest, and everything else is unknown, naming what is in the way.
func (m *machine) builtin() Decision {
	var room [16]known
	var names [16]string
	required, knowns := names[:0], room[:0]
	wanted := m.wanted()
	for _, name := range wanted {
		if k, ok := m.require(name); ok {
			required, knowns = append(required, name), append(knowns, k)
		}
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
		return m.overridden(wanted, invalid(required[strongest], &knowns[strongest]))
	case !open:
		return m.overridden(wanted, m.besides(wanted, Decision{Result: True, Confidence: knowns[weakest].confidence, Reasons: allTrue,
			Reasoning: allValid(required, weakest, knowns[weakest].confidence)}))
	}
	return m.overridden(wanted, m.undecided(required, knowns))
}

var allTrue = []string{reasonAllTrue}

// wanted returns the components that the flow requires. A business that names associated persons is as good as they are:
// persons is required of it whenever a check speaks of persons, even if the flow does not list it.
func (m *machine) wanted() []string {
	if m.s.Subject == "business" && len(m.s.Parties) > 0 && !slices.Contains(m.p.Require, Persons) && m.delivers(Persons) {
		return append(slices.Clip(m.p.Require), Persons)
	}
	return m.p.Require
}

// require returns what is known of a component that is wanted; ok is false if only checks that were skipped could have
// spoken of it: then it is not required.
func (m *machine) require(name string) (k known, ok bool) {
	k = m.known(name)
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
			return k, false
		}
	}
	return k, true
}

func (m *machine) delivers(component string) bool {
	for i := range m.p.Checks {
		if slices.Contains(m.p.Checks[i].Components, component) {
			return true
		}
	}
	return false
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
