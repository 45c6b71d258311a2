package bus_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// appendTasks claims shard 0 and appends n tasks and n results.
func appendTasks(t *testing.T, b *bus.Bus, n int) {
	t.Helper()
	fill(t, b, n)
	l := claim(t, b, "a")
	ctx := within(t, 20*time.Second)
	for in := uint64(1); in <= uint64(n); in++ {
		r := task(idOn(0, 2, int(in)))
		r.Subject, r.InSeq = events.LogTaskSubject(0, "fake"), in
		h, body, err := events.Encode(events.Event{
			ID: fmt.Sprint(in), Source: "/test", Subject: idOn(0, 2, int(in)), Time: time.Unix(int64(in), 0),
			Data: events.VerificationDecided{View: events.View{ID: idOn(0, 2, int(in)), Tenant: "acme", Flow: "basic"}},
		})
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		d := bus.Record{Subject: events.LogResultSubject(0, "acme", "basic", "true"), Header: h, Data: body, InSeq: in, Ord: 1}
		if err := l.Append(ctx, []bus.Record{r, d}); err != nil {
			t.Fatalf("append: %v", err)
		}
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatalf("flush: %v", err)
	}
}

func TestTasksAndResultsFlowOutOfTheLog(t *testing.T) {
	modes(t, func(t *testing.T, cfg bus.Config) {
		const n = 500
		b := bustest.Connect(t, cfg, layoutFor(cfg))
		appendTasks(t, b, n)
		ctx := within(t, 30*time.Second)
		if _, err := b.Put(ctx, events.Event{ID: "r", Source: "/test", Time: time.Unix(1, 0), Data: events.VerificationRejected{
			ID: "vrf", Tenant: "acme",
		}}); err != nil {
			t.Fatalf("put rejected: %v", err)
		}
		results, rejected := 0, 0
		err := b.ReadResults(ctx, 0, func(batch []bus.Read) error {
			for _, r := range batch {
				switch r.Subject {
				case "bonafide.results.acme.basic.true":
					if results++; r.Err != nil || r.Event.ID != fmt.Sprint(results) {
						return fmt.Errorf("result %d is %q, %v", results, r.Event.ID, r.Err)
					}
				case "bonafide.results.acme._.rejected":
					rejected++
				default:
					return fmt.Errorf("result on %s", r.Subject)
				}
			}
			if results == n && rejected == 1 {
				return errEnough
			}
			return nil
		})
		if err != errEnough {
			t.Fatalf("got %d results and %d rejections, then %v; want %d and 1", results, rejected, err, n)
		}

		feed, err := b.Tasks(ctx, "fake")
		if err != nil {
			t.Fatalf("tasks: %v", err)
		}
		const atOnce = 7
		seen, now, most := map[string]int{}, 0, 0
		var mu sync.Mutex
		work, stop := context.WithCancel(ctx)
		err = feed.Each(work, atOnce, func(ctx context.Context, d *bus.Delivery) {
			mu.Lock()
			now++
			most = max(most, now)
			seen[d.Event.Subject]++
			all := len(seen) == n
			mu.Unlock()
			if d.Err != nil || d.Stream != "BF_TASK_FAKE" || d.Attempt != 1 {
				t.Errorf("task %d of %s, attempt %d: %v", d.Seq, d.Stream, d.Attempt, d.Err)
			}
			if err := d.Settle(ctx, nil); err != nil {
				t.Errorf("settle: %v", err)
			}
			mu.Lock()
			now--
			mu.Unlock()
			if all {
				stop()
			}
		})
		if err != nil || len(seen) != n || most > atOnce {
			t.Fatalf("got %v, %d tasks, %d at once; want %d, at most %d", err, len(seen), most, n, atOnce)
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("task of %s came %d times", id, times)
			}
		}
	})
}

