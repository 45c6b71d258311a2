package resolve_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// A replay writes what the log was written with: the form of a record is that of its input.
func TestARecordHasTheFormOfItsInput(t *testing.T) {
	f, err := flow.Compile("two.yaml", []byte(twoChecks), nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.UnixMilli(1_760_000_000_000).UTC()
	id := events.NewID(start, [10]byte{7})
	told := map[bool][]events.Event{}
	for _, compact := range []bool{false, true} {
		var inputs []bus.Read
		put := func(p events.Payload, compact bool) {
			e := events.Event{ID: "in", Source: "/test", Subject: p.Key(), Time: start, Data: p, Compact: compact}
			h, body, err := events.Encode(e) // as it comes from a stream
			if err != nil {
				t.Fatal(err)
			}
			r := bus.Read{Seq: uint64(len(inputs) + 1), At: start.Add(time.Duration(len(inputs)) * time.Second)}
			if r.Event, r.Err = events.Decode(h, body); r.Err != nil {
				t.Fatal(r.Err)
			}
			inputs = append(inputs, r)
		}
		put(events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source}, false)
		put(events.VerificationOpened{ID: id, Tenant: "acme", Flow: "two", FlowDigest: f.Digest, SubjectType: "person", Sealed: events.Sealed{Key: 1, Box: []byte("box")}}, compact)
		answer := func(check string) events.CheckAnswered {
			return events.CheckAnswered{ID: id, Tenant: "acme", Check: check, Provider: "fake", Attempt: 1, Try: 1, Kind: events.CallSend,
				Operation: id + "." + check + ".1", Status: events.AnswerRetry, Class: "ambiguous", Why: "status 500"}
		}
		put(events.ChecksAnswered{ID: id, Tenant: "acme", Answers: []events.CheckAnswered{answer("one"), answer("two")}}, compact)
		put(events.TimerFired{ID: id, At: start.Add(time.Minute)}, compact) // has no compact form
		inputs[3].At = start.Add(time.Minute)
		if err := resolve.Replay(0, inputs, func(r resolve.Record) {
			e, err := events.Decode(r.Header, r.Data)
			if err != nil {
				t.Fatal(err)
			}
			if want := compact && r.InSeq < 4; e.Compact != want {
				t.Errorf("a record of input %d, which is compact: %v, is compact: %v", r.InSeq, want, e.Compact)
			}
			e.Compact = false
			told[compact] = append(told[compact], e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(told[false]) < 2 || !reflect.DeepEqual(told[false], told[true]) {
		t.Errorf("the records say\n%+v, compact\n%+v, want the same, at least the request's and the timer's", told[false], told[true])
	}
}
