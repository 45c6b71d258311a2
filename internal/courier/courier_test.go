package courier_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/courier"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

const shards = 4

var (
	business = events.NewID(time.UnixMilli(1_760_000_000_000), [10]byte{1})
	ana      = events.NewID(time.UnixMilli(1_760_000_000_000), [10]byte{2})
	own      = events.NewID(time.UnixMilli(1_760_000_000_000), [10]byte{3})
)

// What a business asks for before any courier runs is opened when one does, each person once and by the id that is asked for;
// what comes after it comes after it.
func TestACourierCarriesWhatWasSaidInOrder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b := bustest.Connect(t, bustest.Run(t).Config(), bus.Layout{Shards: shards})
	box := events.Sealed{Key: 7, Box: []byte("box"), For: business}
	at, err := b.Put(ctx, events.Event{ID: "1", Source: "/test", Subject: business, Data: events.VerificationOpened{ID: business, Tenant: "acme", Flow: "family", FlowDigest: "sha256:00",
		Reference: "tern", SubjectType: "business", Sealed: events.Sealed{Key: 6, Box: []byte("box")},
		Parties: []events.Party{{Reference: "ubo-1", Role: "UBO", ID: ana, Own: own, Flow: "person", FlowDigest: "sha256:01", Sealed: &box}, {Reference: "dir-1", ID: ana, Own: own}}}})
	if err != nil {
		t.Fatal(err)
	}
	log, err := b.Claim(ctx, at.Shard, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var records []bus.Record
	for i, p := range []events.Payload{
		events.PersonsRequested{ID: business, Tenant: "acme", Opened: at.Seq, Persons: []string{ana}},
		events.PersonsRequested{ID: business, Tenant: "acme", Opened: at.Seq, Persons: []string{own}, Round: 2},
		events.PersonsRequested{ID: ana, Tenant: "acme", Opened: at.Seq, Persons: []string{own}}, // the input is not its request
		events.PersonReleased{ID: ana, Tenant: "acme", Parent: business, Erase: true},
	} {
		h, data, err := events.Encode(events.Event{ID: string(rune('a' + i)), Source: "/test", Subject: business, Data: p})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, bus.Record{Subject: events.LogKinSubject(at.Shard), Header: h, Data: data, InSeq: at.Seq, Ord: i})
	}
	if err := log.Append(ctx, records); err != nil {
		t.Fatal(err)
	}
	for range 2 { // two of them share the work
		c := courier.New(b, shards, slog.New(slog.DiscardHandler), nil)
		done := make(chan error, 1)
		running, stop := context.WithCancel(ctx)
		go func() { done <- c.Run(running) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("the courier ended with %v", err)
			}
		}()
	}
	want := []events.Payload{
		events.VerificationOpened{ID: ana, Tenant: "acme", Flow: "person", FlowDigest: "sha256:01", Reference: "tern/ubo-1", SubjectType: "person", Sealed: box, Parent: &events.Parent{ID: business}},
		events.PersonReleased{ID: ana, Tenant: "acme", Parent: business, Erase: true},
	}
	got := inputs(ctx, t, b, ana, 2)
	for i := range want {
		if g, w := got[i], want[i]; g.Type() != w.Type() || g.Key() != w.Key() {
			t.Errorf("input %d: got %+v, want %+v", i, g, w)
		}
	}
	o := got[0].(events.VerificationOpened)
	if o.Flow != "person" || o.FlowDigest != "sha256:01" || o.Reference != "tern/ubo-1" || o.Sealed.Key != 7 || o.Sealed.For != business || o.Parent == nil || o.Parent.ID != business {
		t.Errorf("opened as %+v with parent %+v", o, o.Parent)
	}
	second := inputs(ctx, t, b, own, 1)[0].(events.VerificationOpened)
	if second.Parent == nil || second.Parent.Round != 2 || second.Sealed.Key != 7 {
		t.Errorf("asked again: got %+v with parent %+v", second, second.Parent)
	}
}

// inputs returns the first n inputs about a verification.
func inputs(ctx context.Context, t *testing.T, b *bus.Bus, id string, n int) []events.Payload {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var got []events.Payload
	err := b.ReadInputs(ctx, events.ShardOf(id, shards), 1, func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Err == nil && r.Event.Data.Key() == id && len(got) < n {
				if got = append(got, r.Event.Data); len(got) == n {
					cancel()
				}
			}
		}
		return nil
	})
	if len(got) < n {
		t.Fatalf("%d inputs of %s, want %d: %v", len(got), id, n, err)
	}
	return got
}
