package sumsub

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// complaints are the reject labels of a picture, held against components.
type complaints struct {
	components []string // those that are named, in order
	reasons    map[string][]string
	labels     map[string][]string
	unknown    []string // labels that the table does not have
}

// complaints collects the labels of the applicant, the steps and the images. Under the component "" are those that are
// about the applicant as a whole.
func (p *picture) complaints() *complaints {
	c := &complaints{reasons: map[string][]string{}, labels: map[string][]string{}}
	red := p.redSteps()
	for _, name := range red {
		s := p.steps[name]
		for _, v := range append([]*result{s.ReviewResult}, s.images()...) {
			if v == nil || v.ReviewAnswer == green {
				continue
			}
			for _, label := range v.RejectLabels {
				c.add(label, primary(name))
			}
		}
	}
	for _, label := range p.result.RejectLabels {
		c.add(label, whose(label, red))
	}
	for _, name := range red { // a step that is refused for no stated reason
		if k := primary(name); k != "" && !slices.Contains(c.components, k) && len(c.components) == 0 && len(c.labels[""]) == 0 {
			c.put(k, "other", "")
		}
	}
	return c
}

// whose returns the component that a label of the applicant speaks of when it does not name one itself: that of the
// refused step, unless a document is among the refused.
func whose(label string, red []string) string {
	components := make([]string, 0, len(red))
	for _, name := range red {
		components = append(components, primary(name))
	}
	if len(components) == 0 || slices.Contains(components, "document") {
		return "document"
	}
	return components[0]
}

// add holds a label against a component; in is the component of the step it was found in.
func (c *complaints) add(label, in string) {
	m, ok := labels[label]
	if !ok {
		c.unknown = append(c.unknown, code(label))
		m = meaning{reason: "vendor_word_unknown"}
	}
	component := m.component
	if component == "document" && in != "" {
		component = in
	}
	c.put(component, m.reason, code(label))
}

func (c *complaints) put(component, reason, label string) {
	if component != "" && !slices.Contains(c.components, component) {
		c.components = append(c.components, component)
	}
	if !slices.Contains(c.reasons[component], reason) {
		c.reasons[component] = append(c.reasons[component], reason)
	}
	if label != "" && !slices.Contains(c.labels[component], label) {
		c.labels[component] = append(c.labels[component], label)
	}
}

// whole reports whether the applicant as a whole is refused: a label says so, or nothing says anything else.
func (c *complaints) whole() bool { return len(c.labels[""]) > 0 || len(c.components) == 0 }

// finding is what the labels say of one component, or with "" of the applicant as a whole.
func (c *complaints) finding(component, result string, confidence float64, why string) providers.Finding {
	f := providers.Finding{
		Component: component, Result: result, Confidence: confidence, Reasoning: why,
		Reasons: c.reasons[component], Labels: c.labels[component],
	}
	if len(f.Reasons) == 0 {
		f.Reasons = []string{"other"}
	}
	return f
}

// wholes are the components that stand for the applicant as a whole. A finding about one is made where it is asked for.
var wholes = []string{"person", "business"}

// all is what the vendor's last word against an applicant says of it as a whole: everything that it named.
func (c *complaints) all(component string) providers.Finding {
	f := providers.Finding{Component: component, Result: "false", Confidence: sureRejected, Reasoning: "The vendor rejected the applicant."}
	for _, of := range append([]string{""}, c.components...) {
		f.Reasons = append(f.Reasons, c.reasons[of]...)
		f.Labels = append(f.Labels, c.labels[of]...)
	}
	slices.Sort(f.Reasons)
	slices.Sort(f.Labels)
	f.Reasons, f.Labels = slices.Compact(f.Reasons), slices.Compact(f.Labels)
	if len(f.Reasons) == 0 {
		f.Reasons = []string{"other"}
	}
	return f
}

// redSteps returns the names of the steps that the vendor refused, or an image of which it refused.
func (p *picture) redSteps() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.steps)) {
		s := p.steps[name]
		if s == nil {
			continue
		}
		verdicts := append([]*result{s.ReviewResult}, s.images()...)
		if slices.ContainsFunc(verdicts, func(v *result) bool { return v != nil && v.ReviewAnswer == red }) {
			names = append(names, name)
		}
	}
	return names
}

// images returns the verdicts of a step's images, the front first; nil where there is none.
func (s *step) images() []*result {
	out := make([]*result, len(s.ImageIDs))
	for i, id := range s.ImageIDs {
		out[i] = s.ImageReviewResults[strconv.FormatInt(id, 10)]
	}
	return out
}

// componentsOf returns what a step speaks of. IDENTITY2 and its like are further steps of one kind.
func componentsOf(name string) []string { return stepComponents[strings.TrimRight(name, "0123456789")] }

// primary returns the component that a step's images are held against, or "".
func primary(name string) string {
	if c := componentsOf(name); len(c) > 0 {
		return c[0]
	}
	return ""
}

// spoken returns the components that this check was asked for, or, where nobody said, those of the steps that were taken.
func (p *picture) spoken(asked []string) []string {
	if len(asked) > 0 {
		return asked
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.steps)) {
		if p.steps[name] == nil {
			continue
		}
		for _, c := range componentsOf(name) {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 && p.applicant != nil && p.applicant.Type == "company" {
		return []string{"registry"}
	}
	if len(out) == 0 {
		return []string{"document"}
	}
	return out
}

var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// code returns a word of the vendor's that is shaped like a code. What is shaped otherwise may be prose about somebody.
func code(s string) string {
	if word.MatchString(s) {
		return s
	}
	return "unreadable"
}
