package authologic

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// Read says what the vendor's last word on a conversation means.
func Read(r providers.Reply) (providers.Outcome, error) {
	v := reader{lists: map[string]*list{}}
	if err := json.Unmarshal(r.Ref, &v.at); err != nil || v.at.ID == "" || len(v.at.Products) == 0 {
		return providers.Outcome{}, fault.New(fault.Malformed, "authologic.read", "the reference cannot be read")
	}
	var last *providers.Exchange
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		if e.Status < 200 || e.Status > 299 {
			continue
		}
		if e.Op == opCreate || e.Op == opStatus || e.Op == opLink {
			last = e
		}
		if name, ok := strings.CutPrefix(e.Op, opList); ok {
			if err := v.page(name, e.Body); err != nil {
				return providers.Outcome{}, err
			}
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
	v.said, v.link = a, last.Op == opLink
	v.read()
	return v.out, nil
}

// reader is one reading.
type reader struct {
	at    ref
	said  answer
	link  bool             // the page was asked for
	lists map[string]*list // that were read, by name
	out   providers.Outcome
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
	case "IN_PROGRESS", "PARTIAL": // the subject is on the page, and is told of it again only when somebody asks
		if v.link {
			v.out.Status = "awaiting_subject"
			v.toThePage()
		}
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
