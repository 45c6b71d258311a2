package ingest

import (
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

// item is one entry of a timeline, an event with the names of CloudEvents. Data is what may be known of it; nothing is
// personal.
type item struct {
	Cursor  string         `json:"cursor,omitempty"` // where to go on behind it
	Type    string         `json:"type"`
	Subject string         `json:"subject"` // the verification
	Time    time.Time      `json:"time"`
	Data    map[string]any `json:"data"`
}

// itemsOf tells of an input, one item for each fact in it.
func itemsOf(id string, p events.Payload, at time.Time) []item {
	var items []item
	for _, fact := range events.Facts(p) {
		items = append(items, itemOf(id, fact, at))
	}
	return items
}

// recordItems tells of a record of a log: the calls that were asked for, one item each, or what the world was told.
func recordItems(e events.Event, id string) []item {
	i := item{Type: e.Data.Type(), Subject: id, Time: e.Time.UTC()}
	switch p := e.Data.(type) {
	case events.CheckRequested:
		items := make([]item, len(p.Calls))
		for n, c := range p.Calls {
			items[n] = i
			items[n].Data = asked(p.Provider, c)
		}
		return items
	case events.VerificationMoved:
		i.Data = map[string]any{"status": p.Status}
	case events.VerificationRejected:
		p.Tenant = ""
		i.Data = members(p)
	default:
		v, ok := viewIn(e.Data)
		if !ok {
			return nil
		}
		i.Data = members(v)
	}
	return []item{i}
}

// asked tells of a call that a dispatcher was asked to make.
func asked(provider string, c events.Call) map[string]any {
	m := map[string]any{"provider": provider, "check": c.Check, "kind": c.Kind, "attempt": c.Attempt, "try": c.Try}
	if len(c.Components) > 0 {
		m["components"] = c.Components
	}
	if len(c.Documents) > 0 {
		m["documents"] = kinds(c.Documents)
	}
	return m
}

// itemOf tells of an input what its tenant may know: which keys and boxes there are is ours alone, what a vendor calls a
// check too.
func itemOf(id string, p events.Payload, at time.Time) item {
	i := item{Type: p.Type(), Subject: id, Time: at.UTC(), Data: map[string]any{}}
	put := func(name string, v any) { i.Data[name] = v }
	some := func(name, v string) {
		if v != "" {
			put(name, v)
		}
	}
	switch p := p.(type) {
	case events.VerificationOpened:
		put("flow", p.Flow)
		put("flowDigest", p.FlowDigest)
		put("subjectType", p.SubjectType)
		some("reference", p.Reference)
		if p.Hold {
			put("hold", true)
		}
		if len(p.Documents) > 0 {
			put("documents", kinds(p.Documents))
		}
		if p.Parent != nil {
			put("business", p.Parent.ID)
		}
		if len(p.Parties) > 0 {
			put("associatedPersons", len(p.Parties))
		}
	case events.DocumentsAdded:
		put("documents", kinds(p.Documents))
	case events.SubjectCorrected:
		put("members", p.Members)
	case events.VerificationCancelled:
		some("reason", p.Reason)
	case events.VerificationReviewed:
		some("component", p.Component)
		put("result", p.Result)
		put("reviewer", p.Reviewer)
	case events.VerificationClaimed:
		put("reviewer", p.Reviewer)
		if p.GivenBack {
			put("givenBack", true)
		}
	case events.WebhookReceived:
		put("provider", p.Provider)
		some("check", p.Check)
		put("event", p.Event)
		put("signed", p.Signed)
	case events.CheckAnswered:
		i.Data = answered(p)
	case events.LinkRequested:
		some("check", p.Check)
		some("provider", p.Provider)
	case events.PersonReported:
		put("person", p.Person)
		put("status", p.Status)
		some("result", p.Result)
	case events.PersonReleased:
		put("business", p.Parent)
	case events.TimerFired:
		put("due", p.At)
	}
	return i
}

func answered(p events.CheckAnswered) map[string]any {
	evidence := p.Evidence
	p.ID, p.Tenant, p.Operation, p.Ref, p.Evidence = "", "", "", nil, nil
	if p.Kind == events.CallLink { // a page that was asked for is for who has asked
		p.Actions = nil
	}
	m := members(p)
	for _, name := range []string{"id", "tenant", "operation", "pollAfter"} {
		delete(m, name)
	}
	if evidence != nil && evidence.SHA256 != "" {
		m["evidence"] = map[string]any{"sha256": evidence.SHA256, "size": evidence.Size}
	}
	return m
}

// kinds returns what documents are, without where they lie.
func kinds(ds []events.Document) []map[string]string {
	out := make([]map[string]string, len(ds))
	for i, d := range ds {
		out[i] = map[string]string{"type": d.Type, "mediaType": d.MediaType}
		if d.Side != "" {
			out[i]["side"] = d.Side
		}
		if d.Person != "" {
			out[i]["person"] = d.Person
		}
	}
	return out
}

// members returns v as a JSON object.
func members(v any) map[string]any {
	m := map[string]any{}
	if b, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(b, &m)
	}
	return m
}
