package authologic

import (
	"slices"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

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

// list is what was read of one of the vendor's lists.
type list struct {
	self, near bool    // an entry may be the subject; is of a relative or close associate of somebody who is on it
	whole      bool    // it was read to its end
	score      float64 // 0 to 1, the highest of its entries; 0 when they have none
}

// associate says that all entries are of relatives and close associates: the subject is near somebody, and not on the list.
func (l *list) associate() bool { return l != nil && l.near && !l.self && l.whole }

// page takes in a page of a list.
func (v *reader) page(name string, body []byte) error {
	var p page
	if err := strictjson.Unmarshal(body, &p); err != nil {
		return fault.Wrap(fault.Malformed, "authologic.read", err)
	}
	l := v.lists[name]
	if l == nil {
		l = &list{}
		v.lists[name] = l
	}
	l.whole = p.More != nil && !*p.More
	for _, i := range p.Items {
		if known := entries[i.Type]; !known {
			v.unknown("entry", i.Type)
		}
		l.near, l.self = l.near || i.Type == "RCA", l.self || i.Type != "RCA"
		if i.Score != nil && *i.Score >= 0 && *i.Score <= 1 {
			l.score = max(l.score, *i.Score)
		}
	}
	return nil
}

// listed weighs the lists that somebody is on. Only sanctions forbid; everything else is for somebody to look at, and so are
// sanctions against a relative or an associate.
func (v *reader) listed(found []string) providers.Finding {
	f := providers.Finding{Component: "aml", Result: "true", Confidence: plain}
	for _, name := range found {
		read := v.lists[name]
		code, known := lists[name]
		if !known {
			v.unknown("list", name)
			code = "possible_list_match"
		} else {
			f.Labels = append(f.Labels, name)
		}
		sure := float64(plain)
		if read != nil && read.score > 0 {
			sure = read.score * 100
		}
		forbids := name == "SANCTIONS"
		if read.associate() {
			f.Labels = append(f.Labels, "RCA")
			if forbids {
				forbids, code = false, "possible_list_match"
			}
		}
		switch {
		case forbids:
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
