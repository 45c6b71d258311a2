package bive

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// Read says what the vendor's last answer means. The vendor's prose stays in the evidence.
func Read(r providers.Reply) (providers.Outcome, error) {
	var (
		at     ref
		people []asked
		answer *providers.Exchange
	)
	if len(r.Ref) > 0 {
		if err := json.Unmarshal(r.Ref, &at); err != nil {
			return providers.Outcome{}, fault.New(fault.Malformed, "bive.read", "the reference cannot be read")
		}
	}
	for i := range r.Exchanges {
		switch e := &r.Exchanges[i]; e.Op {
		case opAsked:
			if err := strictjson.Unmarshal(e.Body, &people); err != nil {
				return providers.Outcome{}, fault.Wrap(fault.Malformed, "bive.read", err)
			}
		case "create", "status":
			answer = e
		}
	}
	if answer == nil || answer.Status < 200 || answer.Status > 299 {
		return providers.Outcome{}, fault.New(fault.Malformed, "bive.read", "the reply holds no record")
	}
	rec, err := firstRecord(answer.Body)
	if err != nil {
		return providers.Outcome{}, err
	}
	if at.ID != "" && rec.id() != at.ID {
		return providers.Outcome{}, fault.New(fault.Malformed, "bive.read", "the record is another check's")
	}
	v := reader{at: at, rec: rec, people: people}
	v.read()
	return v.out, nil
}

// reader is one reading.
type reader struct {
	at     ref
	rec    record
	people []asked
	out    providers.Outcome
}

func (v *reader) read() {
	word := strings.TrimSpace(v.rec.Status)
	status, ok := statuses[word]
	if !ok {
		v.unknown("status", word)
		status = "pending"
	}
	v.out.Status = status
	switch status {
	case "failed":
		v.out.Why = "the vendor could not process the check; that says nothing about the subject"
	case "awaiting_subject":
		v.links()
	case "completed":
		v.completed()
	}
}

// links tells the subject, or each associated person, to open their link.
func (v *reader) links() {
	for _, l := range v.rec.Links {
		switch l.Status {
		case "completed":
			continue
		case "pending":
		default:
			v.unknown("liveness_check", l.Status)
		}
		u, err := url.Parse(l.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			v.unknown("liveness_check", "url")
			continue
		}
		a := providers.Action{Type: "open_link", URL: l.URL}
		if len(v.people) > 0 {
			a.Person = v.take(l.Name)
		}
		v.out.Actions = append(v.out.Actions, a)
	}
}

// completed reads a decision.
func (v *reader) completed() {
	whole, sure, reasons := v.final()
	if whole == "unknown" && (v.at.Again || v.at.Clear && v.blurred()) {
		v.out.Status = "awaiting_subject"
		v.out.Actions = []providers.Action{{Type: "resubmit", Document: v.at.Doc, Reasons: []string{v.wanted()}}}
		return
	}
	kind := "person"
	if v.at.Kind == "business" || len(v.rec.Persons) > 0 {
		kind = "business"
	}
	odd := v.components(whole, sure)
	all := providers.Finding{Component: kind, Result: whole, Confidence: sure, Reasons: reasons, Labels: labels("final_result", v.word(v.rec.Final))}
	if odd && whole == "true" {
		all.Result, all.Reasons = "flagged", append(all.Reasons, "vendor_word_unknown")
	}
	all.Reasoning = says(all.Result, all.Reasons)
	v.out.Findings = append(v.out.Findings, all)
	if kind == "business" {
		v.persons(sure)
	}
}

// blurred reports whether the vendor says that the document cannot be read.
func (v *reader) blurred() bool {
	if v.rec.Final != nil && v.rec.Final.Reasoning.unclear() {
		return true
	}
	return slices.ContainsFunc(v.rec.Details, func(c component) bool {
		return names[c.Component] == "document" && components[c.Result.text] != "true" && c.Reasoning.unclear()
	})
}

// wanted says why another document is asked for.
func (v *reader) wanted() string {
	switch {
	case v.blurred():
		return "blurred"
	case v.at.Kind == "business":
		return "company_document_invalid"
	}
	return "document_unverified"
}

func (v *reader) word(f *final) string {
	if f == nil {
		return ""
	}
	return f.Result.text
}

