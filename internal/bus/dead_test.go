package bus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestADeadLetterIsPutBackWhereItCameFromOnce(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), bus.Layout{Shards: 1, Providers: []string{"acme"}})
	id := events.NewID(time.Now(), [10]byte{1})
	log, err := b.Claim(t.Context(), 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	h, body, err := events.Encode(events.Event{ID: "t", Source: "/test", Subject: id, Time: time.Now(), Data: events.CheckRequested{ID: id, Tenant: "acme", Provider: "acme",
		Calls: []events.Call{{Check: "identity", Kind: events.CallSend, Attempt: 1, Try: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), []bus.Record{{Subject: events.LogTaskSubject(0, "acme"), Header: h, Data: body, InSeq: 1}}); err != nil {
		t.Fatal(err)
	}
	feed, err := b.Tasks(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	tasks := func(want int) *bus.Delivery {
		t.Helper()
		all, err := feed.Fetch(t.Context(), 10, time.Duration(1+9*min(want, 1))*500*time.Millisecond)
		if err != nil || len(all) != want {
			t.Fatalf("%d tasks (%v), want %d", len(all), err, want)
		}
		if want == 0 {
			return nil
		}
		return all[0]
	}
	first := tasks(1)
	if err := first.Settle(t.Context(), fault.New(fault.Malformed, "test", "")); err != nil {
		t.Fatal(err)
	}
	dead := func(p events.DeadLettered) uint64 {
		t.Helper()
		p.Class, p.Why, p.At = "malformed", "broken", time.Now()
		at, err := b.Put(t.Context(), events.Event{ID: "d", Source: "/test", Subject: id, Time: time.Now(), Data: p})
		if err != nil {
			t.Fatal(err)
		}
		return at.Seq
	}
	task := dead(events.DeadLettered{ID: id, Stream: first.Stream, Sequence: first.Seq, Op: "dispatch.task", Subject: first.Subject})
	hook := dead(events.DeadLettered{ID: id, Stream: "webhook", Subject: "webhooks.acme"})
	lost := dead(events.DeadLettered{Stream: "webhook", Subject: "webhooks.acme"})
	request := dead(events.DeadLettered{Stream: "REQUESTS", Sequence: 1, Subject: "bonafide.requests.*"})
	old := dead(events.DeadLettered{ID: id, Stream: first.Stream, Sequence: 99, Subject: first.Subject})
	letters, err := b.DeadLetters(t.Context())
	if err != nil || len(letters) != 5 || letters[0].Number != task || letters[0].Provider != "acme" || letters[0].Op != "dispatch.task" || letters[1].Provider != "acme" {
		t.Fatalf("dead letters = %+v, %v", letters, err)
	}

	// A redrive that ended between putting back and removing leaves the letter: the next one only removes it.
	if err := b.RedriveTask(t.Context(), letters[0]); err != nil {
		t.Fatal(err)
	}
	if err := b.Redrive(t.Context(), task); err != nil {
		t.Fatalf("Redrive of a task: %v", err)
	}
	again := tasks(1)
	if r, ok := again.Event.Data.(events.CheckRequested); !ok || r.ID != id || string(again.Raw) != string(first.Raw) {
		t.Errorf("put back: %+v, want the task as it was", again.Event)
	}
	tasks(0)
	if err := b.Redrive(t.Context(), task); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("Redrive of what is gone: %v, want class invalid", err)
	}

	if err := b.Redrive(t.Context(), hook); err != nil {
		t.Fatalf("Redrive of a webhook: %v", err)
	}
	e, _, err := b.Input(t.Context(), 0, 1)
	if w, ok := e.Data.(events.WebhookReceived); err != nil || !ok || w.ID != id || w.Provider != "acme" || w.Dedupe == "" {
		t.Errorf("put back: %+v, %v, want a hint about %s", e, err, id)
	}
	for number, why := range map[uint64]string{lost: "names no verification", request: "tenant", old: "not kept any more"} {
		if err := b.Redrive(t.Context(), number); fault.ClassOf(err) != fault.Invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("Redrive of %d: %v, want class invalid and %q", number, err, why)
		}
	}
	if letters, err = b.DeadLetters(t.Context()); err != nil || len(letters) != 3 {
		t.Errorf("%d dead letters are left (%v), want the 3 that could not be put back", len(letters), err)
	}
}
