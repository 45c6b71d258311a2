package authologic

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/subject"
)

// Read says what the vendor's last word on a conversation means.
func Read(r providers.Reply) (providers.Outcome, error) {
	v := reader{scores: map[string]float64{}}
	if err := json.Unmarshal(r.Ref, &v.at); err != nil || v.at.ID == "" || len(v.at.Products) == 0 {
		return providers.Outcome{}, fault.New(fault.Malformed, "authologic.read", "the reference cannot be read")
	}
	var last *providers.Exchange
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		if e.Status < 200 || e.Status > 299 {
			continue
		}
		if e.Op == "create" || e.Op == "status" {
			last = e
		}
		if err := scores(e.Op, e.Body, v.scores); err != nil {
			return providers.Outcome{}, err
		}
	}
	if last == nil {
		return providers.Outcome{}, fault.New(fault.Malformed, "authologic.read", "the reply holds no conversation")
	}
	a, err := parse(last.Body)
	if err != nil {
		return providers.Outcome{}, err
	}
	if a.ID != v.at.ID {
		return providers.Outcome{}, fault.New(fault.Malformed, "authologic.read", "the conversation is another check's")
	}
	v.said = a
	v.read()
	return v.out, nil
}

// reader is one reading.
type reader struct {
	at     ref
	said   answer
	scores map[string]float64 // the best of each list
	out    providers.Outcome
}

func (v *reader) read() {
	status, known := statuses[v.said.Status]
	if !known {
		v.unknown("status", v.said.Status)
		status = "pending"
	}
	v.out.Status = status
	switch v.said.Status {
	case "CREATED":
		v.toThePage()
	case "CANCELED":
		v.nothing("abandoned")
	case "EXPIRED":
		if v.at.Ended { // by the vendor's retention: that is no change of mind
			v.out.Status, v.out.Why = "failed", "the person's data is deleted at the vendor"
			return
		}
		v.nothing("link_expired")
	case "FINISHED":
		if v.running() {
			v.out.Status = "pending"
			return
		}
		v.finished()
	}
}

// toThePage sends the user to the page; without one to go to the vendor is at work.
func (v *reader) toThePage() {
	u, err := url.Parse(v.said.URL)
	switch {
	case !v.at.Page:
		v.out.Status = "pending"
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		v.unknown("url", "")
		v.out.Status = "pending"
	default:
		v.out.Actions = []providers.Action{{Type: "open_link", URL: v.said.URL}}
	}
}

// nothing says that the user did not see it through.
func (v *reader) nothing(code string) {
	for _, c := range v.aspects() {
		v.find(providers.Finding{Component: c, Result: "unknown", Reasons: []string{code}, Labels: []string{"conversation:" + v.said.Status}})
	}
}

// aspects are the check's components that this vendor speaks of by products, in their order.
func (v *reader) aspects() []string {
	if len(v.at.Aspects) > 0 {
		return v.at.Aspects
	}
	return []string{"person"}
}

func (v *reader) wants(component string) bool { return slices.Contains(v.at.Aspects, component) }

// running says that a product of a finished conversation has not ended: its word is still to come. A login that failed has
// closed the conversation over everything else.
func (v *reader) running() bool {
	r := &v.said.Result
	if r.Auth != nil && r.Auth.Status == "FAILED" {
		return false
	}
	return r.Identity != nil && r.Identity.Status == "IN_PROGRESS" || r.AML != nil && r.AML.Status == "IN_PROGRESS" ||
		r.Verify != nil && r.Verify.Status == "IN_PROGRESS" || r.Auth != nil && r.Auth.Status == "IN_PROGRESS" || r.Bank != nil && r.Bank.Status == "IN_PROGRESS"
}

func (v *reader) finished() {
	for _, p := range v.at.Products {
		switch p {
		case "identity":
			v.identity()
		case "aml":
			v.aml()
		case "verify":
			v.verify()
		case "auth":
			v.product("auth", v.said.Result.Auth != nil, v.auth())
		case "bankTransactions":
			v.product("bank_account", v.said.Result.Bank != nil, v.bank())
		}
		if v.out.Status != "completed" {
			v.out.Findings = nil
			return
		}
	}
}

func (v *reader) auth() string {
	if v.said.Result.Auth == nil {
		return ""
	}
	return v.said.Result.Auth.Status
}

func (v *reader) bank() string {
	if v.said.Result.Bank == nil {
		return ""
	}
	return v.said.Result.Bank.Status
}

