package authologic

import (
	"slices"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/subject"
)

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

// extract takes over what was found out of a person or a business.
func (v *reader) extract(t tree) {
	if len(t.Company) > 0 {
		var c subject.Company
		if err := strictjson.Unmarshal(t.Company, &c); err != nil {
			v.unknown("user", "form")
		} else if c.Name != nil || c.IDs != nil || c.Address != nil {
			v.out.Registered = &c
		}
	}
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
