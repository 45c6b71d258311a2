package sumsub

import (
	"maps"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/providers"
)

// approved reads GREEN. What is true is what the steps were about that the applicant has taken: an approval says nothing
// of a component that the level does not ask for.
func (p *picture) approved(asked []string) providers.Outcome {
	out := providers.Outcome{Status: completed, Extracted: p.extracted(), Registered: p.registered()}
	found := map[string]providers.Finding{}
	put := func(f providers.Finding) {
		if old, ok := found[f.Component]; !ok || doubt(f.Result) > doubt(old.Result) {
			found[f.Component] = f
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.steps)) {
		s := p.steps[name]
		if s == nil {
			continue
		}
		for _, c := range componentsOf(name) {
			if c != "liveness" || p.live(s) {
				put(s.finding(c))
			}
		}
	}
	if f, ok := found["document"]; ok && f.Result == "true" {
		f.Expires = p.expiry()
		found["document"] = f
	}
	var risks []providers.Finding
	risks, out.Unknown = p.risks()
	for _, f := range risks {
		put(f)
	}
	for _, whole := range wholes {
		if slices.Contains(asked, whole) {
			put(asWhole(whole, risks))
		}
	}
	if slices.Contains(asked, "aml") || p.screening != nil {
		put(p.screened())
	}
	for _, c := range slices.Sorted(maps.Keys(found)) {
		out.Findings = append(out.Findings, found[c])
	}
	return out
}

// doubt orders results: the higher, the more cautious.
func doubt(result string) int {
	return slices.Index([]string{"true", "unknown", "flagged", "false"}, result)
}

// finding is what a step of an approved applicant says of a component. An operator can approve an applicant and leave a
// refused step as it is: then the two contradict each other.
func (s *step) finding(component string) providers.Finding {
	switch {
	case s.ReviewResult == nil || s.ReviewResult.ReviewAnswer == "":
		return providers.Finding{Component: component, Result: "unknown", Reasoning: "The step has no verdict of its own.", Reasons: []string{"inconclusive"}}
	case s.ReviewResult.ReviewAnswer == green:
		return providers.Finding{
			Component: component, Result: "true", Confidence: sureApproved,
			Reasoning: "The vendor approved the applicant and this step.",
		}
	}
	return providers.Finding{
		Component: component, Result: "flagged", Confidence: sureFlagged,
		Reasoning: "The vendor approved the applicant, and the step is not approved.", Reasons: []string{"manual_review"},
	}
}

// live reports whether a step can speak of liveness: a photograph that was handed in over the API cannot.
func (p *picture) live(s *step) bool {
	return s.IDDocType != "SELFIE" || p.applicant != nil && p.applicant.ApplicantPlatform != "" && p.applicant.ApplicantPlatform != "API"
}

// asWhole is what an approval says of the applicant as a whole: whatever risk labels throw doubt on is a part of it.
func asWhole(component string, risks []providers.Finding) providers.Finding {
	if len(risks) == 0 {
		return providers.Finding{Component: component, Result: "true", Confidence: sureApproved, Reasoning: "The vendor approved the applicant."}
	}
	f := providers.Finding{Component: component, Result: "flagged", Confidence: sureFlagged, Reasoning: risks[0].Reasoning}
	for _, r := range risks {
		f.Labels = append(f.Labels, r.Labels...)
		for _, code := range r.Reasons {
			if !slices.Contains(f.Reasons, code) {
				f.Reasons = append(f.Reasons, code)
			}
		}
	}
	return f
}

// risks throws doubt on the components that an approved applicant has risk labels for. It returns the groups of labels
// that are not known, too; they throw doubt on the applicant as a whole, which is component "fraud".
func (p *picture) risks() (doubts []providers.Finding, unknown []string) {
	if p.applicant == nil {
		return nil, nil
	}
	for _, group := range slices.Sorted(maps.Keys(p.applicant.RiskLabels)) {
		list, ok := p.applicant.RiskLabels[group].([]any)
		if !ok || len(list) == 0 {
			continue
		}
		about, ok := groups[group]
		if !ok {
			about = meaning{component: "fraud", reason: "vendor_word_unknown"}
			unknown = append(unknown, code(group))
		}
		f := providers.Finding{
			Component: about.component, Result: "flagged", Confidence: sureFlagged,
			Reasoning: "The vendor approved the applicant and added risk labels.", Reasons: []string{about.reason},
		}
		for _, label := range list {
			if s, ok := label.(string); ok {
				f.Labels = append(f.Labels, code(s))
			}
		}
		doubts = append(doubts, f)
	}
	return doubts, unknown
}

// expiry returns when the first of the identity documents stops being valid, or the zero time.
func (p *picture) expiry() time.Time {
	var first time.Time
	if p.applicant == nil {
		return first
	}
	for _, d := range p.applicant.Info.IDDocs {
		t, err := time.Parse(time.DateOnly, d.ValidUntil)
		if err == nil && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