// product reads one that only has a status.
func (v *reader) product(component string, there bool, status string) {
	f := providers.Finding{Component: component, Result: "unknown", Reasons: []string{"inconclusive"}, Labels: []string{component + ":" + status}}
	switch {
	case !there:
		f.Reasons, f.Labels = []string{"not_checked"}, nil
	case status == "FINISHED":
		f.Result, f.Confidence, f.Reasons = "true", plain, nil
	case !products[status]:
		v.unknown(component, status)
		f.Reasons, f.Labels = []string{"vendor_word_unknown"}, nil
	}
	v.find(f)
}

// identified are the components that a whole identity stands for. The others come from comparing what it holds.
var identified = []string{"document", "person", "business"}

func (v *reader) identity() {
	i := v.said.Result.Identity
	base := providers.Finding{Result: "unknown", Reasons: []string{"not_checked"}}
	if i == nil {
		v.each(base)
		return
	}
	base.Labels = []string{"identity:" + i.Status}
	switch i.Status {
	case "FINISHED":
		base.Result, base.Confidence, base.Reasons = "true", plain, nil
	case "PARTIAL":
		base.Reasons = []string{"inconclusive"}
	case "FAILED":
		v.failed(base, i.Errors)
		return
	case "IN_PROGRESS": // for good
	default:
		v.unknown("identity", i.Status)
		base.Reasons, base.Labels = []string{"vendor_word_unknown"}, nil
	}
	v.each(base)
	for _, w := range i.Errors { // what speaks against the subject does so beside data too
		if r, known := reasonOf(w); known && r.way == wrong {
			v.doubt("", r.code, w)
		} else if !known {
			v.unknown("error", w)
		}
	}
	v.checks(i.Checks)
	v.extract(i.User)
}

// each gives a finding to every component that an identity stands for and the check wants; the face is spoken of by a check.
func (v *reader) each(base providers.Finding) {
	for _, c := range identified {
		if v.wants(c) {
			f := base
			f.Component = c
			v.find(f)
		}
	}
	for _, c := range []string{"selfie", "liveness"} {
		if v.wants(c) {
			v.find(providers.Finding{Component: c, Result: "unknown", Reasons: []string{"not_checked"}})
		}
	}
}

// failed reads an identity of which nothing was obtained. The worst of its errors decides; where there is none, nobody knows.
func (v *reader) failed(base providers.Finding, words []string) {
	worst, codes := unclear, []string(nil)
	rank := map[way]int{unclear: 0, looked: 1, again: 2, technical: 3, wrong: 4}
	for _, w := range words {
		r, known := reasonOf(w)
		if !known {
			v.unknown("error", w)
		} else {
			base.Labels = append(base.Labels, w)
		}
		if rank[r.way] > rank[worst] {
			worst = r.way
		}
		if !slices.Contains(codes, r.code) {
			codes = append(codes, r.code)
		}
	}
	if len(codes) == 0 {
		codes = []string{"inconclusive"}
	}
	base.Reasons = codes
	switch worst {
	case again:
		v.out.Status, v.out.Actions = "awaiting_subject", []providers.Action{{Type: "resubmit", Reasons: codes}}
		return
	case technical:
		v.out.Status, v.out.Why = "failed", "the source of the identity could not be reached; that says nothing about the subject"
		return
	case wrong:
		base.Result, base.Confidence = "false", plain
	}
	v.each(base)
}

// checks read the additional validations. They do not change the identity's status, and what is absent says nothing.
func (v *reader) checks(all []vendorsCheck) {
	for _, c := range all {
		result, known := results[c.Result]
		if !known {
			v.unknown("check", c.Result)
			result = "unknown"
		}
		switch c.Name {
		case "FACE_MATCH":
			v.face(result)
		case "CONSISTENCY_CHECK":
			if result != "true" {
				component, _ := componentOf(c.Details.Field)
				v.doubt(component, "data_invalid", c.Name)
			}
		default:
			v.unknown("check", c.Name)
			if result != "true" {
				v.doubt("", "vendor_word_unknown", "")
			}
		}
	}
}

// face is what the comparison of faces came to.
func (v *reader) face(result string) {
	for i := range v.out.Findings {
		f := &v.out.Findings[i]
		if f.Component != "selfie" {
			continue
		}
		f.Result, f.Confidence, f.Reasons, f.Labels = result, plain, nil, []string{"FACE_MATCH:" + result}
		switch result {
		case "false":
			f.Reasons = []string{"selfie_mismatch"}
		case "unknown":
			f.Confidence, f.Reasons = 0, []string{"inconclusive"}
		}
		f.Reasoning = says(f.Result)
		return
	}
	if result == "false" { // nobody asked about the face; it still speaks against the document
		v.doubt("", "selfie_mismatch", "FACE_MATCH")
	}
}

