package resolve

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// BodyOf says in the core's words what an event says. ok is false for events that are no input of one verification.
func BodyOf(p events.Payload) (body decision.Body, ok bool) {
	switch e := p.(type) {
	case events.VerificationOpened:
		o := decision.Opened{ID: e.ID, Tenant: e.Tenant, Flow: e.Flow, FlowDigest: e.FlowDigest, Reference: e.Reference, SubjectType: e.SubjectType,
			Country: e.Country, Documents: documentsOf(e.Documents), Parties: partiesOf(e.Parties), Hold: e.Hold, RequestedAt: e.RequestedAt}
		if e.Parent != nil {
			o.Parent = &decision.Parent{ID: e.Parent.ID, As: e.ID, Round: e.Parent.Round}
		}
		return o, true
	case events.DocumentsAdded:
		return decision.DocumentsAdded{Documents: documentsOf(e.Documents), Dedupe: e.Dedupe}, true
	case events.SubjectCorrected:
		return decision.Corrected{Dedupe: e.Dedupe}, true
	case events.VerificationSubmitted:
		return decision.Submitted{}, true
	case events.VerificationCancelled:
		return decision.Cancelled{Reason: e.Reason}, true
	case events.VerificationRechecked:
		return decision.Rechecked{Dedupe: e.Dedupe}, true
	case events.VerificationReviewed:
		return decision.Reviewed{Component: e.Component, Result: e.Result, Reviewer: e.Reviewer, Dedupe: e.Dedupe}, true
	case events.VerificationClaimed:
		return decision.Claimed{Reviewer: e.Reviewer, GivenBack: e.GivenBack}, true
	case events.SubjectErased:
		return decision.Erased{}, true
	case events.LinkRequested:
		return decision.LinkRequested{Check: e.Check, Provider: e.Provider, Makers: e.Makers, Fresh: e.Fresh, Dedupe: e.Dedupe}, true
	case events.WebhookReceived:
		return decision.Hinted{Provider: e.Provider, Check: e.Check, Event: e.Event, Dedupe: e.Dedupe, At: e.At}, true
	case events.CheckAnswered:
		a, _ := answeredOf(&e, nil)
		return a, true
	case events.PersonReported:
		r := decision.Reported{Person: e.Person, As: e.As, Round: e.Round, Word: decision.Word{Seq: e.Seq, Status: e.Status, Revision: e.Revision, Result: e.Result,
			Confidence: e.Confidence, Reasons: e.Reasons}}
		if r.As == "" {
			r.As = r.Person
		}
		return r, true
	case events.PersonReleased:
		return decision.Released{Parent: e.Parent, Erase: e.Erase}, true
	case events.TimerFired:
		return decision.Tick{}, true
	}
	return nil, false
}

// answeredOf returns an answer, whose findings lie in room, and room with them.
func answeredOf(e *events.CheckAnswered, room []decision.Finding) (decision.Answered, []decision.Finding) {
	found := len(room)
	for i := range e.Findings {
		room = append(room, findingOf(&e.Findings[i]))
	}
	a := decision.Answered{Check: e.Check, Provider: e.Provider, Attempt: e.Attempt, Try: e.Try, Kind: e.Kind, Status: e.Status, Class: e.Class,
		Why: e.Why, RetryAfter: millis(e.RetryAfter), PollAfter: millis(e.PollAfter), ObservedAt: e.ObservedAt, Ref: string(e.Ref),
		Actions: actionsOf(e.Actions), Mapping: e.Mapping, Marks: marksOf(e.Marks)}
	if e.Evidence != nil {
		a.Evidence = e.Evidence.SHA256
	}
	if len(e.Findings) > 0 {
		a.Findings = room[found:len(room):len(room)]
	}
	return a, room
}

