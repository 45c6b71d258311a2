package dispatch

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// counter is a vendor's server that notes when requests come.
type counter struct {
	mu     sync.Mutex
	at     []time.Time
	status func(n int) (status int, retryAfter string)
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	c.at = append(c.at, time.Now())
	status, after := http.StatusOK, ""
	if c.status != nil {
		status, after = c.status(len(c.at))
	}
	c.mu.Unlock()
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(status)
}

func (c *counter) times() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Time(nil), c.at...)
}

// most returns the most requests in any window.
func most(at []time.Time, per time.Duration) int {
	worst := 0
	for i := range at {
		n := 0
		for _, t := range at[i:] {
			if t.Sub(at[i]) < per {
				n++
			}
		}
		worst = max(worst, n)
	}
	return worst
}

// over returns a Send that makes a number of requests to a server.
func over(url string, requests int) *vendor {
	return &vendor{send: func(ctx context.Context, h *http.Client, _ providers.Request) (providers.Reply, error) {
		for range requests {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
			if err != nil {
				return providers.Reply{}, err
			}
			res, err := h.Do(r)
			if err != nil {
				return providers.Reply{}, fault.Wrap(fault.Transient, "acme.send", fmt.Errorf("no answer"))
			}
			_ = res.Body.Close()
			switch {
			case res.StatusCode == http.StatusTooManyRequests:
				wait, _ := time.ParseDuration(res.Header.Get("Retry-After") + "s")
				return providers.Reply{}, &fault.Error{Class: fault.RateLimited, Op: "acme.send", Reason: "status 429", RetryAfter: wait}
			case res.StatusCode != http.StatusOK:
				return providers.Reply{}, fault.New(fault.Transient, "acme.send", fmt.Sprintf("status %d", res.StatusCode))
			}
		}
		return says("completed"), nil
	}}
}

func TestTwoDispatchersKeepOneRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := &counter{}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Rate = providers.Rate{Calls: 20, Per: time.Second}
	const tasks = 40
	for n := range tasks {
		w.post(w.task(n, events.Call{}))
	}
	first := w.start("a", nil, open(t, spec, over(s.URL, 2), plainly))
	w.start("b", nil, open(t, spec, over(s.URL, 2), plainly))
	w.await(tasks / 3)
	first.end(t) // the other one takes over, if this one had the connection
	third := w.start("c", nil, open(t, spec, over(s.URL, 2), plainly))
	w.await(tasks)
	third.end(t)
	at := srv.times()
	if got := most(at, spec.Rate.Per); got > spec.Rate.Calls {
		t.Errorf("requests in one window: got %d, want at most %d", got, spec.Rate.Calls)
	}
	if len(at) != 2*tasks {
		t.Errorf("requests: got %d, want %d", len(at), 2*tasks)
	}
	if took := at[len(at)-1].Sub(at[0]); took > 10*time.Second {
		t.Errorf("%d requests took %v: slower than the rate by far", len(at), took)
	}
}

func TestAConnectionThatWasNotClosedCountsAsSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := acmeSpec
	spec.Rate = providers.Rate{Calls: 10, Per: time.Minute}
	bucket, err := w.bus.Bucket(t.Context(), "bf_calls")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	l := &line{Dispatcher: &Dispatcher{now: func() time.Time { return now }}, spec: spec, calls: bucket}
	p, err := l.openPurse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := p.spend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(3 * time.Second) // p crashed: what it wrote down last is from before it spent
	q, err := l.openPurse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(q.window.log); n < 3 {
		t.Errorf("spent after a crash: got %d, want at least the 3", n)
	}
	now = now.Add(checkpointEvery)
	if err := p.spend(t.Context()); fault.ClassOf(err) != fault.Transient {
		t.Errorf("spending of who lost the connection: got %v, want a refusal", err)
	}
	q.close(t.Context())
	spent := len(q.window.log)
	r, err := l.openPurse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.window.log) != spent {
		t.Errorf("spent after an orderly end: got %d, want %d", len(r.window.log), spent)
	}
}

