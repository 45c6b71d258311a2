package persona

import (
	"strings"
	"time"
)

// The types of verification that the sandbox makes.
const (
	governmentID = "verification/government-id"
	selfie       = "verification/selfie"
	database     = "verification/database"
	document     = "verification/document"
)

// verification is one attempt of one type.
type verification struct {
	id, kind, status string
	inquiry          *inquiry
	checks           []check
	shown            *artifact // nil for those that need nothing to be shown

	created, submitted, completed, redacted time.Time
}

// check is one thing that was looked at.
type check struct {
	name, status, requirement string
	reasons                   []string
}

// readVerification is GET /verifications/{id} and the paths of the types.
func (s *Sandbox) readVerification(c *call) (reply, *refusal) {
	v := s.checked[c.path("id")]
	if kind := c.path("kind"); v == nil || kind != "" && kind != strings.TrimPrefix(v.kind, "verification/")+"s" {
		return reply{}, noRecord()
	}
	r := reply{data: v.view()}
	if c.r.URL.Query().Get("include") == "inquiry" {
		r.included = []any{v.inquiry.view(c.version)}
	}
	return r, nil
}

// redactVerification is DELETE /verifications/{id}.
func (s *Sandbox) redactVerification(c *call) (reply, *refusal) {
	v := s.checked[c.path("id")]
	switch {
	case v == nil:
		return reply{}, noRecord()
	case !v.redacted.IsZero():
		return reply{}, conflict("Verification already redacted")
	}
	v.redacted = s.clock.Now()
	return reply{data: v.view()}, nil
}

// view is the verification on the wire. After redaction the states stay.
func (v *verification) view() map[string]any {
	a := map[string]any{
		"status": v.status, "created-at": stamp(v.created), "created-at-ts": unix(v.created), "submitted-at": stamp(v.submitted),
		"submitted-at-ts": unix(v.submitted), "completed-at": stamp(v.completed), "completed-at-ts": unix(v.completed),
		"redacted-at": stamp(v.redacted), "country-code": null(v.country()), "tags": []any{}, "checks": []any{},
	}
	if v.redacted.IsZero() {
		checks := make([]any, len(v.checks))
		for n, c := range v.checks {
			reasons := make([]any, len(c.reasons))
			for m, r := range c.reasons {
				reasons[m] = r
			}
			checks[n] = map[string]any{"name": c.name, "status": c.status, "reasons": reasons, "requirement": c.requirement, "metadata": map[string]any{}}
		}
		a["checks"] = checks
	}
	for name, value := range v.found() {
		a[name] = value
		if !v.redacted.IsZero() {
			a[name] = nil
		}
	}
	rel := map[string]any{
		"inquiry": ref("inquiry", v.inquiry.id), "template": map[string]any{"data": nil}, "inquiry-template": map[string]any{"data": map[string]any{}},
		"transaction": map[string]any{"data": nil}, "accounts": map[string]any{"data": []any{}},
		"verification-template": ref("verification-template/"+strings.TrimPrefix(v.kind, "verification/"), "vtmpl_sandbox"),
	}
	if v.shown != nil && v.kind != selfie {
		rel["document"] = ref(v.shown.kind, v.shown.id)
	}
	return map[string]any{"type": v.kind, "id": v.id, "attributes": a, "relationships": rel}
}

func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func (v *verification) country() string {
	return or(v.inquiry.field("address-country-code"), or(v.inquiry.field("selected-country-code"), "US"))
}

// found is what the verification read, by type. Nobody is looked at: the sandbox
// reads from every document what was claimed.
func (v *verification) found() map[string]any {
	claimed := func(name, otherwise string) any { return or(v.inquiry.field(name), otherwise) }
	switch v.kind {
	case governmentID:
		out := map[string]any{
			"id-class": "pp", "capture-method": "upload", "entity-confidence-score": 98.5, "entity-confidence-reasons": []any{"id"},
			"name-first": strings.ToUpper(claimed("name-first", "Alexander").(string)), "name-middle": null(strings.ToUpper(v.inquiry.field("name-middle"))),
			"name-last": strings.ToUpper(claimed("name-last", "Sample").(string)), "name-suffix": nil, "birthdate": claimed("birthdate", "1977-07-17"),
			"identification-number": claimed("identification-number", "X1234567"), "document-number": nil, "issuing-authority": nil,
			"issuing-subdivision": nil, "nationality": nil, "sex": nil, "issue-date": "2019-01-04", "expiration-date": "2035-01-04",
			"address-street-1": nil, "address-city": nil, "address-postal-code": nil, "address-subdivision": nil,
			"back-photo-url": nil, "video-url": nil, "from-reusable-persona": false,
		}
		if v.submitted.IsZero() || v.completed.IsZero() {
			for name := range out {
				out[name] = nil
			}
		}
		return out
	case selfie:
		return map[string]any{
			"capture-method": "photo", "document-similarity-score": 96.2, "selfie-similarity-score-left": 95.1,
			"selfie-similarity-score-right": 95.7, "entity-confidence-reasons": []any{},
		}
	case database:
		out := map[string]any{}
		for _, name := range flat {
			out[name] = v.inquiry.fields[name]
		}
		return out
	}
	return map[string]any{"document-type": "utility_bill", "files": []any{}}
}
