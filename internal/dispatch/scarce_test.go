package dispatch

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// screener is a vendor that can be asked for two things, one of which it allows hardly ever.
type screener struct {
	mu       sync.Mutex
	plain    []time.Time
	scarce   []time.Time
	refusals int // of scarce requests that are still to come
}

func (s *screener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != "/scarce" {
		s.plain = append(s.plain, time.Now())
		return
	}
	s.scarce = append(s.scarce, time.Now())
	if s.refusals > 0 {
		s.refusals--
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func (s *screener) asked() (plain, scarce []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.plain), slices.Clone(s.scarce)
}

// asking is a client whose polls make one scarce request, and whose sends make ordinary ones.
func asking(url string) *vendor {
	one := func(ctx context.Context, h *http.Client, path string) (providers.Reply, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
		if err != nil {
			return providers.Reply{}, err
		}
		res, err := h.Do(r)
		if err != nil {
			return providers.Reply{}, &fault.Error{Class: fault.ClassOf(err), Op: "acme.poll", RetryAfter: fault.RetryAfter(err), Scope: fault.Scope(err)}
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests {
			wait, _ := time.ParseDuration(res.Header.Get("Retry-After") + "s")
			return providers.Reply{}, &fault.Error{Class: fault.RateLimited, Op: "acme.poll", Reason: "status 429", RetryAfter: wait, Scope: providers.ScarceKind(ctx)}
		}
		return says("completed"), nil
	}
	return &vendor{
		send: func(ctx context.Context, h *http.Client, _ providers.Request) (providers.Reply, error) {
			return one(ctx, h, "/plain")
		},
		poll: func(ctx context.Context, h *http.Client, _ providers.Request) (providers.Reply, error) {
			return one(providers.WithScarce(ctx, "aml"), h, "/scarce")
		},
	}
}

// A vendor that refuses one kind of request is left alone with that kind, by every replica and by who takes the connection over,
// and gets the others as before.
func TestARefusalOfOneKindHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := &screener{refusals: 1}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Rate, spec.Scarce = providers.Rate{Calls: 200, Per: time.Second}, map[string]providers.Rate{"aml": {Calls: 100, Per: time.Second}}
	n := 0
	next := func(kind string) events.CheckAnswered {
		w.post(w.task(n, events.Call{Kind: kind}))
		n++
		answers := w.await(n)
		return answers[len(answers)-1]
	}
	first := w.start("a", nil, open(t, spec, asking(s.URL), plainly))
	refused := time.Now()
	if a := next(events.CallPoll); a.Class != string(fault.RateLimited) || a.RetryAfter != 3000 {
		t.Fatalf("refused by the vendor: got %s after %d ms, want rate_limited after 3000", a.Class, a.RetryAfter)
	}
	w.start("b", nil, open(t, spec, asking(s.URL), plainly))
	for range 3 {
		if a := next(events.CallSend); a.Status != events.AnswerCompleted {
			t.Errorf("another kind: got %s %s, want completed", a.Status, a.Class)
		}
	}
	if a := next(events.CallPoll); a.Class != string(fault.RateLimited) || a.RetryAfter < 1000 {
		t.Errorf("the same kind again: got %s %s after %d ms, want rate_limited for the rest of the 3 s", a.Status, a.Class, a.RetryAfter)
	}
	first.end(t) // whoever has the connection then knows of it
	if a := next(events.CallPoll); a.Class != string(fault.RateLimited) {
		t.Errorf("the same kind at the next owner: got %s %s, want rate_limited", a.Status, a.Class)
	}
	if a := next(events.CallSend); a.Status != events.AnswerCompleted {
		t.Errorf("another kind at the next owner: got %s %s, want completed", a.Status, a.Class)
	}
	took := time.Since(refused)
	plain, scarce := srv.asked()
	if len(plain) != 4 || len(scarce) != 1 || took > 3*time.Second {
		t.Errorf("got %d ordinary and %d scarce requests in %v, want 4 and 1 while the vendor's 3 s last", len(plain), len(scarce), took)
	}
	eventually(t, "the kind to be asked for again", func() bool { return next(events.CallPoll).Status == events.AnswerCompleted })
}

// The rate of one kind is kept over all replicas, and who waits for it waits outside: what is not scarce goes on.
func TestAScarceKindHasARateOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := &screener{}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Concurrency = 2
	spec.Rate, spec.Scarce = providers.Rate{Calls: 500, Per: time.Second}, map[string]providers.Rate{"aml": {Calls: 4, Per: time.Minute}}
	w.start("a", nil, open(t, spec, asking(s.URL), plainly))
	w.start("b", nil, open(t, spec, asking(s.URL), plainly))
	const each = 20
	for i := range each {
		w.post(w.task(2*i, events.Call{Kind: events.CallPoll}))
		w.post(w.task(2*i+1, events.Call{Kind: events.CallSend}))
	}
	done := map[string]int{}
	for _, a := range w.await(2 * each) {
		done[a.Kind+" "+a.Status+" "+a.Class]++
	}
	plain, scarce := srv.asked()
	if len(plain) != each || len(scarce) > 4 || len(scarce) == 0 || done["send completed "] != each || done["poll retry rate_limited"] != each-len(scarce) {
		t.Errorf("got %d ordinary and %d scarce requests, %v; want %d, at most 4, and the rest refused until later", len(plain), len(scarce), done, each)
	}
}