// tenantOf returns whose verification an input claims to be about; "" when the event does not say.
func tenantOf(p events.Payload) string {
	switch e := p.(type) {
	case events.VerificationOpened:
		return e.Tenant
	case events.DocumentsAdded:
		return e.Tenant
	case events.SubjectCorrected:
		return e.Tenant
	case events.VerificationSubmitted:
		return e.Tenant
	case events.VerificationCancelled:
		return e.Tenant
	case events.VerificationRechecked:
		return e.Tenant
	case events.VerificationReviewed:
		return e.Tenant
	case events.VerificationClaimed:
		return e.Tenant
	case events.SubjectErased:
		return e.Tenant
	case events.LinkRequested:
		return e.Tenant
	case events.PersonReported:
		return e.Tenant
	case events.PersonReleased:
		return e.Tenant
	case events.CheckAnswered:
		return e.Tenant
	case events.ChecksAnswered:
		return e.Tenant
	}
	return ""
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func documentsOf(in []events.Document) []decision.Document {
	return each(in, func(d events.Document) decision.Document {
		return decision.Document{Type: d.Type, Side: d.Side, Country: d.Country, Person: d.Person, MediaType: d.MediaType, Size: d.Size, SHA256: d.SHA256, Ref: d.Ref, Key: d.Key, For: d.For}
	})
}

func eventDocuments(in []decision.Document) []events.Document {
	return each(in, func(d decision.Document) events.Document {
		return events.Document{Type: d.Type, Side: d.Side, Country: d.Country, Person: d.Person, MediaType: d.MediaType, Size: d.Size, SHA256: d.SHA256, Ref: d.Ref, Key: d.Key, For: d.For}
	})
}

func partiesOf(in []events.Party) []decision.Party {
	return each(in, func(p events.Party) decision.Party {
		return decision.Party{Reference: p.Reference, Role: p.Role, Ownership: p.Ownership, ID: p.ID, Own: p.Own}
	})
}

func marksOf(in []events.Mark) []decision.Mark {
	return each(in, func(k events.Mark) decision.Mark { return decision.Mark{Of: k.Of, Sums: k.Sums} })
}

func findingOf(f *events.Finding) decision.Finding {
	return decision.Finding{Component: f.Component, Result: f.Result, Confidence: f.Confidence, Reasoning: f.Reasoning, Reasons: f.Reasons, Labels: f.Labels,
		Person: f.Person, Expires: decision.TimeOf(f.Expires)}
}

func actionsOf(in []events.Action) []decision.Action {
	return each(in, func(a events.Action) decision.Action {
		return decision.Action{Type: a.Type, Document: a.Document, Side: a.Side, Person: a.Person, URL: a.URL, Message: a.Message, Reasons: a.Reasons, ExpiresAt: decision.TimeOf(a.ExpiresAt)}
	})
}

// viewOf says in the words of events what the core shows.
func viewOf(v decision.View) events.View {
	out := events.View{
		ID: v.ID, Tenant: v.Tenant, Reference: v.Reference, Flow: v.Flow, FlowDigest: v.FlowDigest, Status: v.Status,
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, Deadline: v.Deadline,
		Details: each(v.Details, func(d decision.Detail) events.Detail { return events.Detail(d) }),
		Checks:  each(v.Checks, checkState),
		Actions: each(v.Actions, func(a decision.Action) events.Action {
			return events.Action{Type: a.Type, Document: a.Document, Side: a.Side, Person: a.Person, URL: a.URL, Message: a.Message, Reasons: a.Reasons, ExpiresAt: a.ExpiresAt.Std()}
		}),
		AssociatedPersons: each(v.AssociatedPersons, func(p decision.PartyResult) events.PartyResult {
			return events.PartyResult{Reference: p.Reference, ID: p.ID, Role: p.Role, Ownership: p.Ownership, Result: p.Result, Status: p.Status}
		}),
	}
	if d := v.Decision; d != nil {
		out.Decision = &events.Decision{Revision: d.Revision, Final: d.Final, Result: d.Result, Confidence: d.Confidence, Reasoning: d.Reasoning,
			Reasons: d.Reasons, DecidedAt: d.DecidedAt, Supersedes: d.Supersedes, Cause: d.Cause}
	}
	if f := v.Failure; f != nil {
		out.Failure = &events.Failure{Class: f.Class, Reason: f.Reason}
	}
	out.Review = reviewOf(v.Review)
	return out
}

func reviewOf(v *decision.ReviewView) *events.Review {
	if v == nil {
		return nil
	}
	out := &events.Review{Since: v.Since,
		Waits: each(v.Waits, func(w decision.Wait) events.Wait { return events.Wait{Component: w.Component, Why: w.Why} }),
		Words: each(v.Words, func(w decision.WordView) events.ReviewWord { return events.ReviewWord(w) }),
	}
	if c := v.Claim; c != nil {
		out.Claim = &events.Claim{Reviewer: c.Reviewer, ExpiresAt: c.ExpiresAt}
	}
	return out
}

func checkState(c decision.CheckView) events.CheckState {
	out := events.CheckState{Name: c.Name, Provider: c.Provider, Status: c.Status, Attempt: c.Attempt, Reason: c.Reason}
	if c.Split != nil {
		out.Split = &events.Split{Provider: c.Split.Provider, Percent: c.Split.Percent}
	}
	return out
}

func callOf(c *decision.Call) events.Call {
	return events.Call{Check: c.Check, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Operation: c.Operation, Components: c.Components,
		Params: valueOf(string(c.Params)), Documents: eventDocuments(c.Documents), Ref: valueOf(c.Ref), Deadline: c.Deadline, Conclusion: c.Conclusion,
		Earlier: valueOf(c.Earlier)}
}

// valueOf returns opaque JSON; nothing is absent.
func valueOf(s string) jsontext.Value {
	if s == "" {
		return nil
	}
	return jsontext.Value(s)
}

// each maps a slice; an empty one is nil.
func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}
