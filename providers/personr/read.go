package personr

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// Read says what the vendor's last status means. The vendor's prose stays in the evidence, but for the sentence that it
// means for the subject.
func Read(r providers.Reply) (providers.Outcome, error) {
	v := reader{}
	if err := json.Unmarshal(r.Ref, &v.at); err != nil || v.at.ID == "" {
		return providers.Outcome{}, fault.New(fault.Malformed, "personr.read", "the reference cannot be read")
	}
	op := "status"
	if v.at.Kind == "business" {
		op = "entity_status"
	}
	var last *providers.Exchange
	for i := range r.Exchanges {
		if r.Exchanges[i].Op == op {
			last = &r.Exchanges[i]
		}
	}
	if last == nil || last.Status < 200 || last.Status > 299 {
		return providers.Outcome{}, fault.New(fault.Malformed, "personr.read", "the reply holds no status")
	}
	s, err := stateOf(last.Body)
	if err != nil {
		return providers.Outcome{}, err
	}
	v.state = s
	v.read()
	return v.out, nil
}

// reader is one reading.
type reader struct {
	at    ref
	state state
	out   providers.Outcome
}

func (v *reader) read() {
	status, known := statuses[v.state.Applicant]
	if !known {
		v.unknown("applicantStatus", v.state.Applicant)
		status = "pending"
	}
	answer, again, words, comment := v.state.Answer, "final", v.state.Labels, ""
	if v.at.Kind != "business" {
		answer, again, words = "", "", nil
		if r := v.state.Result; r != nil {
			answer, again, words, comment = r.Answer, r.Type, r.Labels, r.Comment
		}
	}
	switch {
	case status != "completed":
		v.out.Status = status
		if v.state.Applicant == "Created" && v.at.Link != "" {
			v.open(nil, "")
		}
	case v.at.Answered != 0 && v.state.modified() <= v.at.Answered:
		v.out.Status = "pending" // the verdict that was answered already
	case answer == "Approved":
		v.approved(words)
	case answer == "Rejected" && rejectTypes[strings.ToLower(again)] == "retry":
		v.retry(words, comment)
	case answer == "Rejected":
		v.rejected(again, words)
	default: // reviewed, and not by a word that is known: somebody is at it
		if answer != "" {
			v.unknown("reviewAnswer", answer)
		}
		v.out.Status = "in_review"
	}
}

// aspects are the components that a verdict speaks of.
func (v *reader) aspects() []string {
	speaks := []string{"document", "selfie", "aml", "person"}
	if v.at.Kind == "business" {
		speaks = []string{"registry", "aml", "business"}
	}
	if len(v.at.Aspects) == 0 {
		return speaks
	}
	return slices.DeleteFunc(speaks, func(c string) bool { return !slices.Contains(v.at.Aspects, c) })
}

// approved: all is valid, but for what was warned of, and what was never shown.
func (v *reader) approved(words []string) {
	v.out.Status = "completed"
	odd, codes := v.blamed(words)
	for _, c := range v.aspects() {
		f := providers.Finding{Component: c, Result: "true", Confidence: approved, Labels: v.labels("Approved", nil)}
		switch {
		case odd[c]:
			f.Result, f.Reasons, f.Labels = "flagged", codes[c], v.labels("Approved", words)
		case c == "document" && v.at.Warned:
			f.Result, f.Reasons = "flagged", []string{"document_anomaly"}
		case c == "selfie" && v.at.Link == "" && !slices.Contains(v.at.Images, "SELFIE") && !slices.Contains(v.state.Documents, "SELFIE"):
			f.Result, f.Confidence, f.Reasons = "unknown", 0, []string{"not_checked"}
		}
		v.find(f)
	}
	v.extract()
}

// rejected: what the labels name is not valid, and nothing is known of the rest. Without a type that is known a rejection is
// nobody's last word.
func (v *reader) rejected(again string, words []string) {
	v.out.Status = "completed"
	final := rejectTypes[strings.ToLower(again)] == "final"
	if !final && again != "" {
		v.unknown("reviewRejectType", again)
	}
	named, codes := v.blamed(words)
	if v.at.Kind == "business" { // it gets no types: only what is named counts, and a possible match is not enough
		final = slices.ContainsFunc(words, func(w string) bool { l, ok := labels[w]; return ok && l.code != "possible_list_match" })
	}
	all := v.aspects()
	if final && !slices.ContainsFunc(all, func(c string) bool { return named[c] }) {
		codes[all[0]] = slices.Concat(codes["person"], codes["document"], codes["selfie"], codes["aml"])
		named[all[0]] = true
	}
	for _, c := range all {
		f := providers.Finding{Component: c, Result: "unknown", Reasons: []string{"inconclusive"}, Labels: v.labels("Rejected", words)}
		switch {
		case final && (named[c] || c == "person" || c == "business"):
			f.Result, f.Confidence, f.Reasons = "false", rejected, codes[c]
			if len(f.Reasons) == 0 {
				f.Reasons = []string{"other"}
			}
		case v.at.Kind == "business" && named[c] && !slices.Contains(codes[c], "vendor_word_unknown"):
			f.Result, f.Confidence, f.Reasons = "flagged", rejected, codes[c]
		case !final:
			f.Reasons = append([]string{"manual_review"}, codes[c]...)
		}
		v.find(f)
	}
	v.extract()
}

// blamed says which components labels name, and why. Labels that are not known are counted.
func (v *reader) blamed(words []string) (named map[string]bool, codes map[string][]string) {
	named, codes = map[string]bool{}, map[string][]string{}
	for _, w := range words {
		l, ok := labels[w]
		if !ok {
			v.unknown("rejectLabels", w)
			l = label{"document", "vendor_word_unknown", ""}
			if v.at.Kind == "business" {
				l.component = "business"
			}
		}
		named[l.component] = true
		if !slices.Contains(codes[l.component], l.code) {
			codes[l.component] = append(codes[l.component], l.code)
		}
	}
	return named, codes
}

// labels are the vendor's own words for a finding.
func (v *reader) labels(answer string, words []string) []string {
	out := []string{"reviewAnswer:" + answer}
	for _, w := range words {
		if _, ok := labels[w]; ok {
			out = append(out, w)
		}
	}
	return out
}

func (v *reader) find(f providers.Finding) {
	f.Reasoning = says(f.Result)
	v.out.Findings = append(v.out.Findings, f)
}

func (v *reader) unknown(where, word string) {
	v.out.Unknown = append(v.out.Unknown, where+":"+word)
}
