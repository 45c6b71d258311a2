package sumsub

import (
	"slices"

	"github.com/bonafide-id/bonafide/providers"
)

// screening is the open case of an applicant whom a list may name.
type screening struct {
	Review *result `json:"review"`
	Hits   []hit   `json:"hits"`
}

type hit struct {
	Review struct {
		MatchStatus string `json:"matchStatus"`
		Whitelisted bool   `json:"whitelisted"`
	} `json:"review"`
	RiskLabels []string `json:"riskLabels"`
}

// screened says what screening found about an approved applicant. A true match is false even beside an approval; a match
// that nobody has ruled out is flagged; no case at all means that the approved level found nobody on a list.
func (p *picture) screened() providers.Finding {
	if p.screening == nil {
		if !p.unlisted {
			return providers.Finding{Component: "aml", Result: "unknown", Reasoning: "Screening was not read.", Reasons: []string{"not_checked"}}
		}
		return providers.Finding{
			Component: "aml", Result: "true", Confidence: sureUnlisted,
			Reasoning: "The vendor approved the applicant and has no screening case.",
		}
	}
	f := providers.Finding{
		Component: "aml", Result: "true", Confidence: sureScreened,
		Reasoning: "Every hit of the screening is ruled out.",
	}
	if v := p.screening.Review; v != nil && v.ReviewAnswer != green && v.ReviewAnswer != "" {
		f = doubtful(f, "flagged", "The screening case is open or refused.", "possible_list_match")
	}
	for _, h := range p.screening.Hits {
		switch status := h.Review.MatchStatus; {
		case status == "no_match" || status == "false_positive" || h.Review.Whitelisted && status != "true_positive":
			continue
		case status == "true_positive":
			f = doubtful(f, "false", "A hit of the screening is a true match.", h.reasons()...)
		default:
			f = doubtful(f, "flagged", "A hit of the screening is not ruled out.", "possible_list_match")
		}
		for _, label := range h.RiskLabels {
			if c := code(label); !slices.Contains(f.Labels, c) {
				f.Labels = append(f.Labels, c)
			}
		}
	}
	return f
}

// reasons says which lists a hit is on, in our codes.
func (h hit) reasons() []string {
	var out []string
	for _, label := range h.RiskLabels {
		if reason, ok := lists[label]; ok {
			out = append(out, reason)
		}
	}
	if len(out) == 0 {
		out = []string{"possible_list_match"}
	}
	return out
}

// doubtful returns f with a result that is at least as cautious. A graver one replaces the reasons; an equal one adds.
func doubtful(f providers.Finding, result, why string, reasons ...string) providers.Finding {
	switch {
	case doubt(result) < doubt(f.Result):
		return f
	case doubt(result) > doubt(f.Result):
		f.Result, f.Confidence, f.Reasoning, f.Reasons = result, sureFlagged, why, nil
	}
	if result == "false" {
		f.Confidence = sureRejected
	}
	for _, reason := range reasons {
		if !slices.Contains(f.Reasons, reason) {
			f.Reasons = append(f.Reasons, reason)
		}
	}
	return f
}
