package sign

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
)

// Check verifies what a file holds: decisions as events carry them (structured CloudEvents, or only their data) or as the
// API returns them, one, one after the other, as an array, or as a page. Each gets its verdict, in order. What is no JSON
// gets one that says so and is the last.
func Check(file []byte, keys Keys) []Verdict {
	var all []Verdict
	d := jsontext.NewDecoder(bytes.NewReader(file))
	for {
		v, err := d.ReadValue()
		switch {
		case err != nil && len(bytes.TrimSpace(file[d.InputOffset():])) == 0 && len(all) > 0:
			return all
		case err != nil:
			var syntax *jsontext.SyntacticError
			why := "not JSON"
			if errors.As(err, &syntax) {
				why += ", at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
			}
			return append(all, Verdict{Wrong: []Wrong{{"", why}}})
		}
		all = append(all, check(v, keys)...)
	}
}

func check(v jsontext.Value, keys Keys) (all []Verdict) {
	if v.Kind() == '[' {
		var list []jsontext.Value
		if err := json.Unmarshal(v, &list); err != nil {
			return []Verdict{{Wrong: []Wrong{{"", errForm.Error()}}}}
		}
		for _, item := range list {
			all = append(all, check(item, keys)...)
		}
		return all
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(v, &members); err != nil {
		return []Verdict{{Wrong: []Wrong{{"", errForm.Error()}}}}
	}
	items, page := members["items"]
	switch {
	case page && items.Kind() == '[':
		return check(items, keys)
	case members["specversion"] != nil:
		return []Verdict{event(members, keys)}
	}
	return []Verdict{Verify(v, keys)}
}

// event verifies the data of a structured CloudEvent, and that the attributes which follow from the data are there and agree.
// Causationid and traceparent say where the event comes from; they are no part of the decision and nobody signs them.
func event(members map[string]jsontext.Value, keys Keys) Verdict {
	data, ok := members["data"]
	if !ok {
		return Verdict{Wrong: []Wrong{{"data", "there is none"}}}
	}
	v := Verify(data, keys)
	attribute := func(name string) (s string) {
		_ = json.Unmarshal(members[name], &s) // what is no string is not what is wanted
		return s
	}
	expect := func(name string, want ...string) {
		for _, w := range want {
			if attribute(name) == w {
				return
			}
		}
		v.Wrong = append(v.Wrong, Wrong{name, "the event's attribute is not what the decision gives"})
	}
	if v.ID == "" {
		return v
	}
	expect("specversion", "1.0")
	expect("source", "/bonafide/resolver")
	expect("subject", v.ID)
	expect("partitionkey", v.ID)
	expect("correlationid", v.ID)
	expect("datacontenttype", "application/json")
	expect("dataclassification", events.ClassConfidential)
	expect("dataschema", events.Types()[attribute("type")])
	expect("type", events.TypeDecided, events.TypeActionRequired, events.TypeFailed, events.TypeErased)
	if attribute("type") == events.TypeDecided {
		expect("id", v.ID+"."+strconv.Itoa(v.Revision))
		expect("time", v.Decided.UTC().Format(time.RFC3339Nano))
	}
	return v
}