// final applies the vendor's own rule: true and false need a confidence of 95.
func (v *reader) final() (result string, confidence float64, reasons []string) {
	f := v.rec.Final
	if f == nil {
		v.unknown("final_result", "")
		return "unknown", 0, []string{"inconclusive"}
	}
	result = v.result("final_result", f.Result, finals)
	if c := f.Confidence; c != nil && *c >= 0 && *c <= 100 {
		confidence = *c
	} else {
		v.unknown("confidence", "")
	}
	switch {
	case result == "unknown":
		return result, confidence, []string{"inconclusive"}
	case confidence < bar:
		v.unknown("confidence", "low") // an alert: the vendor broke its rule
		return "unknown", confidence, []string{"low_confidence"}
	}
	return result, confidence, nil
}

// components reads the details; see the table in the package's comment. It returns whether something is odd about a
// component that has no name of ours.
func (v *reader) components(whole string, sure float64) (odd bool) {
	blamed := false // a component is false, or at least flagged
	for _, d := range v.rec.Details {
		r := v.result("component", d.Result, components)
		name, known := names[d.Component]
		if !known {
			v.unknown("component", d.Component)
			odd = odd || r != "true"
			continue
		}
		f := providers.Finding{Component: name, Confidence: sure, Labels: labels(d.Component, d.Result.text)}
		switch {
		case r == "unknown":
			f.Result, f.Reasons = "unknown", []string{"vendor_word_unknown"}
		case whole == "unknown":
			f.Result, f.Reasons = "unknown", []string{"inconclusive"}
			if r != "true" {
				f.Reasons = append(f.Reasons, reason(name, r))
			}
		case whole == "true" && r == "true", whole == "false" && r == "false":
			f.Result = r
		case whole == "false" && r == "true":
			f.Result, f.Reasons = "unknown", []string{"inconclusive"}
		default:
			f.Result = "flagged"
		}
		if r != "true" && len(f.Reasons) == 0 {
			f.Reasons = []string{reason(name, r)}
		}
		blamed = blamed || f.Result == "false"
		v.out.Findings = append(v.out.Findings, f)
	}
	if whole == "false" && !blamed {
		v.blame()
	}
	for i := range v.out.Findings {
		f := &v.out.Findings[i]
		f.Reasoning = says(f.Result, f.Reasons)
	}
	return odd
}

// blame makes a final false, for which the vendor named no component, count: against what is flagged, else against all.
func (v *reader) blame() {
	flagged := false
	for _, f := range v.out.Findings {
		flagged = flagged || f.Result == "flagged"
	}
	for i := range v.out.Findings {
		if f := &v.out.Findings[i]; !flagged || f.Result == "flagged" {
			f.Result, f.Reasons = "false", []string{reason(f.Component, "false")}
		}
	}
}

// persons reads what is said of the associated persons. Nobody is forgotten: one of whom nothing is said is unknown, and
// so is one whom we did not ask for.
func (v *reader) persons(sure float64) {
	said := map[string]bool{}
	for _, p := range v.rec.Persons {
		f := providers.Finding{Component: "persons", Person: v.take(p.Name), Confidence: sure}
		p.Result.text = strings.ToLower(strings.TrimSpace(p.Result.text))
		f.Result = v.result("associated_person", p.Result, finals)
		f.Labels = labels("associated_person", p.Result.text)
		switch {
		case f.Person == "" && f.Result == "true":
			f.Result, f.Reasons = "unknown", []string{"name_mismatch"}
		case f.Result == "false":
			f.Reasons = []string{"company_person_failed"}
		case f.Result == "true" && sure < bar, f.Result == "unknown":
			f.Result, f.Reasons = "unknown", []string{"inconclusive"}
		}
		f.Reasoning = says(f.Result, f.Reasons)
		said[f.Person] = true
		v.out.Findings = append(v.out.Findings, f)
	}
	for _, p := range v.people {
		if said[p.Reference] {
			continue
		}
		f := providers.Finding{Component: "persons", Person: p.Reference, Result: "unknown", Reasons: []string{"not_checked"}}
		f.Reasoning = says(f.Result, f.Reasons)
		v.out.Findings = append(v.out.Findings, f)
	}
}

// take returns the reference of the next person of that name, or "". Persons of one name count in the order in which
// they were asked for.
func (v *reader) take(name string) string {
	for i := range v.people {
		if p := &v.people[i]; p.Name != "" && same(p.Name, name) {
			p.Name = ""
			return p.Reference
		}
	}
	return ""
}

// result looks a word up in its table.
func (v *reader) result(where string, w word, table map[string]string) string {
	if w.bare {
		v.unknown(where, "boolean") // understood, and not what the vendor says it sends
	}
	r, ok := table[w.text]
	if !ok {
		v.unknown(where, w.text)
		return "unknown"
	}
	return r
}
