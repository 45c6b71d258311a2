package persona

import (
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// Confidence; see the package's comment.
const (
	sure = 97
	odd  = 60
)

// attempt is one verification: one attempt at one type.
type attempt struct {
	id, kind string // kind without the prefix "verification/"

	Status      string  `json:"status"`
	CreatedAt   string  `json:"created-at"`
	SubmittedAt string  `json:"submitted-at"`
	CompletedAt string  `json:"completed-at"`
	Checks      []check `json:"checks"`
	found
}

// check is one thing that the vendor looked at. Older answers have no requirement: that is unknown, not required.
type check struct {
	Name        string   `json:"name"`
	Status      string   `json:"status"`
	Reasons     []string `json:"reasons"`
	Requirement string   `json:"requirement"`
}

func (r resource) attempt() (attempt, error) {
	a := attempt{}
	if err := decode(r, &a); err != nil {
		return a, err
	}
	a.id, a.kind = r.ID, strings.TrimPrefix(r.Type, "verification/")
	return a, nil
}

// waits says that the vendor has not answered yet.
func (a attempt) waits() bool { return attempts[word(a.Status)] == "wait" }

// newest returns the newest attempt of each type, oldest type first. Of two of one moment the one that did not pass counts.
func (v *reader) newest() []attempt {
	var out []attempt
	for _, a := range v.tried {
		i := slices.IndexFunc(out, func(o attempt) bool { return o.kind == a.kind })
		switch {
		case i < 0:
			out = append(out, a)
		case moment(a.CreatedAt).After(moment(out[i].CreatedAt)),
			moment(a.CreatedAt).Equal(moment(out[i].CreatedAt)) && attempts[word(a.Status)] != "passed":
			out[i] = a
		}
	}
	return out
}

// again returns the newest attempt that the subject must repeat, or nil.
func (v *reader) again() *attempt {
	if v.said() != pending {
		return nil
	}
	for _, a := range v.newest() {
		if attempts[word(a.Status)] == "retry" {
			return &a
		}
	}
	return nil
}

// judge says what an attempt means for the components that it speaks of.
func (v *reader) judge(a attempt) []providers.Finding {
	of := kinds[a.kind]
	if strings.HasPrefix(a.kind, eID) {
		of = []string{"document"}
	}
	if of == nil {
		v.unknown("verification", a.kind)
		return nil
	}
	state, known := attempts[word(a.Status)]
	if !known {
		v.unknown("verification_status", word(a.Status))
	}
	parts := v.parts(a, of)
	blamed := false
	for i := range parts {
		parts[i].finish(state, i == 0)
		blamed = blamed || parts[i].Result == "false"
	}
	if state == "failed" && !blamed && !parts[0].mendable() {
		f := &parts[0].Finding
		f.Result, f.Confidence = "false", sure
		f.Reasons = append(parts[0].oddities, unexplained(of[0]))
	}
	out := make([]providers.Finding, 0, len(parts))
	for _, p := range parts {
		if p.Result != "" {
			out = append(out, p.Finding)
		}
	}
	return out
}

// unexplained is why a component is false when no check says it.
func unexplained(component string) string {
	switch component {
	case "document", "supporting_document":
		return "document_unverified"
	case "selfie":
		return "selfie_mismatch"
	case "phone", "email":
		return component + "_unverified"
	case "bank_account":
		return "account_unverified"
	}
	return "not_found"
}

// part is one component of an attempt, while its checks are read.
type part struct {
	providers.Finding
	passed          bool     // a check of it passed
	wrong, oddities []string // codes: what was required and failed; what failed beside
	mend            []string // of wrong: what another photograph helps
	doubt           bool     // a check said something that is not known
}

// mendable says that all that was wrong can be mended by another photograph.
func (p *part) mendable() bool { return len(p.wrong) > 0 && len(p.mend) == len(p.wrong) }

// parts reads the checks of an attempt, each into the part of its component.
func (v *reader) parts(a attempt, of []string) []part {
	parts := make([]part, len(of))
	for i, name := range of {
		parts[i].Component = name
		parts[i].Labels = []string{clean(a.kind) + ":" + clean(word(a.Status))}
	}
	for _, c := range a.Checks {
		m, known := checks[c.Name]
		if !known {
			v.unknown("check", c.Name)
			m = meaning{code: "vendor_word_unknown", kind: fraud}
		}
		if m.component == "" {
			m.component = of[0]
		}
		i := slices.IndexFunc(parts, func(p part) bool { return p.Component == m.component })
		if i < 0 {
			parts = append(parts, part{Finding: providers.Finding{Component: m.component}})
			i = len(parts) - 1
		}
		p := &parts[i]
		switch s := word(c.Status); {
		case s == "passed":
			p.passed = true
			continue
		case s == "not_applicable":
			continue
		case s != "failed":
			v.unknown("check_status", s)
			p.doubt = true
		case word(c.Requirement) == "required" || word(c.Requirement) == "requires_retry":
			p.wrong = append(p.wrong, m.code)
			if m.kind == retake {
				p.mend = append(p.mend, m.code)
			}
		case m.kind == fraud:
			p.oddities = append(p.oddities, m.code)
		}
		p.Labels = append(p.Labels, clean(c.Name)+":"+clean(word(c.Status)))
	}
	return parts
}

// finish says what a part comes to in an attempt of the given state. A part that only some check could speak of, and none
// did, has no result; the first one, and liveness beside a selfie, always has.
func (p *part) finish(state string, first bool) {
	set := func(result string, confidence float64, codes ...string) {
		p.Result, p.Confidence = result, confidence
		for _, c := range codes {
			if !slices.Contains(p.Reasons, c) {
				p.Reasons = append(p.Reasons, c)
			}
		}
	}
	if !first && p.Component != "liveness" && !p.passed && p.wrong == nil && p.oddities == nil && !p.doubt {
		return
	}
	switch state {
	case "passed":
		switch {
		case p.doubt:
			set("unknown", 0, "vendor_word_unknown")
		case len(p.wrong) > 0 || len(p.oddities) > 0:
			set("flagged", odd, append(p.wrong, p.oddities...)...)
		case first || p.passed:
			set("true", sure)
		default:
			set("unknown", 0, "not_checked")
		}
	case "failed":
		switch {
		case p.mendable():
			set("unknown", 0, p.wrong...)
		case len(p.wrong) > 0:
			set("false", sure, append(p.wrong, p.oddities...)...)
		default:
			set("unknown", 0, append(p.oddities, "inconclusive")...)
		}
	case "retry":
		set("unknown", 0, append(p.wrong, "inconclusive")...)
	case "error":
		set("unknown", 0, "vendor_error")
	case "none", "wait":
		set("unknown", 0, "not_checked")
	default:
		set("unknown", 0, "vendor_word_unknown")
	}
}

// add takes in findings. Of two of one component the more cautious counts.
func (v *reader) add(findings ...providers.Finding) {
	order := []string{"true", "flagged", "unknown", "false"}
	for _, f := range findings {
		i := slices.IndexFunc(v.out.Findings, func(x providers.Finding) bool { return x.Component == f.Component })
		switch {
		case i < 0:
			v.out.Findings = append(v.out.Findings, f)
		case slices.Index(order, f.Result) > slices.Index(order, v.out.Findings[i].Result):
			f.Labels = append(f.Labels, v.out.Findings[i].Labels...)
			v.out.Findings[i] = f
		default:
			v.out.Findings[i].Labels = append(v.out.Findings[i].Labels, f.Labels...)
		}
	}
}
