package dispatch

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// resubmitting is a vendor that takes documents again.
type resubmitting struct{ vendor }

func (v *resubmitting) Resubmit(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.send(ctx, v.http, r)
}

func aloneSpec() providers.Spec {
	s := acmeSpec
	s.Alone = true
	return s
}

// What a dispatcher had that died comes again, and then two tries of one operation may be there at once.
func TestTwoTriesOfOneOperationDoNotOverlapWhereThatMayBePaidTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{events.CallSend, events.CallResubmit} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			begun, release := make(chan struct{}, 2), make(chan struct{})
			var sends atomic.Int64
			v := &resubmitting{vendor{poll: answering("completed"), send: func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
				sends.Add(1)
				begun <- struct{}{}
				<-release
				return says("pending"), nil
			}}}
			w.start("a", nil, open(t, aloneSpec(), v, plainly))
			w.start("b", nil, open(t, aloneSpec(), v, plainly))
			let := sync.OnceFunc(func() { close(release) })
			t.Cleanup(let)
			w.post(w.task(1, events.Call{Kind: kind, Try: 2}), w.task(2, events.Call{Kind: kind}), w.task(1, events.Call{Kind: kind, Try: 3}))
			<-begun
			<-begun // the other verification is not held up
			first := w.await(1)[0]
			if first.ID != idOf(1) || first.Status != events.AnswerRetry || first.Class != string(fault.Transient) || first.RetryAfter <= 0 {
				t.Errorf("while one try is made the other is answered %s %s, again after %d ms; want retry, transient, and when", first.Status, first.Class, first.RetryAfter)
			}
			let()
			for _, a := range w.await(3)[1:] {
				if a.Status != events.AnswerPending {
					t.Errorf("%s: got %s (%s), want pending", a.ID, a.Status, a.Why)
				}
			}
			if n := sends.Load(); n != 2 {
				t.Errorf("got %d sends, want one of each verification", n)
			}
			w.post(w.task(1, events.Call{Kind: kind, Try: 4}))
			if a := w.await(4)[3]; a.Status != events.AnswerPending {
				t.Errorf("when none is under way: got %s (%s), want pending", a.Status, a.Why)
			}
		})
	}
}

func TestACallThatNobodyCanBeMakingAnyMoreIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.task(1, events.Call{})
	bucket, err := w.bus.Bucket(t.Context(), "bf_calls")
	if err != nil {
		t.Fatal(err)
	}
	died := time.Now().Add(-time.Minute)
	if _, _, _, err := bucket.Create(t.Context(), task.Calls[0].Operation, once.Intent{At: died, State: once.Open, Until: died.Add(time.Second)}.Encode()); err != nil {
		t.Fatal(err)
	}
	w.start("a", nil, open(t, aloneSpec(), &vendor{send: answering("pending")}, plainly))
	w.post(task)
	if a := w.await(1)[0]; a.Status != events.AnswerPending {
		t.Errorf("got %s (%s), want pending", a.Status, a.Why)
	}
}
