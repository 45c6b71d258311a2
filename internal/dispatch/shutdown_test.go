package dispatch

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/providers"
)

// One dispatcher after the other is told to stop under load. What it has begun it finishes and settles before it is gone, and
// what it has not begun goes to the next at once: every call is made once, and none waits until the broker misses it.
func TestStoppingUnderLoadRepeatsNothingThatIsDone(t *testing.T) {
	t.Parallel()
	rated := acmeSpec
	rated.Rate = providers.Rate{Calls: 1000, Per: time.Second}
	for name, spec := range map[string]providers.Spec{"shared": acmeSpec, "rated": rated} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const tasks, stops = 240, 8
			w := newWorld(t)
			var mu sync.Mutex
			times, some := map[string]int{}, make(chan struct{}, tasks)
			v := &vendor{send: func(ctx context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
				mu.Lock()
				times[r.Operation]++
				mu.Unlock()
				some <- struct{}{}
				select {
				case <-time.After(25 * time.Millisecond):
				case <-ctx.Done():
					t.Errorf("%s was given up", r.Operation)
				}
				return says("completed"), nil
			}}
			for n := range tasks {
				w.post(w.task(n, events.Call{}))
			}
			began := time.Now()
			for range stops {
				b, err := bus.Connect(t.Context(), w.at, "dispatcher")
				if err != nil {
					t.Fatal(err)
				}
				if err := b.Await(t.Context()); err != nil {
					t.Fatal(err)
				}
				d := w.start("d", func(c *Config) { c.Bus = b }, open(t, spec, v, plainly))
				for range tasks / (2 * stops) {
					<-some
				}
				d.end(t)
				if err := b.Close(t.Context()); err != nil {
					t.Errorf("close: %v", err)
				}
			}
			w.start("last", nil, open(t, spec, v, plainly))
			answers := w.await(tasks)
			if took := time.Since(began); took > taskWait {
				t.Errorf("all answers took %v: something waited until the broker missed it", took)
			}
			if len(answers) != tasks {
				t.Errorf("%d answers of %d tasks", len(answers), tasks)
			}
			mu.Lock()
			defer mu.Unlock()
			for op, n := range times {
				if n != 1 {
					t.Errorf("%s was done %d times, want once", op, n)
				}
			}
		})
	}
}

// A call may take longer than the broker waits for word of its task: it is told meanwhile that somebody has it.
func TestACallThatTakesLongIsMadeOnce(t *testing.T) {
	t.Parallel()
	const wait = time.Second
	w := newWorldOf(t, wait)
	var calls atomic.Int32
	v := &vendor{send: func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		calls.Add(1)
		time.Sleep(3 * wait) // the time that a call takes is what this is about
		return says("completed"), nil
	}}
	w.start("first", nil, open(t, acmeSpec, v, plainly))
	w.start("second", nil, open(t, acmeSpec, v, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	if n := calls.Load(); n != 1 {
		t.Errorf("the call was made %d times, want once", n)
	}
}
