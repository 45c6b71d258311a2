package personr

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
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
	if v.at.Kind == "business" && len(named) == 0 {
		final = false // a register gives no types: only what is named counts
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
		case !final:
			f.Reasons = append([]string{"manual_review"}, codes[c]...)
		}
		v.find(f)
	}
	v.extract()
}

// retry asks for what the labels name: one side, the selfie, or every image of an identity document that was handed in. On
// the vendor's page the person is asked by the page.
func (v *reader) retry(words []string, comment string) {
	_, codes := v.blamed(words)
	var all []string
	for _, w := range words {
		if l, ok := labels[w]; ok && !slices.Contains(all, l.code) {
			all = append(all, l.code)
		}
	}
	if len(all) == 0 {
		all = []string{"document_unverified"}
	}
	v.out.Status = "awaiting_subject"
	if v.at.Link != "" {
		v.open(all, comment)
		return
	}
	for _, w := range words {
		l := labels[w]
		switch l.ask {
		case "SELFIE":
			v.ask("SELFIE", "", codes["selfie"], comment)
		case "FRONT_SIDE", "BACK_SIDE":
			for _, name := range v.at.Images {
				if kind, _ := split(name); kind != "SELFIE" && kind != "UTILITY_BILL" {
					v.ask(documents[kind], strings.TrimSuffix(l.ask, "_SIDE"), all, comment)
				}
			}
		}
	}
	if len(v.out.Actions) > 0 {
		return
	}
	for _, name := range v.at.Images {
		kind, side := split(name)
		if kind == "PASSPORT" {
			side = ""
		}
		if kind != "SELFIE" && kind != "UTILITY_BILL" {
			v.ask(documents[kind], side, all, comment)
		}
	}
	if len(v.out.Actions) == 0 {
		v.ask("", "", all, comment)
	}
}

// ask adds an action, once.
func (v *reader) ask(document, side string, codes []string, comment string) {
	for _, a := range v.out.Actions {
		if a.Document == document && a.Side == side {
			return
		}
	}
	v.out.Actions = append(v.out.Actions, providers.Action{Type: "resubmit", Document: document, Side: side, Reasons: codes, Message: comment})
}

// open sends the subject to the vendor's page.
func (v *reader) open(codes []string, comment string) {
	v.out.Status = "awaiting_subject"
	v.out.Actions = []providers.Action{{Type: "open_link", URL: v.at.Link, Reasons: codes, Message: comment}}
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

// extract takes over what the vendor read from the documents.
func (v *reader) extract() {
	s := &v.state
	if s.FirstName == "" && s.LastName == "" && s.BirthDate == "" {
		return
	}
	p := &subject.Person{
		Name: &subject.PersonName{FirstName: s.FirstName, LastName: s.LastName},
		Info: &subject.PersonInfo{BirthDate: s.BirthDate},
	}
	if s.Street != "" || s.City != "" || s.PostCode != "" {
		p.Address = &subject.Address{
			AddressLine: strings.TrimSpace(s.StreetNum + " " + s.Street), City: s.City, State: s.State, PostalCode: s.PostCode,
		}
	}
	if len(s.Numbers) == 1 && s.Numbers[0] != "" {
		d := &subject.IDDocument{ID: s.Numbers[0], IssueCountry: s.Country}
		switch {
		case slices.Contains(s.Documents, "PASSPORT"):
			p.IDs = &subject.PersonIDs{Passport: d}
		case slices.Contains(s.Documents, "DRIVERS"):
			p.IDs = &subject.PersonIDs{DriverLicence: d}
		case slices.Contains(s.Documents, "ID_CARD"):
			p.IDs = &subject.PersonIDs{IDCard: d}
		case slices.Contains(s.Documents, "RESIDENCE_PERMIT"):
			p.IDs = &subject.PersonIDs{ResidencePermit: d}
		}
	}
	v.out.Extracted = p
}