func TestSettleDecidesWhatComesAgain(t *testing.T) {
	modes(t, func(t *testing.T, cfg bus.Config) {
		b := bustest.Connect(t, cfg, layoutFor(cfg))
		appendTasks(t, b, 8)
		ctx := within(t, 30*time.Second)
		feed, err := b.Tasks(ctx, "fake")
		if err != nil {
			t.Fatalf("tasks: %v", err)
		}
		classes := []fault.Class{
			fault.None, fault.Transient, fault.RateLimited, fault.Ambiguous, fault.Invalid, fault.Unauthorized, fault.Malformed, fault.Stopping,
		}
		var first []*bus.Delivery
		for len(first) < len(classes) {
			got, err := feed.Fetch(ctx, len(classes)-len(first), 5*time.Second)
			if err != nil {
				t.Fatalf("fetch: %v", err)
			}
			first = append(first, got...)
		}
		want := map[uint64]fault.Class{}
		for i, d := range first {
			var settle error
			switch classes[i] {
			case fault.None:
			case fault.Invalid, fault.Malformed:
				settle = fault.New(classes[i], "test", "")
			case fault.RateLimited:
				settle = &fault.Error{Class: classes[i], Op: "test", RetryAfter: 700 * time.Millisecond}
				want[d.Seq] = classes[i]
			default:
				settle = fault.New(classes[i], "test", "")
				want[d.Seq] = classes[i]
			}
			if err := d.Settle(ctx, settle); err != nil {
				t.Fatalf("settle %v: %v", settle, err)
			}
		}
		start := time.Now()
		for len(want) > 0 {
			got, err := feed.Fetch(ctx, 8, 3*time.Second)
			if err != nil || len(got) == 0 {
				t.Fatalf("fetch: got %v, %v; still want %v", got, err, want)
			}
			for _, d := range got {
				class, ok := want[d.Seq]
				if !ok || d.Attempt != 2 {
					t.Fatalf("task %d came again, attempt %d; it must not", d.Seq, d.Attempt)
				}
				after := time.Since(start)
				switch {
				case class == fault.Stopping && after > 200*time.Millisecond:
					t.Errorf("a task handed back came after %v, want at once", after)
				case class == fault.RateLimited && after < 600*time.Millisecond:
					t.Errorf("a rate-limited task came after %v, want 700 ms", after)
				case class == fault.Transient && after < 200*time.Millisecond:
					t.Errorf("a failed task came after %v, want a rest", after)
				}
				delete(want, d.Seq)
				if err := d.Settle(ctx, nil); err != nil {
					t.Fatalf("settle: %v", err)
				}
			}
		}
		if got, err := feed.Fetch(ctx, 8, 400*time.Millisecond); err != nil || len(got) != 0 {
			t.Fatalf("after everything was settled: got %d tasks, %v", len(got), err)
		}
	})
}

func TestSettledRequestsAreRemoved(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 20*time.Second)
	for i := range 5 {
		if _, err := b.PutRequest(ctx, "acme", events.Event{ID: fmt.Sprint(i), Source: "/test", Time: time.Unix(1, 0),
			Data: events.VerificationRequested{Flow: "basic"}}); err != nil {
			t.Fatalf("put: %v", err)
		}
	}
	feed, err := b.Requests(ctx)
	if err != nil {
		t.Fatalf("requests: %v", err)
	}
	got, err := feed.Fetch(ctx, 5, 2*time.Second)
	if err != nil || len(got) != 5 {
		t.Fatalf("fetch: got %d, %v; want 5", len(got), err)
	}
	for _, d := range got {
		if d.Tenant() != "acme" || d.Err != nil {
			t.Fatalf("request: tenant %q, %v", d.Tenant(), d.Err)
		}
		if d.Seq != 4 {
			if err := d.Settle(ctx, nil); err != nil {
				t.Fatalf("settle: %v", err)
			}
		}
	}
	until(t, "two requests to be left", func() bool {
		if err := b.PurgeRequests(ctx); err != nil {
			t.Fatalf("purge: %v", err)
		}
		n, err := bus.Messages(ctx, b, "REQUESTS")
		return err == nil && n == 2 // the unsettled one and the one after it
	})
}

// until polls for at most ten seconds.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("waited 10 s for %s", what)
}