// doubt flags a component or, where it has none of its own, what the identity stands for.
func (v *reader) doubt(component, code, label string) {
	named := false
	for i := range v.out.Findings {
		f := &v.out.Findings[i]
		named = named || f.Component == component
		if f.Component != component && !slices.Contains(identified, f.Component) || f.Result != "true" && f.Result != "flagged" {
			continue
		}
		f.Result, f.Confidence, f.Reasoning = "flagged", odd, says("flagged")
		if !slices.Contains(f.Reasons, code) {
			f.Reasons = append(slices.Clone(f.Reasons), code)
		}
		if label != "" {
			f.Labels = append(slices.Clone(f.Labels), label)
		}
	}
	if !named && component != "" {
		v.find(providers.Finding{Component: component, Result: "flagged", Confidence: odd, Reasons: []string{code}})
	}
}

// aml: found is a hit and no failure; FAILED says that nobody could look.
func (v *reader) aml() {
	a := v.said.Result.AML
	f := providers.Finding{Component: "aml", Result: "unknown", Reasons: []string{"not_checked"}}
	switch {
	case a == nil, a.Status == "IN_PROGRESS":
	case a.Status == "FINISHED" && a.Found != nil:
		f = v.listed(*a.Found)
	case a.Status == "FINISHED", a.Status == "PARTIAL":
		f.Reasons = []string{"inconclusive"}
	case a.Status == "FAILED":
		f.Reasons = []string{"vendor_error"}
	default:
		v.unknown("aml", a.Status)
		f.Reasons = []string{"vendor_word_unknown"}
	}
	v.find(f)
}

// listed weighs the lists that somebody is on. Only sanctions forbid; everything else is for somebody to look at.
func (v *reader) listed(found []string) providers.Finding {
	f := providers.Finding{Component: "aml", Result: "true", Confidence: plain}
	for _, name := range found {
		code, known := lists[name]
		if !known {
			v.unknown("list", name)
			code = "possible_list_match"
		} else {
			f.Labels = append(f.Labels, name)
		}
		sure := float64(plain)
		if s, ok := v.scores[name]; ok {
			sure = s * 100
		}
		switch {
		case name == "SANCTIONS":
			f.Result, f.Confidence = "false", sure
		case f.Result == "true":
			f.Result, f.Confidence = "flagged", sure
		case f.Result == "flagged":
			f.Confidence = max(f.Confidence, sure)
		}
		if !slices.Contains(f.Reasons, code) {
			f.Reasons = append(f.Reasons, code)
		}
	}
	return f
}

// verify reads the reliability of each field that was compared; of several of one component the least counts.
func (v *reader) verify() {
	r := v.said.Result.Verify
	if r == nil || r.Status != "FINISHED" && r.Status != "PARTIAL" {
		if r != nil && !products[r.Status] {
			v.unknown("verify", r.Status)
		}
		return // what was not compared is missing
	}
	least, codes := map[string]float64{}, map[string]string{}
	var order []string
	for _, d := range r.Details {
		component, mismatch := componentOf(d.Field)
		switch {
		case component == "":
			v.unknown("field", d.Field)
			continue
		case d.Reliability == nil || !(*d.Reliability >= 0 && *d.Reliability <= 1):
			v.unknown("reliability", "")
			continue
		}
		if was, ok := least[component]; !ok || *d.Reliability < was {
			if !ok {
				order = append(order, component)
			}
			least[component], codes[component] = *d.Reliability, mismatch
		}
	}
	for _, c := range order {
		f := providers.Finding{Component: c, Result: "flagged", Confidence: least[c] * 100, Reasons: []string{"small_inconsistency"}, Labels: []string{"verify"}}
		switch {
		case least[c] >= 0.95:
			f.Result, f.Reasons = "true", nil
		case least[c] <= 0.05:
			f.Result, f.Confidence, f.Reasons = "false", (1-least[c])*100, []string{codes[c]}
		}
		v.find(f)
	}
}

// extract takes over what was found out of a person.
func (v *reader) extract(t tree) {
	if len(t.Person) == 0 {
		return
	}
	var p subject.Person
	if err := strictjson.Unmarshal(t.Person, &p); err != nil {
		v.unknown("user", "form")
		return
	}
	if p.Name != nil || p.Info != nil || p.IDs != nil || p.Address != nil {
		v.out.Extracted = &p
	}
}

func (v *reader) find(f providers.Finding) {
	f.Reasoning = says(f.Result)
	v.out.Findings = append(v.out.Findings, f)
}

// unknown counts a word. Only words that look like the vendor's are kept.
func (v *reader) unknown(where, word string) {
	if len(word) > 64 || strings.ToUpper(word) != word {
		word = "?"
	}
	v.out.Unknown = append(v.out.Unknown, where+":"+word)
}
