package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
)

type showCmd struct {
	ID   string `arg:"" help:"Id of the verification."`
	AsOf moment `name:"as-of" help:"As it was at this time: 2026-11-25T10:20:30Z, or as the timeline prints it. Computed from the recorded inputs."`
	JSON bool   `name:"json" help:"Print the view and the timeline as JSON."`
}

// timeline is the answer of GET /v1/verifications/{id}/timeline.
type timeline struct {
	Items []entry `json:"items"`
}

// entry is one event of a timeline.
type entry struct {
	Type string         `json:"type"`
	Time time.Time      `json:"time"`
	ID   string         `json:"subject"`
	Data jsontext.Value `json:"data"`
}

// Run prints one verification: where it stands, why, and how it came to that.
func (c *showCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	var v events.View
	if err := a.call(e.ctx, http.MethodGet, "/v1/verifications/"+url.PathEscape(c.ID)+c.AsOf.query(), nil, &v); err != nil {
		return err
	}
	var t timeline
	if err := a.call(e.ctx, http.MethodGet, "/v1/verifications/"+url.PathEscape(c.ID)+"/timeline", nil, &t); err != nil {
		return err
	}
	t.Items = slices.DeleteFunc(t.Items, func(n entry) bool { return c.AsOf.before(n.Time) })
	if c.JSON {
		b, err := json.Marshal(struct {
			View     events.View `json:"view"`
			Timeline []entry     `json:"timeline"`
		}{v, t.Items})
		if err != nil {
			return err
		}
		return printJSON(e.out, b)
	}
	printView(e.out, v)
	fmt.Fprintln(e.out, "\ntimeline")
	for _, n := range t.Items {
		fmt.Fprintf(e.out, "  %s  %s\n", n.Time.UTC().Format(shown), tell(n))
	}
	return nil
}

// printView prints a view for a person.
func printView(w io.Writer, v events.View) {
	fmt.Fprintf(w, "%s  %s  %s", v.ID, v.Flow, v.Status)
	if v.Reference != "" {
		fmt.Fprintf(w, "  (%s)", v.Reference)
	}
	fmt.Fprintln(w)
	if d := v.Decision; d != nil {
		final := ""
		if !d.Final {
			final = ", not final"
		}
		fmt.Fprintf(w, "  decision %d: %s, confidence %g%s\n  %s\n  reasons: %s\n", d.Revision, d.Result, d.Confidence, final, d.Reasoning, strings.Join(d.Reasons, ", "))
	}
	if f := v.Failure; f != nil {
		fmt.Fprintf(w, "  failure: %s (%s)\n", f.Reason, f.Class)
	}
	for _, d := range v.Details {
		fmt.Fprintf(w, "  %-12s %-8s %5.4g  %s %s#%d  %s\n", d.Component, d.Result, d.Confidence, d.Provider, d.Check, d.Attempt, strings.Join(append([]string{d.Reasoning}, d.Reasons...), " "))
	}
	for _, c := range v.Checks {
		fmt.Fprintf(w, "  check %-12s %-10s %s, attempt %d  %s\n", c.Name, c.Provider, c.Status, c.Attempt, c.Reason)
	}
	for _, p := range v.AssociatedPersons {
		fmt.Fprintf(w, "  person %-11s %-8s %s\n", p.Reference, p.Result, p.Role)
	}
	for _, a := range v.Actions {
		fmt.Fprintln(w, "  "+describe(a))
	}
	printReview(w, v.Review)
}

// describe says in one line what the subject must do.
func describe(a events.Action) string {
	parts := []string{"to do: " + a.Type}
	for _, s := range []string{a.Person, a.Document, a.Side, a.Message, a.URL} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(a.Reasons) > 0 {
		parts = append(parts, "("+strings.Join(a.Reasons, ", ")+")")
	}
	return strings.Join(parts, " ")
}

// tell says in one line what an event of a timeline says.
func tell(n entry) string {
	name := strings.TrimSuffix(strings.TrimPrefix(n.Type, "io.bonafide."), ".v1")
	switch n.Type {
	case events.TypeCheckAnswered:
		var a events.CheckAnswered
		if json.Unmarshal(n.Data, &a) != nil {
			break
		}
		words := []string{name, a.Check, "by", a.Provider, a.Kind, "→", a.Status}
		if a.Why != "" {
			words = append(words, "("+a.Why+")")
		}
		for _, f := range a.Findings {
			words = append(words, fmt.Sprintf("%s=%s/%g", f.Component, f.Result, f.Confidence))
		}
		return strings.Join(words, " ")
	case events.TypeCheckRequested:
		var c struct {
			events.Call
			Provider string `json:"provider"`
		}
		if json.Unmarshal(n.Data, &c) != nil {
			break
		}
		return fmt.Sprintf("%s %s at %s: %s, attempt %d, try %d", name, c.Check, c.Provider, c.Kind, c.Attempt, c.Try)
	case events.TypeMoved:
		var v events.View
		if json.Unmarshal(n.Data, &v) != nil {
			break
		}
		return name + " to " + v.Status
	case events.TypeReviewed:
		var r events.VerificationReviewed
		if json.Unmarshal(n.Data, &r) != nil {
			break
		}
		return fmt.Sprintf("%s by %s, of %s: %s", name, r.Reviewer, about(r.Component), r.Result)
	case events.TypeClaimed:
		var c events.VerificationClaimed
		if json.Unmarshal(n.Data, &c) != nil {
			break
		}
		if c.GivenBack {
			name = "verification.given_back"
		}
		return name + " by " + c.Reviewer
	case events.TypeWebhookReceived:
		var h events.WebhookReceived
		if json.Unmarshal(n.Data, &h) != nil {
			break
		}
		return strings.Join([]string{name, h.Provider, h.Event}, " ")
	case events.TypeDecided:
		var d events.VerificationDecided
		if json.Unmarshal(n.Data, &d) != nil || d.Decision == nil {
			break
		}
		return fmt.Sprintf("%s revision %d: %s, confidence %g. %s", name, d.Decision.Revision, d.Decision.Result, d.Decision.Confidence, d.Decision.Reasoning)
	case events.TypeActionRequired:
		var d events.ActionRequired
		if json.Unmarshal(n.Data, &d) != nil {
			break
		}
		words := []string{name}
		for _, a := range d.Actions {
			words = append(words, describe(a))
		}
		return strings.Join(words, "; ")
	}
	return name
}
