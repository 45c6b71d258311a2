package resolve_test

import (
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// A client that was told to come again repeats its request later: the same identity, another id, another box under another
// key. What falls due at that moment is done with what the verification was opened with.
func TestACallThatFallsDueWithARepeatedRequestHasNotTheRepetitionsDossier(t *testing.T) {
	f, err := flow.Compile("two.yaml", []byte(twoChecks), nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.UnixMilli(1_760_000_000_000).UTC()
	id := events.NewID(start, [10]byte{7})
	opened := func(id string, key uint64) events.VerificationOpened {
		return events.VerificationOpened{ID: id, Tenant: "acme", Flow: "two", FlowDigest: f.Digest, SubjectType: "person", Sealed: events.Sealed{Key: key, Box: []byte("box")}}
	}
	r := resolve.NewReplayer(0)
	seq := uint64(0)
	apply := func(after time.Duration, id string, p events.Payload) (tasks []events.CheckRequested) {
		t.Helper()
		seq++
		records, err := r.Apply(bus.Read{Seq: seq, At: start.Add(after), Event: events.Event{ID: id, Source: "/test", Subject: p.Key(), Time: start.Add(after), Data: p}})
		if err != nil {
			t.Fatalf("input %d: %v", seq, err)
		}
		for _, rec := range records {
			e, err := events.Decode(rec.Header, rec.Data)
			if err != nil {
				t.Fatal(err)
			}
			if task, ok := e.Data.(events.CheckRequested); ok {
				tasks = append(tasks, task)
			}
		}
		return tasks
	}
	apply(0, "flow", events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source})
	first := apply(0, "opened", opened(id, 1))
	if len(first) != 1 || first[0].Sealed == nil || first[0].Sealed.Key != 1 || first[0].Opened != seq {
		t.Fatalf("tasks of the request = %+v, want one with its dossier", first)
	}
	c := first[0].Calls[0]
	apply(time.Second, "answer", events.CheckAnswered{ID: id, Tenant: "acme", Check: c.Check, Provider: "fake", Attempt: c.Attempt, Try: c.Try, Kind: c.Kind,
		Operation: c.Operation, Status: events.AnswerRetry, Class: "ambiguous", Why: "status 500"})
	again := apply(50*time.Second, "again", opened(events.NewID(start.Add(50*time.Second), [10]byte{7}), 2))
	if len(again) != 1 || again[0].ID != id || again[0].Opened != first[0].Opened {
		t.Fatalf("tasks when the request is repeated = %+v, want the second try of %s", again, id)
	}
	if again[0].Sealed != nil {
		t.Errorf("the second try has the dossier under key %d, want to name input %d alone", again[0].Sealed.Key, first[0].Opened)
	}
}
