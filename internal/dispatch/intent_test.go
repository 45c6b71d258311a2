package dispatch

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// creating is a vendor that makes two checks of two requests, and can be asked what it has.
type creating struct {
	looking
	mu      sync.Mutex
	creates int
	looks   int
	made    map[string]bool
	during  func(ctx context.Context, creates int) error // after the check was created
}

func newCreating(during func(ctx context.Context, creates int) error) *creating {
	c := &creating{made: map[string]bool{}, during: during}
	c.send = func(ctx context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		c.mu.Lock()
		c.creates++
		c.made[r.ExternalID] = true
		n := c.creates
		c.mu.Unlock()
		if err := c.during(ctx, n); err != nil {
			return providers.Reply{}, err
		}
		return says("pending"), nil
	}
	c.poll = answering("completed")
	c.look = func(_ context.Context, r providers.Request, _ providers.Taken) (providers.Reply, bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.looks++
		return says("pending"), c.made[r.ExternalID], nil
	}
	return c
}

func (c *creating) counts() (creates, looks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.creates, c.looks
}

func plainSpec() providers.Spec {
	s := acmeSpec
	s.Idempotent = false
	return s
}

func TestACallThatWasHandedBackIsLookedForAndNotMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun := make(chan struct{}, 1)
	v := newCreating(func(ctx context.Context, n int) error {
		begun <- struct{}{}
		<-ctx.Done() // created, and the answer is lost
		return fault.New(fault.Stopping, "acme.send", "the call was given up")
	})
	first := w.start("a", func(c *Config) { c.StopTimeout = 50 * time.Millisecond }, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	<-begun
	first.end(t)
	if a := w.answers(); len(a) != 0 {
		t.Fatalf("answers: got %+v, want none of a call that was handed back", a)
	}
	w.start("b", nil, open(t, plainSpec(), v, plainly))
	a := w.await(1)[0]
	if creates, looks := v.counts(); a.Status != events.AnswerPending || string(a.Ref) != `{"id":"a1"}` || creates != 1 || looks != 1 {
		t.Errorf("got %s with ref %s after %d creates and %d looks; want pending, the ref, 1 and 1", a.Status, a.Ref, creates, looks)
	}
}

func TestACallOverWhichAProcessDiedIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newCreating(func(context.Context, int) error { return nil })
	task := w.task(1, events.Call{})
	v.made[task.ID+".c0"] = true // created before the crash; nothing but the intent was written down
	bucket, err := w.bus.Bucket(t.Context(), "bf_calls")
	if err != nil {
		t.Fatal(err)
	}
	died := time.Now().Add(-time.Minute)
	if _, _, _, err := bucket.Create(t.Context(), task.Calls[0].Operation, once.Intent{At: died, State: once.Open, Until: died.Add(time.Second)}.Encode()); err != nil {
		t.Fatal(err)
	}
	w.start("b", nil, open(t, plainSpec(), v, plainly))
	w.post(task)
	w.await(1)
	w.post(task)
	for _, a := range w.await(2) {
		if a.Status != events.AnswerPending && a.Status != events.AnswerCompleted {
			t.Errorf("answer: got %s (%s), want what the vendor has", a.Status, a.Why)
		}
	}
	if creates, _ := v.counts(); creates != 0 {
		t.Errorf("creates: got %d, want none", creates)
	}
}

// A dispatcher that is stopped or starved after it has written down what it is about to do has been taken for dead when it goes on.
func TestWhoWasHeldUpBeforeTheCallSendsNothing(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]providers.Spec{"once": plainSpec(), "alone": aloneSpec()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := newCreating(func(context.Context, int) error { return nil })
			began, looked := time.Now(), atomic.Int64{}
			slow := w.start("slow", func(c *Config) { // a minute goes by between any two things that it does
				c.Now = func() time.Time { return began.Add(time.Duration(looked.Add(1)) * time.Minute) }
			}, open(t, spec, v, plainly))
			w.post(w.task(1, events.Call{}))
			if a := w.await(1)[0]; a.Status != events.AnswerRetry || a.Class != string(fault.Transient) {
				t.Errorf("who was held up answers %s %s (%s), want retry, transient", a.Status, a.Class, a.Why)
			}
			if creates, _ := v.counts(); creates != 0 {
				t.Errorf("who was held up has sent %d times, want never", creates)
			}
			slow.end(t)
			w.start("other", nil, open(t, spec, v, plainly))
			w.post(w.task(1, events.Call{Try: 2}))
			a := w.await(2)[1]
			if creates, looks := v.counts(); a.Status != events.AnswerPending || creates != 1 || looks != 0 {
				t.Errorf("the next try is answered %s (%s) after %d creates and %d looks; want pending, 1 and 0", a.Status, a.Why, creates, looks)
			}
		})
	}
}

