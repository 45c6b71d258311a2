package bus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, bustest.IgnoreBroker())
}

var small = bus.Layout{Shards: 2, Providers: []string{"fake"}}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// idOn returns the n-th verification id of a shard.
func idOn(shard, shards, n int) string {
	for i := 0; ; i++ {
		id := events.NewID(time.UnixMilli(1_700_000_000_000), [10]byte{byte(n), byte(n >> 8), byte(i), byte(i >> 8)})
		if events.ShardOf(id, shards) == shard {
			return id
		}
	}
}

func timer(id string, n int) events.Event {
	return events.Event{
		ID: fmt.Sprintf("t%d", n), Source: "/test", Subject: id, Time: time.Unix(1_700_000_000, 0),
		Data: events.TimerFired{ID: id, At: time.Unix(int64(n), 0).UTC()},
	}
}

func task(id string) bus.Record {
	h, body, err := events.Encode(events.Event{
		ID: "task-" + id, Source: "/test", Subject: id, Time: time.Unix(1_700_000_000, 0),
		Data: events.CheckRequested{ID: id, Tenant: "acme", Provider: "fake"},
	})
	if err != nil {
		panic(err)
	}
	return bus.Record{Header: h, Data: body}
}

func TestInputsAreReadInTheOrderTheyWerePut(t *testing.T) {
	for _, mode := range []struct {
		name string
		cfg  bus.EmbedConfig
	}{{"loopback", bus.EmbedConfig{}}, {"in process", bus.EmbedConfig{InProcess: true}}, {"sync always", bus.EmbedConfig{SyncAlways: true}}} {
		t.Run(mode.name, func(t *testing.T) {
			b := bustest.Connect(t, bustest.Start(t, mode.cfg).Config(), small)
			ctx := within(t, 20*time.Second)
			const n = 5000
			id := idOn(1, 2, 0)
			seqs := make(chan uint64, n)
			for i := range n {
				err := b.PutAsync(ctx, timer(id, i), func(p bus.Position, err error) {
					if err != nil || p.Shard != 1 {
						t.Errorf("put %d: got %+v, %v; want shard 1", i, p, err)
					}
					seqs <- p.Seq
				})
				if err != nil {
					t.Fatalf("put %d: %v", i, err)
				}
			}
			next := uint64(1)
			done := fmt.Errorf("enough")
			err := b.ReadInputs(ctx, 1, 0, func(batch []bus.Read) error {
				for _, r := range batch {
					if r.Err != nil {
						t.Fatalf("input %d: %v", r.Seq, r.Err)
					}
					got := r.Event.Data.(events.TimerFired).At.Unix()
					if r.Seq != next || got != int64(next-1) || r.At.IsZero() {
						t.Fatalf("got input %d with timer %d at %v, want %d with %d", r.Seq, got, r.At, next, next-1)
					}
					if next++; next > n {
						return done
					}
				}
				return nil
			})
			if err != done {
				t.Fatalf("read: %v after %d", err, next)
			}
			for range n {
				<-seqs
			}
			if tail, err := b.Tail(ctx, 1); err != nil || tail != n {
				t.Fatalf("tail: got %d, %v; want %d", tail, err, n)
			}
			e, at, err := b.Input(ctx, 1, 17)
			if err != nil || e.Data.(events.TimerFired).At.Unix() != 16 || at.IsZero() {
				t.Fatalf("input 17: got %+v, %v, %v", e, at, err)
			}
			if _, _, err := b.Input(ctx, 1, n+1); fault.ClassOf(err) != fault.Invalid {
				t.Fatalf("an input that is not there: got %v, want class invalid", err)
			}
		})
	}
}

func TestLargeInputsAreReadToo(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, time.Minute) // under the race detector they take ten times as long
	const n = 90                  // more than twice what is read ahead
	flow := events.FlowPublished{Flow: "a", Digest: "sha256:aa", Source: make([]byte, 700_000)}
	for i := range n {
		if i%3 > 0 {
			flow.Source = flow.Source[:700_000-i%100*5000]
		} else {
			flow.Source = flow.Source[:10]
		}
		if _, err := b.Put(ctx, events.Event{ID: fmt.Sprint(i), Source: "/test", Time: time.Unix(1, 0), Data: flow}); err != nil {
			t.Fatalf("put: %v", err)
		}
	}
	next := uint64(1)
	err := b.ReadInputs(ctx, 0, 1, func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Seq != next || r.Err != nil {
				return fmt.Errorf("got input %d, %v; want %d", r.Seq, r.Err, next)
			}
			if next++; next > n {
				return errEnough
			}
		}
		return nil
	})
	if err != errEnough {
		t.Fatalf("read: %v", err)
	}
}

func TestABucketThatIsNotThereYetMayCome(t *testing.T) {
	s := bustest.Run(t)
	b, err := bus.Connect(context.Background(), s.Config(), "early")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	if _, err := b.Bucket(context.Background(), "bf_idem"); fault.ClassOf(err) != fault.Transient {
		t.Errorf("Bucket before the streams are made = %v of class %q, want transient", err, fault.ClassOf(err))
	}
}
