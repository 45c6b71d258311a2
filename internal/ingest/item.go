package ingest

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

// itemsOf tells of an input, one item for each fact in it. All have the input's cursor: who resumes in the middle of them
// has seen the input.
func itemsOf(seq uint64, id string, p events.Payload, at time.Time) []item {
	var items []item
	for _, fact := range events.Facts(p) {
		items = append(items, itemOf(strconv.FormatUint(seq, 10), id, fact, at))
	}
	return items
}

// itemOf tells of an input what its tenant may know: which keys and boxes there are is ours alone, what a vendor calls a
// check too.
func itemOf(cursor, id string, p events.Payload, at time.Time) item {
	i := item{Cursor: cursor, Type: p.Type(), Subject: id, Time: at.UTC(), Data: map[string]any{}}
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
		if len(p.Parties) > 0 {
			put("associatedPersons", len(p.Parties))
		}
	case events.DocumentsAdded:
		put("documents", kinds(p.Documents))
	case events.VerificationCancelled:
		some("reason", p.Reason)
	case events.VerificationReviewed:
		some("component", p.Component)
		put("result", p.Result)
		put("reviewer", p.Reviewer)
	case events.WebhookReceived:
		put("provider", p.Provider)
		some("check", p.Check)
		put("event", p.Event)
		put("signed", p.Signed)
	case events.CheckAnswered:
		i.Data = answered(p)
	case events.TimerFired:
		put("due", p.At)
	}
	return i
}

func answered(p events.CheckAnswered) map[string]any {
	evidence := p.Evidence
	p.ID, p.Tenant, p.Operation, p.Ref, p.Evidence = "", "", "", nil, nil
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