func TestAnAmbiguousCallIsLookedForAtTheNextTry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newCreating(func(_ context.Context, n int) error {
		return fault.New(fault.Ambiguous, "acme.send", "no answer in time")
	})
	w.start("a", nil, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	if a := w.await(1)[0]; a.Status != events.AnswerRetry || a.Class != string(fault.Ambiguous) {
		t.Fatalf("first: got %s %s, want retry ambiguous", a.Status, a.Class)
	}
	w.post(w.task(1, events.Call{Try: 2}))
	if a := w.await(2)[1]; a.Status != events.AnswerPending || a.Try != 2 {
		t.Errorf("second: got %s try %d, want pending", a.Status, a.Try)
	}
	w.post(w.task(1, events.Call{Try: 3}))
	if a := w.await(3)[2]; a.Status != events.AnswerCompleted {
		t.Errorf("third: got %s, want completed: it exists, so it is asked for", a.Status)
	}
	if creates, looks := v.counts(); creates != 1 || looks != 1 {
		t.Errorf("got %d creates and %d looks, want 1 and 1", creates, looks)
	}
}

func TestACallThatDidNotHappenIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newCreating(func(_ context.Context, n int) error {
		if n == 1 {
			return fault.New(fault.Transient, "acme.send", "status 503")
		}
		return nil
	})
	w.start("a", nil, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(1, events.Call{Try: 2}))
	if a := w.await(2)[1]; a.Status != events.AnswerPending {
		t.Errorf("second: got %s (%s), want pending", a.Status, a.Why)
	}
	if creates, looks := v.counts(); creates != 2 || looks != 0 {
		t.Errorf("got %d creates and %d looks, want 2 and 0", creates, looks)
	}
}

func TestAVendorThatCannotBeAskedIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := 0
	w.start("a", nil, open(t, plainSpec(), &vendor{send: func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		sent++
		return providers.Reply{}, fault.New(fault.Ambiguous, "acme.send", "no answer in time")
	}}, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(1, events.Call{Try: 2}))
	if a := w.await(2)[1]; a.Status != events.AnswerFailed || sent != 1 {
		t.Errorf("second: got %s after %d calls, want failed and 1", a.Status, sent)
	}
}

// A vendor that knows nothing of ours has two checks of one name. Who looks for his own does not take the other's, and what nobody
// has is made again.
func TestWhoLooksForACheckTakesNobodyElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := map[string]string{} // the vendor's id to the verification it was created for
	var mu sync.Mutex
	v := &looking{}
	v.send = func(_ context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(made) == 1 && r.Verification != made["one"] {
			made["no"] = "" // the vendor says no more than that it failed
			return providers.Reply{}, fault.New(fault.Ambiguous, "acme.send", "status 500")
		}
		id := map[bool]string{true: "one", false: "two"}[len(made) == 0]
		made[id] = r.Verification
		reply := says("pending")
		reply.Ref, reply.Made = jsontext.Value(`{"id":"`+id+`"}`), id
		return reply, nil
	}
	v.poll = answering("completed")
	v.look = func(ctx context.Context, r providers.Request, taken providers.Taken) (providers.Reply, bool, error) {
		mu.Lock()
		defer mu.Unlock()
		for id, of := range made {
			if of == "" {
				continue
			}
			if others, err := taken(ctx, id); err != nil || others {
				continue
			}
			reply := says("pending")
			reply.Ref, reply.Made = jsontext.Value(`{"id":"`+id+`"}`), id
			return reply, true, nil
		}
		return providers.Reply{}, false, nil
	}
	w.start("a", nil, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(2, events.Call{}))
	if a := w.await(2)[1]; a.Status != events.AnswerRetry {
		t.Fatalf("the second: got %s, want retry: the vendor failed", a.Status)
	}
	w.post(w.task(2, events.Call{Try: 2}))
	if a := w.await(3)[2]; a.Status != events.AnswerPending || string(a.Ref) != `{"id":"two"}` {
		t.Errorf("the second again: got %s with ref %s; want pending with its own, two", a.Status, a.Ref)
	}
}

