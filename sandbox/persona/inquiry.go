package persona

import (
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The states of an inquiry.
const (
	created     = "created"
	pending     = "pending"
	completed   = "completed"
	failed      = "failed"
	expired     = "expired"
	needsReview = "needs_review"
	approved    = "approved"
	declined    = "declined"
)

// inquiry is one person's way through a template.
type inquiry struct {
	id, account, reference  string
	template, note, comment string
	reviewer                string // workflow or user; who decided
	tags                    []string
	fields                  map[string]any
	redirect, base          string
	story                   sandbox.Story
	status                  string

	created, updated, started, completed, failed time.Time
	reviewed, decided, lapsed, redacted, expires time.Time
	verifications                                []*verification
	reports                                      []*report
	sessions                                     int
	attempt                                      int // how often the person has shown a document
}

// layout is how the vendor writes moments.
const layout = "2006-01-02T15:04:05.000Z"

// stamp writes a moment; the zero one is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(layout)
}

// null writes an empty text as null.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// ref is the other end of a relationship.
func ref(kind, id string) map[string]any {
	if id == "" {
		return map[string]any{"data": nil}
	}
	return map[string]any{"data": map[string]any{"type": kind, "id": id}}
}

// flat are the fields that are attributes of their own up to 2023-01-05.
var flat = []string{
	"name-first", "name-middle", "name-last", "birthdate", "address-street-1", "address-street-2", "address-city",
	"address-subdivision", "address-postal-code", "phone-number", "email-address", "social-security-number", "identification-number",
}

// view is the inquiry on the wire.
func (i *inquiry) view(version string) map[string]any {
	gone := !i.redacted.IsZero()
	fields := map[string]any{}
	for name, v := range i.fields {
		kind := "string"
		if name == "birthdate" {
			kind = "date"
		}
		if gone {
			v = nil
		}
		fields[name] = map[string]any{"type": kind, "value": v}
	}
	tags := make([]any, len(i.tags))
	for n, t := range i.tags {
		tags[n] = t
	}
	a := map[string]any{
		"status": i.status, "reference-id": null(i.reference), "note": null(i.note), "behaviors": map[string]any{}, "tags": tags,
		"creator": "API", "reviewer-comment": null(i.comment), "created-at": stamp(i.created), "updated-at": stamp(i.updated),
		"started-at": stamp(i.started), "expires-at": stamp(i.expires), "completed-at": stamp(i.completed), "failed-at": stamp(i.failed),
		"marked-for-review-at": stamp(i.reviewed), "decisioned-at": stamp(i.decided), "expired-at": stamp(i.lapsed),
		"redacted-at": stamp(i.redacted), "previous-step-name": nil, "next-step-name": nil, "fields": fields,
	}
	if gone {
		a["reference-id"], a["note"] = nil, nil
	}
	if version < version2025 {
		for _, name := range flat {
			a[name] = i.fields[name]
			if gone {
				a[name] = nil
			}
		}
	}
	var verifications, reports, documents, faces []any
	for _, v := range i.verifications {
		verifications = append(verifications, map[string]any{"type": v.kind, "id": v.id})
		if a := v.shown; a != nil && v.kind == selfie {
			faces = append(faces, map[string]any{"type": a.kind, "id": a.id})
		} else if a != nil {
			documents = append(documents, map[string]any{"type": a.kind, "id": a.id})
		}
	}
	for _, r := range i.reports {
		reports = append(reports, map[string]any{"type": r.kind, "id": r.id})
	}
	return map[string]any{"type": "inquiry", "id": i.id, "attributes": a, "relationships": map[string]any{
		"account": ref("account", i.account), "template": map[string]any{"data": nil}, "inquiry-template": ref("inquiry-template", i.template),
		"inquiry-template-version": map[string]any{"data": map[string]any{}}, "transaction": map[string]any{}, "reviewer": ref(i.reviewer, ifSet(i.reviewer, "rev_sandbox")),
		"verifications": map[string]any{"data": list(verifications)}, "reports": map[string]any{"data": list(reports)},
		"sessions": map[string]any{"data": []any{}}, "documents": map[string]any{"data": list(documents)}, "selfies": map[string]any{"data": list(faces)},
	}}
}

func ifSet(s, then string) string {
	if s == "" {
		return ""
	}
	return then
}

// list is v, never null.
func list(v []any) []any {
	if v == nil {
		return []any{}
	}
	return v
}

// included returns what a request wants beside an inquiry. Without the parameter
// it is all that there is, until 2025-10-27, and nothing from then on.
func (i *inquiry) included(c *call) []any {
	want := "reports,verifications,documents,inquiry-template"
	if c.version >= version2025 {
		want = ""
	}
	if q := c.r.URL.Query(); q.Has("include") {
		want = q.Get("include")
	}
	out := []any{}
	for name := range strings.SplitSeq(want, ",") {
		switch kebab(name) {
		case "verifications":
			for _, v := range i.verifications {
				out = append(out, v.view())
			}
		case "documents":
			for _, v := range i.verifications {
				if v.shown != nil && v.kind != selfie {
					out = append(out, v.shown.view())
				}
			}
		case "reports":
			for _, r := range i.reports {
				out = append(out, r.view(c.version))
			}
		case "account":
			out = append(out, i.accountView())
		case "inquiry-template":
			out = append(out, map[string]any{"type": "inquiry-template", "id": i.template, "attributes": map[string]any{"status": "active", "name": "Sandbox"}})
		}
	}
	return out
}

func (i *inquiry) accountView() map[string]any {
	return map[string]any{"type": "account", "id": i.account, "attributes": map[string]any{"reference-id": null(i.reference)}}
}

// field returns a text that was given with the inquiry.
func (i *inquiry) field(name string) string { s, _ := i.fields[name].(string); return s }
