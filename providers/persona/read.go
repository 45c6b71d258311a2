package persona

import (
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// Read says what the inquiry, its verifications and its reports mean together. The vendor's prose stays in the evidence.
func Read(r providers.Reply) (providers.Outcome, error) {
	at, err := parseRef(r.Ref)
	if err != nil {
		return providers.Outcome{}, err
	}
	v, err := newReader(at, r.Exchanges)
	if err != nil {
		return providers.Outcome{}, err
	}
	if at.ID != "" && v.inquiry.id != at.ID {
		return providers.Outcome{}, malformed("the inquiry is another check's")
	}
	if err := v.read(); err != nil {
		return providers.Outcome{}, err
	}
	return v.out, nil
}

// said is the state as the vendor writes it.
func (v *reader) said() string { return word(v.inquiry.Status) }

// status is the state that counts: without what we have told the vendor ourselves.
func (v *reader) status() string {
	s := v.said()
	decided := (s == approved || s == declined) && v.inquiry.ReviewerComment == ours
	if !decided && !(s == needsReview && v.at.Told == needsReview) {
		return s
	}
	switch {
	case v.inquiry.CompletedAt != "":
		return completed
	case v.inquiry.FailedAt != "":
		return failed
	}
	return pending
}

func (v *reader) read() error {
	v.observed()
	if v.inquiry.RedactedAt != "" { // the states stay, what they rest on is gone: that is no change of mind
		v.out.Status, v.out.Why = "failed", "the person's data is deleted at the vendor"
		return nil
	}
	s := v.status()
	status, known := statuses[s]
	if !known {
		v.unknown("inquiry", s)
		status = "pending"
	}
	v.out.Status = status
	again := v.again()
	switch {
	case status == "completed":
		return v.completed(s)
	case s == created:
		v.link(nil)
	case status == "pending" && (again != nil || v.linked):
		v.out.Status = "awaiting_subject"
		v.link(again)
	}
	return nil
}

// link tells the subject to go to the vendor's page, again if something must be done again.
func (v *reader) link(again *attempt) {
	a := providers.Action{Type: "open_link", URL: v.at.Link, ExpiresAt: v.at.LinkUntil}
	if again != nil {
		if again.id != v.at.LinkFor {
			a.URL, a.ExpiresAt = "", time.Time{}
		}
		for _, c := range again.Checks {
			if m, ok := checks[c.Name]; ok && word(c.Status) == "failed" && !slices.Contains(a.Reasons, m.code) {
				a.Reasons = append(a.Reasons, m.code)
			}
		}
	}
	if a.URL != "" {
		v.out.Actions = append(v.out.Actions, a)
	}
}

// completed reads an inquiry that has ended.
func (v *reader) completed(s string) error {
	if v.missing {
		return malformed("not everything that the inquiry lists came with it")
	}
	open := s == completed || s == failed
	newest := v.newest()
	switch {
	case open && v.at.Workflow, open && slices.ContainsFunc(newest, attempt.waits), open && v.at.AML && slices.ContainsFunc(v.reports, report.waits):
		v.out.Status = "pending"
		return nil
	}
	for _, a := range newest {
		v.add(v.judge(a)...)
		v.extract(a)
	}
	if v.at.All && slices.ContainsFunc(v.tried, func(a attempt) bool { return attempts[word(a.Status)] != "passed" }) {
		v.mistrust()
	}
	v.screen()
	v.whole(s)
	for i := range v.out.Findings {
		f := &v.out.Findings[i]
		f.Reasoning = says(f.Result, f.Reasons)
	}
	return nil
}

// mistrust applies the stricter rule: one attempt that did not pass, and somebody must look.
func (v *reader) mistrust() {
	for i := range v.out.Findings {
		f := &v.out.Findings[i]
		f.Result, f.Confidence = "unknown", 0
		f.Reasons = append(f.Reasons, "manual_review")
	}
}

// whole reads the vendor's word on the whole, the component "person". An approval beside something that failed is odd, unless a
// list has found the person since. A decline that nothing explains counts against everything but the lists, which said nothing.
func (v *reader) whole(s string) {
	f := providers.Finding{Component: "person", Labels: []string{"inquiry:" + s}}
	results, wrong := map[string]bool{}, []string(nil)
	for _, x := range v.out.Findings {
		results[x.Result] = true
		for _, code := range x.Reasons {
			if x.Result == "false" && !slices.Contains(wrong, code) {
				wrong = append(wrong, code)
			}
		}
	}
	if wrong == nil {
		wrong = []string{"other"}
	}
	switch s {
	case declined:
		f.Result, f.Confidence, f.Reasons = "false", sure, wrong
		for i := range v.out.Findings {
			x := &v.out.Findings[i]
			if x.Component != "aml" && !results["false"] && (x.Result == "flagged" || !results["flagged"] && x.Result == "true") {
				x.Result, x.Confidence = "false", sure
				x.Reasons = append(x.Reasons, "other")
			}
		}
	case failed:
		f.Result, f.Reasons = "unknown", []string{"too_many_attempts"}
	case approved:
		f.Result, f.Confidence = "true", sure
		for i := range v.out.Findings {
			if x := &v.out.Findings[i]; x.Result == "false" && !(x.Component == "aml" && v.news) {
				x.Result, x.Confidence = "flagged", odd
			}
		}
	default:
		f.Result, f.Confidence = "true", sure
	}
	if f.Result == "true" && v.at.All && slices.ContainsFunc(v.out.Findings, func(x providers.Finding) bool { return slices.Contains(x.Reasons, "manual_review") }) {
		f.Result, f.Confidence, f.Reasons = "unknown", 0, []string{"manual_review"}
	}
	v.add(f)
}

// observed is the newest moment that the vendor names: answers come in any order.
func (v *reader) observed() {
	times := []string{v.inquiry.UpdatedAt, v.inquiry.DecisionedAt, v.inquiry.RedactedAt}
	for _, a := range v.tried {
		times = append(times, a.CreatedAt, a.SubmittedAt, a.CompletedAt)
	}
	for _, r := range v.reports {
		times = append(times, r.CreatedAt, r.CompletedAt)
	}
	for _, s := range times {
		if t := moment(s); t.After(v.out.ObservedAt) {
			v.out.ObservedAt = t
		}
	}
}

// moment reads the vendor's time; what is none is the zero time.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// unknown counts a word of the vendor's that is not in the tables.
func (v *reader) unknown(where, what string) {
	v.out.Unknown = append(v.out.Unknown, where+":"+clean(what))
}

// decode reads the attributes of an object.
func decode(r resource, to any) error {
	if err := strictjson.Unmarshal(r.Attributes, to); err != nil {
		return malformed("an object of type " + clean(strings.ToLower(r.Type)) + " has another form than documented")
	}
	return nil
}
