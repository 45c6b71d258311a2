package sumsub

import (
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// How sure we are where the vendor gives words and no number. They are part of the mapping: changing one is a new version.
const (
	sureApproved  = 98 // GREEN of a completed review, with the step that it is about
	sureRejected  = 99 // RED FINAL, with a label or for the applicant as a whole
	sureScreened  = 97 // a screening case in which nothing is left open
	sureUnlisted  = 95 // approved, screening was asked for, and no case is open
	sureFlagged   = 50
	readOperation = "sumsub.read"
)

// The words of reviewStatus, reviewAnswer and reviewRejectType that decide something.
const (
	completed = "completed"
	initial   = "init"
	green     = "GREEN"
	red       = "RED"
	yellow    = "YELLOW"
	final     = "FINAL"
	retry     = "RETRY"
)

// statuses are the review statuses without a verdict, in our words. An answer that is shown beside one of them means
// nothing: a reset applicant still shows GREEN.
var statuses = map[string]string{
	initial:           "awaiting_subject",
	"pending":         "pending",
	"queued":          "pending",
	"prechecked":      "pending",
	"awaitingService": "pending",
	"awaitingUser":    "awaiting_subject",
	"onHold":          "in_review",
}

// Read says what the vendor's answers mean. A verdict counts only in a completed review; only GREEN makes anything true,
// and only components of steps that the applicant has taken. A rejection is held against what its labels name; when they
// name the applicant as a whole, against everything that was asked for.
func Read(r providers.Reply) (providers.Outcome, error) {
	known, err := parseRef(r.Ref)
	if err != nil {
		return providers.Outcome{}, err
	}
	pictures, err := assemble(r)
	if err != nil {
		return providers.Outcome{}, err
	}
	subject := pictures[""]
	if subject == nil || subject.status == "" {
		return providers.Outcome{}, fault.New(fault.Malformed, readOperation, "no answer says where the review stands")
	}
	at := observed(r, subject)
	subject.recall(known.account, at)
	out := subject.outcome(known.Asked)
	out.ObservedAt = at
	for _, p := range known.People {
		picture := pictures[p.Reference]
		if picture == nil || picture.status == "" {
			continue
		}
		picture.recall(p.account, at)
		join(&out, picture.outcome(nil), p.Reference)
	}
	slices.Sort(out.Unknown)
	out.Unknown = slices.Compact(out.Unknown)
	return out, nil
}

// join adds what is found about a person of a business. The business is not finished before its people are, unless it is
// refused already.
func join(out *providers.Outcome, p providers.Outcome, reference string) {
	for _, f := range p.Findings {
		f.Person = reference
		out.Findings = append(out.Findings, f)
	}
	for _, a := range p.Actions {
		a.Person = reference
		out.Actions = append(out.Actions, a)
	}
	out.Unknown = append(out.Unknown, p.Unknown...)
	refused := slices.ContainsFunc(out.Findings, func(f providers.Finding) bool { return f.Result == "false" })
	if !refused && openness(p.Status) > openness(out.Status) {
		out.Status = p.Status
	}
}

// openness orders statuses by how much is still to be done.
func openness(status string) int {
	return slices.Index([]string{"completed", "pending", "in_review", "awaiting_subject"}, status)
}

// outcome reads one applicant's picture. asked is what the flow wants of this check.
func (p *picture) outcome(asked []string) providers.Outcome {
	if p.status != completed {
		return p.unfinished()
	}
	answer, kind := "", ""
	if p.result != nil {
		answer, kind = p.result.ReviewAnswer, p.result.ReviewRejectType
	}
	switch {
	case answer == green:
		return p.approved(asked)
	case answer == red && kind == final:
		return p.rejected(asked)
	case answer == red && kind == retry:
		return p.returned(asked)
	case answer == yellow:
		return p.uncertain(asked, "flagged", sureFlagged, "manual_review", "The vendor has doubts and gives no verdict.")
	}
	out := p.uncertain(asked, "unknown", 0, "inconclusive", "The vendor ended its review with no verdict that is known.")
	for _, word := range []string{answer, kind} {
		if word != "" && !slices.Contains([]string{green, red, "ERROR", "IGNORED"}, word) {
			out.Unknown = append(out.Unknown, code(word))
		}
	}
	return out
}

// unfinished reads a review without a verdict.
func (p *picture) unfinished() providers.Outcome {
	status, ok := statuses[p.status]
	out := providers.Outcome{Status: status}
	if !ok {
		out.Status, out.Unknown = "in_review", []string{code(p.status)}
	}
	if status != "awaiting_subject" {
		return out
	}
	if p.link == "" || p.handed() {
		out.Actions = p.missing()
	}
	if p.link != "" {
		out.Actions = append(out.Actions, providers.Action{Type: "open_link", URL: p.link, ExpiresAt: p.linkUntil})
	}
	return out
}

// recall adds the link that an earlier answer held, as long as it leads somewhere.
func (p *picture) recall(a account, at time.Time) {
	if p.link == "" && a.Link != "" && at.Before(a.LinkUntil) {
		p.link, p.linkUntil = a.Link, a.LinkUntil
	}
}

// handed reports whether anything has been handed in.
func (p *picture) handed() bool {
	for _, s := range p.steps {
		if s != nil && len(s.ImageIDs) > 0 {
			return true
		}
	}
	return len(p.refused) > 0
}

// uncertain gives everything that was asked for the same word.
func (p *picture) uncertain(asked []string, result string, confidence float64, reason, why string) providers.Outcome {
	out := providers.Outcome{Status: completed}
	for _, c := range p.spoken(asked) {
		out.Findings = append(out.Findings, providers.Finding{
			Component: c, Result: result, Confidence: confidence, Reasoning: why, Reasons: []string{reason},
		})
	}
	return out
}

// rejected reads RED FINAL. Nothing is true: the vendor's word is about the applicant, which is component "person" or
// "business", and what it does not name it has not said to be good.
func (p *picture) rejected(asked []string) providers.Outcome {
	out := providers.Outcome{Status: completed, Extracted: p.extracted(), Registered: p.registered()}
	found := p.complaints()
	out.Unknown = found.unknown
	for _, c := range found.components {
		out.Findings = append(out.Findings, found.finding(c, "false", sureRejected, "The vendor rejected the applicant and named this."))
	}
	rest := providers.Finding{Result: "unknown", Reasoning: "The vendor rejected the applicant and named something else.", Reasons: []string{"inconclusive"}}
	if found.whole() {
		rest = found.finding("", "false", sureRejected, "The vendor rejected the applicant as a whole.")
	}
	for _, c := range p.spoken(asked) {
		switch {
		case slices.Contains(wholes, c):
			out.Findings = append(out.Findings, found.all(c))
		case !slices.Contains(found.components, c):
			rest.Component = c
			out.Findings = append(out.Findings, rest)
		}
	}
	return out
}

// returned reads RED RETRY: the subject may mend it.
func (p *picture) returned(asked []string) providers.Outcome {
	out := providers.Outcome{Status: "awaiting_subject"}
	found := p.complaints()
	out.Unknown = found.unknown
	for _, c := range found.components {
		out.Findings = append(out.Findings, found.finding(c, "unknown", 0, "The vendor asks the subject to mend this."))
	}
	for _, c := range p.spoken(asked) {
		if !slices.Contains(found.components, c) {
			out.Findings = append(out.Findings, providers.Finding{
				Component: c, Result: "unknown", Reasoning: "The vendor waits for the subject.", Reasons: []string{"inconclusive"},
			})
		}
	}
	out.Actions = p.mend()
	if p.link != "" { // asked for: the vendor's page takes better documents too
		out.Actions = append(out.Actions, providers.Action{Type: "open_link", URL: p.link, ExpiresAt: p.linkUntil})
	}
	return out
}