// A broker may store what is spent and be cut off before it says so. Then the owner's next word is refused as somebody else's
// would be; it has to take the connection anew, and not to refuse every call for as long as it has the lease.
func TestAConnectionWhoseLedgerHasMovedIsTakenAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := &counter{}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Rate = providers.Rate{Calls: 1000, Per: time.Second}
	w.start("a", nil, open(t, spec, over(s.URL, 1), plainly))
	n := 0
	next := func() events.CheckAnswered {
		w.post(w.task(n, events.Call{}))
		n++
		answers := w.await(n)
		return answers[len(answers)-1]
	}
	if a := next(); a.Status != events.AnswerCompleted {
		t.Fatalf("first call: got %s (%s), want completed", a.Status, a.Why)
	}
	bucket, err := w.bus.Bucket(t.Context(), "bf_calls")
	if err != nil {
		t.Fatal(err)
	}
	value, rev, ok, err := bucket.Get(t.Context(), "rate."+spec.Name)
	if err == nil && ok {
		_, ok, err = bucket.Update(t.Context(), "rate."+spec.Name, value, rev)
	}
	if err != nil || !ok {
		t.Fatalf("ledger: %t, %v", ok, err)
	}
	var refused events.CheckAnswered
	eventually(t, "a refusal", func() bool { refused = next(); return refused.Status != events.AnswerCompleted })
	if refused.Status != events.AnswerRetry || refused.Class != string(fault.Transient) {
		t.Errorf("call of who lost the connection: got %s %s, want retry transient", refused.Status, refused.Class)
	}
	eventually(t, "the connection to work again", func() bool { return next().Status == events.AnswerCompleted })
}

func TestNoWindowSeesMoreThanTheRate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		calls, per := 1+rnd.IntN(40), time.Duration(1+rnd.IntN(60))*time.Second
		w := newWindow(calls, per)
		now := time.Unix(1700000000, 0)
		var at []time.Time
		for range 5 * calls {
			if rnd.IntN(10) == 0 {
				now = now.Add(time.Duration(rnd.Int64N(int64(2 * per))))
			}
			next := w.next(now)
			if next.Before(now) {
				t.Fatalf("next: got %v, want not before %v", next, now)
			}
			now = next
			w.take(now)
			at = append(at, now)
		}
		if got := most(at, per); got > calls {
			t.Errorf("%d calls in %v: got %d in one window", calls, per, got)
		}
		if len(w.log) > calls {
			t.Errorf("%d calls in %v: remembers %d", calls, per, len(w.log))
		}
	}
}

func TestAVendorThatIsCalledTooOftenIsLeftAloneForAsLongAsItSays(t *testing.T) {
	for _, rate := range []providers.Rate{{}, {Calls: 50, Per: time.Second}} {
		w := newWorld(t)
		srv := &counter{status: func(n int) (int, string) {
			if n == 1 {
				return http.StatusTooManyRequests, "2"
			}
			return http.StatusOK, ""
		}}
		s := httptest.NewServer(srv)
		t.Cleanup(s.Close)
		spec := acmeSpec
		spec.Rate, spec.Concurrency = rate, 1
		w.start("a", nil, open(t, spec, over(s.URL, 1), plainly))
		w.post(w.task(1, events.Call{}))
		if a := w.await(1)[0]; a.Status != events.AnswerRetry || a.Class != string(fault.RateLimited) || a.RetryAfter != 2000 {
			t.Fatalf("rate %+v: got %s %s after %d ms, want retry rate_limited 2000", rate, a.Status, a.Class, a.RetryAfter)
		}
		w.post(w.task(2, events.Call{}))
		w.await(2)
		if at := srv.times(); len(at) != 2 || at[1].Sub(at[0]) < 1900*time.Millisecond {
			t.Errorf("rate %+v: requests at %v, want two, 2 s apart", rate, at)
		}
	}
}

func TestAVendorThatKeepsFailingIsProbedUntilItWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	healed := false
	srv := &counter{status: func(int) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		if healed {
			return http.StatusOK, ""
		}
		return http.StatusInternalServerError, ""
	}}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Concurrency = 2
	w.start("a", func(c *Config) { c.Registerer = w.reg }, open(t, spec, over(s.URL, 1), plainly))
	const tasks = 40
	for n := range tasks {
		w.post(w.task(n, events.Call{}))
	}
	eventually(t, "the breaker to open", func() bool { return len(srv.times()) >= 20 && w.gauge("bonafide_breaker_open") == 1 })
	before := len(srv.times())
	if before > 25 {
		t.Errorf("requests to a vendor that only fails: got %d, want about 20", before)
	}
	if got := len(w.answers()); got >= tasks {
		t.Errorf("tasks taken while the vendor fails: got all %d, want that the rest waits", got)
	}
	mu.Lock()
	healed = true
	mu.Unlock()
	done := 0
	for _, a := range w.await(tasks) {
		if a.Status == events.AnswerCompleted {
			done++
		}
	}
	if done == 0 || w.gauge("bonafide_breaker_open") != 0 {
		t.Errorf("after the vendor works again: %d completed, breaker %v; want some and closed", done, w.gauge("bonafide_breaker_open"))
	}
}

// gauge returns a gauge's value.
func (w *world) gauge(name string) float64 {
	w.t.Helper()
	families, err := w.reg.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}
