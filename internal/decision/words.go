package decision

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The words of a decision. Whoever has only the decision must understand it: what is in the way is named with the
// provider that said so, how sure it was, and its own reasoning. That is in our words, with nobody's data in it.

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
	d := Decision{Result: False, Confidence: k.confidence, Reasons: []string{reasonFalse}}
	s := append([]byte("Required component "), name...)
	s = append(s, " is not valid"...)
	switch {
	case k.code != "":
		s = append(append(append(s, " ("...), appendConfidence(nil, k.confidence)...), ')')
		d.Reasons = add(d.Reasons, k.code)
	case k.finding != nil:
		s = append(s, k.source()...)
		s = append(s, k.finding.because()...)
		d.Reasons = add(d.Reasons, k.finding.Reasons...)
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

// explain says why a component is not known to be valid.
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
	case k.code == "person_missing":
		s.WriteString(": an associated person was not looked at")
		return add(reasons, k.code)
	case k.code == "under_confidence":
		s.WriteString(" is " + k.finding.Result + " under the bar" + k.source() + k.finding.because())
		return add(reasons, reasonUnder)
	case k.code == reasonContradiction && k.against == "":
		s.WriteString(" is contradicted" + k.finding.because())
		return add(reasons, reasonContradiction+"_"+name)
	case k.code == reasonContradiction:
		s.WriteString(": providers contradict each other, " + k.against + " says true and " + k.run.Provider + " false" + k.finding.because())
		return add(reasons, reasonContradiction+"_"+name)
	case k.code == "expired":
		s.WriteString(" has expired: what " + k.run.Provider + " said on " + k.run.Answer.At.Std().Format(time.DateOnly) + " holds no longer")
		return add(reasons, "expired_"+name)
	case k.code == "withdrawn":
		s.WriteString(" was withdrawn by " + k.run.Provider)
		return add(reasons, "withdrawn_"+name)
	case k.by != "":
		s.WriteString(" is unknown to " + k.by)
		return add(reasons, reasonReview)
	case name == Persons && k.run.Provider == Bonafide:
		if m.absence(name) == reasonDeadline {
			s.WriteString(" (no answer in time)")
			reasons = add(reasons, reasonDeadline)
		}
		s.WriteString(": " + strings.TrimSuffix(k.finding.Reasoning, "."))
		return add(reasons, k.finding.Reasons...)
	case k.result == Flagged:
		s.WriteString(" is flagged" + k.source())
		reasons = add(reasons, "flagged_"+name)
	default:
		s.WriteString(" is unknown to " + k.run.Provider)
		reasons = add(reasons, "unknown_"+name)
	}
	s.WriteString(k.finding.because())
	return add(reasons, k.finding.Reasons...)
}

// tell says what is known of a component.
func (m *machine) tell(name string, k *known) string {
	if k.code == "" && (k.result == True || k.result == False) {
		return " is " + k.result + k.source() + k.finding.because()
	}
	var s strings.Builder
	m.explain(&s, nil, name, k)
	return s.String()
}

// matched says which findings a rule that holds has asked about: those that are not valid, or all where all are. What a
// reviewer has judged overridden tells.
func (m *machine) matched(names []string) string {
	var odd, valid []string
	for _, name := range names {
		switch k := m.known(name); {
		case k.by != "":
		case k.result == True:
			valid = append(valid, name+m.tell(name, &k))
		default:
			odd = append(odd, name+m.tell(name, &k))
		}
	}
	if odd == nil {
		odd = valid
	}
	if odd == nil {
		return ""
	}
	return " Found: " + strings.Join(odd, "; ") + "."
}

// overridden adds to a decision which of the components that it rests on reviewers have judged.
func (m *machine) overridden(names []string, d Decision) Decision {
	if len(m.s.Reviews) == 0 {
		return d
	}
	for _, name := range names {
		if k, ok := m.decided(name); ok {
			d.Reasoning += " Of " + name + " " + k.by + " decided: " + k.result + "."
			d.Reasons = add(slices.Clip(d.Reasons), reasonReview)
		}
	}
	return d
}

// besides adds to a decision that all is valid what is flagged or not valid and not required: it stands in nobody's way, and does
// not pass silently.
func (m *machine) besides(required []string, d Decision) Decision {
	var odd []string
	for i := range m.s.Checks {
		earlier, last := m.s.Checks[i].standing()
		for j := range earlier {
			odd = oddities(odd, &earlier[j], required)
		}
		odd = oddities(odd, last, required)
	}
	if odd == nil {
		return d
	}
	slices.Sort(odd)
	s := " Not required:"
	for _, name := range odd {
		k := m.known(name)
		if k.by != "" || k.result != Flagged && k.result != False {
			continue
		}
		d.Reasoning += s + " " + name + " is " + k.describe() + k.source() + k.finding.because()
		d.Reasons = add(add(slices.Clip(d.Reasons), k.result+"_"+name), k.finding.Reasons...)
		s = ";"
	}
	if s == ";" {
		d.Reasoning += "."
	}
	return d
}

// oddities adds the components that an answer flags or refuses and that are not required.
func oddities(to []string, r *Run, required []string) []string {
	if r.Answer == nil {
		return to
	}
	for i := range r.Answer.Findings {
		f := &r.Answer.Findings[i]
		if (f.Result == Flagged || f.Result == False) && f.Person == "" && f.Component != Persons && !slices.Contains(required, f.Component) {
			to = add(to, f.Component)
		}
	}
	return to
}

func (k *known) describe() string {
	if k.result == False {
		return "not valid"
	}
	return k.result
}

// source says how sure it is, and who found it.
func (k *known) source() string {
	return " (" + string(appendConfidence(nil, k.confidence)) + ", " + k.run.Provider + ")"
}

// maxBecause bounds what is told of one finding, in bytes.
const maxBecause = 240

// because returns a finding's own reasoning, or its codes in words, in brief; nothing if it has neither.
func (f *Finding) because() string {
	s := strings.TrimSuffix(f.Reasoning, ".")
	if s == "" {
		s = strings.ReplaceAll(strings.Join(f.Reasons, ", "), "_", " ")
	}
	if s == "" {
		return ""
	}
	if len(s) > maxBecause {
		s = s[:strings.LastIndexByte(s[:maxBecause], ' ')+1] + "…"
	}
	return ": " + s
}

// absence says why nobody spoke of a component: its check has not answered in time, or failed, or neither.
func (m *machine) absence(name string) string {
	why := ""
	for i := range m.p.Checks {
		if !slices.Contains(m.p.Checks[i].Components, name) {
			continue
		}
		c := m.s.Checks[i]
		if c.Stage == TimedOut {
			return reasonDeadline
		}
		if c.Run.Status == AnswerFailed {
			why = reasonCheckFailed
		}
	}
	return why
}
