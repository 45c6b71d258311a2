package events_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/events"
)

// sdkEvent builds the SDK's event from our headers.
func sdkEvent(t testing.TB, h events.Header, body []byte) cloudevents.Event {
	t.Helper()
	e := cloudevents.New()
	for name, v := range h {
		switch attr := strings.TrimPrefix(name, "ce-"); attr {
		case "specversion":
			e.SetSpecVersion(v[0])
		case "id":
			e.SetID(v[0])
		case "source":
			e.SetSource(v[0])
		case "type":
			e.SetType(v[0])
		case "subject":
			e.SetSubject(v[0])
		case "dataschema":
			e.SetDataSchema(v[0])
		case "datacontenttype":
			e.SetDataContentType(v[0])
		case "time":
			if err := e.Context.SetTime(at); err != nil {
				t.Fatal(err)
			}
		default:
			e.SetExtension(attr, v[0])
		}
	}
	e.DataEncoded = body
	return e
}

func TestTheSDKAcceptsWhatWeWrite(t *testing.T) {
	for _, e := range samples() {
		h, body, err := events.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := sdkEvent(t, h, body).Validate(); err != nil {
			t.Errorf("binary %s: the SDK says %v", e.Data.Type(), err)
		}
		whole, err := events.EncodeStructured(e)
		if err != nil {
			t.Fatal(err)
		}
		var theirs cloudevents.Event
		if err := json.Unmarshal(whole, &theirs); err != nil {
			t.Fatalf("structured %s: the SDK says %v", e.Data.Type(), err)
		}
		if err := theirs.Validate(); err != nil {
			t.Errorf("structured %s: the SDK says %v", e.Data.Type(), err)
		}
		if theirs.ID() != e.ID || theirs.Type() != e.Data.Type() || theirs.Subject() != e.Subject {
			t.Errorf("the SDK reads id %q type %q subject %q, want %q %q %q", theirs.ID(), theirs.Type(), theirs.Subject(), e.ID, e.Data.Type(), e.Subject)
		}
	}
}

func TestWeAcceptWhatTheSDKWrites(t *testing.T) {
	for _, e := range samples() {
		h, body, err := events.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := sdkEvent(t, h, body).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		got, err := events.Decode(nil, whole)
		if err != nil {
			t.Fatalf("Decode(%s): %v", whole, err)
		}
		if got.ID != e.ID || got.Data.Type() != e.Data.Type() || !got.Time.Equal(e.Time) {
			t.Errorf("read %q %s %v, want %q %s %v", got.ID, got.Data.Type(), got.Time, e.ID, e.Data.Type(), e.Time)
		}
	}
}

func TestStructuredEventsFitTheJSONFormat(t *testing.T) {
	f, err := os.Open("testdata/cloudevents.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("cloudevents.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("cloudevents.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range samples() {
		whole, err := events.EncodeStructured(e)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(whole))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", whole, err)
		}
	}
	bad, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"specversion":"1.0","id":"1","source":"/s","type":"t","bad_name":"x"}`))
	if schema.Validate(bad) == nil {
		t.Error("the schema accepts a bad attribute name: it checks nothing")
	}
}

func answered() events.Event { return samples()[14] }

func BenchmarkEncodeBinary(b *testing.B) {
	e := answered()
	for b.Loop() {
		if _, _, err := events.Encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeBinary(b *testing.B) {
	h, body, _ := events.Encode(answered())
	for b.Loop() {
		if _, err := events.Decode(h, body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodeSDK is the same event through the SDK's setters and its structured JSON, the SDK's way over NATS.
func BenchmarkEncodeSDK(b *testing.B) {
	e := answered()
	for b.Loop() {
		s := cloudevents.New()
		s.SetID(e.ID)
		s.SetSource(e.Source)
		s.SetType(e.Data.Type())
		s.SetSubject(e.Subject)
		s.SetTime(e.Time)
		s.SetExtension("partitionkey", e.Subject)
		s.SetExtension("correlationid", e.Subject)
		s.SetExtension("dataclassification", "confidential")
		if err := s.SetData("application/json", e.Data); err != nil {
			b.Fatal(err)
		}
		if _, err := s.MarshalJSON(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeSDK(b *testing.B) {
	h, body, _ := events.Encode(answered())
	whole, err := sdkEvent(b, h, body).MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var s cloudevents.Event
		if err := s.UnmarshalJSON(whole); err != nil {
			b.Fatal(err)
		}
		var p events.CheckAnswered
		if err := s.DataAs(&p); err != nil {
			b.Fatal(err)
		}
	}
}
