package events_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

func binary(pairs ...string) events.Header {
	h := events.Header{"ce-specversion": {"1.0"}, "ce-id": {"1"}, "ce-source": {"/s"}, "ce-type": {events.TypeSubmitted}}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			delete(h, pairs[i])
			continue
		}
		h[pairs[i]] = []string{pairs[i+1]}
	}
	return h
}

const submitted = `{"id":"` + vid + `","tenant":"acme"}`

func TestDecodeReadsWhatOthersSend(t *testing.T) {
	tests := []struct {
		name string
		h    events.Header
		body string
	}{
		{"binary", binary(), submitted},
		{"header names in any case", events.Header{"CE-SpecVersion": {"1.0"}, "Ce-Id": {"1"}, "cE-sOuRce": {"/s"}, "CE-TYPE": {events.TypeSubmitted}}, submitted},
		{"binary with a content type of its own", binary("Content-Type", "application/json"), submitted},
		{"binary with a charset", binary("ce-datacontenttype", "application/json; charset=utf-8"), submitted},
		{"binary with a data schema", binary("ce-dataschema", "https://example.test/x.json"), submitted},
		{"structured", events.Header{"content-type": {"application/cloudevents+json"}}, `{"specversion":"1.0","id":"1","source":"/s","type":"` + events.TypeSubmitted + `","data":` + submitted + `}`},
		{"structured without a content type", nil, ` {"specversion":"1.0","id":"1","source":"/s","type":"` + events.TypeSubmitted + `","data":` + submitted + `} `},
		{"structured with null attributes", nil, `{"specversion":"1.0","id":"1","source":"/s","subject":null,"type":"` + events.TypeSubmitted + `","data":` + submitted + `}`},
		{"structured with base64", nil, `{"specversion":"1.0","id":"1","source":"/s","type":"` + events.TypeSubmitted + `","data_base64":"eyJpZCI6InZyZl8wMWs5czVtM2I4MDEyMzQ1Njc4OWFiY2RlZiIsInRlbmFudCI6ImFjbWUifQ=="}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := events.Decode(tt.h, []byte(tt.body))
			if err != nil {
				t.Fatalf("Decode(%v, %s): %v", tt.h, tt.body, err)
			}
			if got, want := e.Data, (events.VerificationSubmitted{ID: vid, Tenant: "acme"}); got != events.Payload(want) {
				t.Errorf("data = %#v, want %#v", got, want)
			}
		})
	}
}

func TestDecodeRefusesWhatIsNoEvent(t *testing.T) {
	tests := []struct {
		name string
		h    events.Header
		body string
		want string
	}{
		{"nothing", nil, "", "specversion"},
		{"no id", binary("ce-id", "-"), submitted, `"id"`},
		{"no source", binary("ce-source", "-"), submitted, `"source"`},
		{"no type", binary("ce-type", "-"), submitted, `"type"`},
		{"old version", binary("ce-specversion", "0.3"), submitted, "specversion"},
		{"bad time", binary("ce-time", "yesterday"), submitted, `"time"`},
		{"attribute twice", events.Header{"ce-id": {"1", "2"}}, submitted, `"id"`},
		{"bad extension name", binary("ce-a_b", "x"), submitted, "name"},
		{"xml", binary("ce-datacontenttype", "application/xml"), submitted, "datacontenttype"},
		{"a member twice in the data", binary(), `{"id":"a","tenant":"acme","tenant":"evil"}`, "JSON"},
		{"data of another form", binary(), `{"id":7}`, "/id"},
		{"truncated data", binary(), `{"id":"a"`, "JSON"},
		{"batch", events.Header{"Content-Type": {"application/cloudevents-batch+json"}}, "[]", "batch"},
		{"structured twice", nil, `{"specversion":"1.0","id":"1","id":"2"}`, "JSON"},
		{"structured array", nil, `[1]`, "JSON object"},
		{"structured and something behind it", nil, `{"specversion":"1.0"} {}`, "follows"},
		{"structured object as attribute", nil, `{"specversion":"1.0","id":{}}`, `"id"`},
		{"both forms of data", nil, `{"data":1,"data_base64":""}`, "both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := events.Decode(tt.h, []byte(tt.body))
			if !errors.Is(err, events.ErrMalformed) {
				t.Fatalf("Decode(%v, %q) = %v, want ErrMalformed", tt.h, tt.body, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not name %q", err, tt.want)
			}
		})
	}
}

func TestErrorsRepeatNothingOfTheData(t *testing.T) {
	for _, body := range []string{`{"id":{"secretname":"Kowalskiego"}}`, `{"id":"x","tenant":Kowalskiego}`, `{"Kowalskiego":1,"Kowalskiego":2}`} {
		if _, err := events.Decode(binary(), []byte(body)); err == nil || strings.Contains(err.Error(), "Kowalskiego") {
			t.Errorf("Decode(%s) = %v, want an error without the data", body, err)
		}
	}
}

func TestUnknownTypesKeepTheirAttributes(t *testing.T) {
	e, err := events.Decode(binary("ce-type", "io.bonafide.verification.future.v9", "ce-subject", vid), []byte(`{}`))
	if !errors.Is(err, events.ErrUnknownType) || e.Subject != vid {
		t.Errorf("Decode = %+v, %v; want the attributes and ErrUnknownType", e, err)
	}
}

func TestAttributesSurvivePercentEncoding(t *testing.T) {
	for _, s := range []string{"plain", "two words", `quo"te`, "100%", "Łódź/ß", "a%20b", "tab\tend", "~!"} {
		e := events.Event{ID: s, Source: "/s", Subject: s, Time: at, Data: events.VerificationSubmitted{ID: vid}, Extensions: map[string]string{"myext": s}}
		h, body, err := events.Encode(e)
		if err != nil {
			t.Fatalf("Encode(%q): %v", s, err)
		}
		for name, v := range h {
			for i := range len(v[0]) {
				if c := v[0][i]; c <= ' ' || c > '~' || c == '"' {
					t.Errorf("header %s of %q holds byte %#x", name, s, c)
				}
			}
		}
		got, err := events.Decode(h, body)
		if err != nil || got.ID != s || got.Subject != s || got.Extensions["myext"] != s {
			t.Errorf("round trip of %q = %q, %q, %q (%v)", s, got.ID, got.Subject, got.Extensions["myext"], err)
		}
	}
	if e, err := events.Decode(binary("ce-subject", "50% off"), []byte(submitted)); err != nil || e.Subject != "50% off" {
		t.Errorf("an unescaped percent sign = %q, %v; want it as it is", e.Subject, err)
	}
}

func TestEncodeRefusesIncompleteEvents(t *testing.T) {
	p := events.VerificationSubmitted{ID: vid}
	for _, e := range []events.Event{{Source: "/s", Data: p}, {ID: "1", Data: p}, {ID: "1", Source: "/s"},
		{ID: "1", Source: "/s", Data: p, Extensions: map[string]string{"Bad": "x"}}, {ID: "1", Source: "/s", Data: p, Extensions: map[string]string{"id": "x"}}} {
		if _, _, err := events.Encode(e); err == nil {
			t.Errorf("Encode(%+v) = nil, want an error", e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range samples() {
		h, body, _ := events.Encode(e)
		whole, _ := events.EncodeStructured(e)
		f.Add(h["ce-type"][0], h["ce-id"][0], body)
		f.Add("", "", whole)
	}
	f.Fuzz(func(t *testing.T, typ, id string, body []byte) {
		var h events.Header
		if typ != "" {
			h = events.Header{"ce-specversion": {"1.0"}, "ce-id": {id}, "ce-source": {"/s"}, "ce-type": {typ}}
		}
		e, err := events.Decode(h, body)
		if err != nil {
			return
		}
		h2, b2, err := events.Encode(e)
		if err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if _, err := events.Decode(h2, b2); err != nil {
			t.Fatalf("what was encoded does not decode: %v\n%s", err, b2)
		}
	})
}