// What was found and turned out to be another's, or whose cannot be written down, is not told of: the next try would take it for the
// check's own.
func TestWhatWasFoundIsNotToldOfUntilItIsKnownWhoseItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bucket, err := w.bus.Bucket(t.Context(), "bf_calls")
	if err != nil {
		t.Fatal(err)
	}
	v := &looking{}
	v.send = func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		return providers.Reply{}, fault.New(fault.Ambiguous, "acme.send", "status 500")
	}
	v.look = func(ctx context.Context, r providers.Request, taken providers.Taken) (providers.Reply, bool, error) {
		reply := says("pending")
		reply.Ref, reply.Made = jsontext.Value(`{"id":"one"}`), "one"
		if others, err := taken(ctx, "one"); err != nil || others {
			return providers.Reply{}, false, err
		}
		l := &line{spec: plainSpec(), calls: bucket} // another is quicker
		return reply, true, l.own(ctx, "one", "another")
	}
	w.start("a", nil, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(1, events.Call{Try: 2}))
	if a := w.await(2)[1]; a.Status != events.AnswerRetry || a.Class != string(fault.Ambiguous) || len(a.Ref) > 0 {
		t.Errorf("got %s %s with ref %q; want retry, ambiguous and none", a.Status, a.Class, a.Ref)
	}
}

// A look that goes on with what is there (Personr) may fail on the way: the next try goes on from there.
func TestWhatALookThatFailedHasGotToIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := &looking{}
	v.send = func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		return providers.Reply{}, fault.New(fault.Ambiguous, "acme.send", "status 500")
	}
	v.look = func(context.Context, providers.Request, providers.Taken) (providers.Reply, bool, error) {
		return providers.Reply{Ref: jsontext.Value(`{"id":"half"}`)}, false, fault.New(fault.Transient, "acme.upload", "status 503")
	}
	w.start("a", nil, open(t, plainSpec(), v, plainly))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(1, events.Call{Try: 2}))
	if a := w.await(2)[1]; a.Status != events.AnswerRetry || string(a.Ref) != `{"id":"half"}` {
		t.Errorf("got %s with ref %q; want retry with what it has got to", a.Status, a.Ref)
	}
}

// A vendor that can neither make two creates one nor be searched (Authologic; Personr, until it has named the applicant) is not asked
// to create again when an answer is lost, however often the call is tried and whoever tries it: the check ends, and says why.
func TestALostCreateAtAVendorThatCannotBeSearchedIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, class := range []fault.Class{fault.Ambiguous, fault.Malformed, fault.Unknown} {
		w := newWorld(t)
		var creates atomic.Int32
		lost := func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
			creates.Add(1)
			return providers.Reply{}, fault.New(class, "acme.send", "created perhaps")
		}
		first := w.start("a", nil, open(t, plainSpec(), &vendor{send: lost}, plainly))
		w.post(w.task(1, events.Call{}))
		if a := w.await(1)[0]; a.Status != events.AnswerRetry || a.Class != string(class) {
			t.Errorf("%s: first: got %s %s, want retry", class, a.Status, a.Class)
		}
		first.end(t)
		w.start("b", nil, open(t, plainSpec(), &vendor{send: lost}, plainly))
		for try := 2; try < 4; try++ {
			w.post(w.task(1, events.Call{Try: try}))
			if a := w.await(try)[try-1]; a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) || !strings.Contains(a.Why, "must not be paid for twice") {
				t.Errorf("%s: try %d: got %s %s (%s), want failed invalid that says why", class, try, a.Status, a.Class, a.Why)
			}
		}
		if n := creates.Load(); n != 1 {
			t.Errorf("%s: got %d creates, want 1", class, n)
		}
	}
}
