package dispatch

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// paging is a vendor that makes two checks of two requests, and pages.
type paging struct {
	vendor
	mu    sync.Mutex
	heard []string // "create", "go on", "page", "poll"
	fails error    // of the next call, after it was done
}

func newPaging() *paging {
	p := &paging{}
	p.send = func(_ context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		if len(r.Ref) > 0 {
			return p.does("go on", "pending")
		}
		return p.does("create", "pending")
	}
	p.poll = func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		return p.does("poll", "completed")
	}
	return p
}

func (p *paging) Link(_ context.Context, r providers.Request) (providers.Reply, error) {
	if len(r.Ref) > 0 {
		return p.does("page", "awaiting_subject")
	}
	return p.does("create", "awaiting_subject")
}

func (p *paging) does(what, status string) (providers.Reply, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, what)
	err := p.fails
	p.fails = nil
	if fault.ClassOf(err) == fault.Ambiguous {
		return providers.Reply{}, err
	}
	return says(status), err
}

func (p *paging) did() (did string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, what := range p.heard {
		did += what + ";"
	}
	return did
}

// pagesToo reads what paging says.
func pagesToo(r providers.Reply) (providers.Outcome, error) {
	o, err := plainly(r)
	if o.Status == "awaiting_subject" {
		o.Actions = []providers.Action{{Type: "open_link", URL: "https://acme.example/page", Message: "Hello Ana"}}
	}
	return o, err
}

func pagingSpec() providers.Spec {
	s := plainSpec()
	s.Pages = true
	return s
}

var known = jsontext.Value(`{"id":"a1"}`)

func TestWhatAPageNeedsIsMadeOnceAndTheCheckGoesOnWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newPaging()
	w.start("a", nil, open(t, pagingSpec(), v, pagesToo))
	w.post(w.task(1, events.Call{Kind: events.CallLink}))
	a := w.await(1)[0]
	if a.Status != events.AnswerAwaiting || len(a.Actions) != 1 || a.Actions[0].URL != "https://acme.example/page" || a.Actions[0].Message != "" || len(a.Findings) != 0 ||
		string(a.Ref) != string(known) || a.Evidence == nil {
		t.Errorf("the page: got %+v, want it, the Ref, evidence, and neither findings nor the person's name", a)
	}
	w.post(w.task(1, events.Call{Kind: events.CallLink, Try: 2})) // its answer was lost: the Ref is in the ledger
	w.await(2)
	w.post(w.task(1, events.Call{Kind: events.CallLink, Try: 3, Ref: known}))
	w.await(3)
	w.post(w.task(1, events.Call{Kind: events.CallSend, Try: 4, Ref: known}))
	if a := w.await(4)[3]; a.Status != events.AnswerPending {
		t.Errorf("the check: got %s (%s), want pending", a.Status, a.Why)
	}
	if got, want := v.did(), "create;page;page;go on;"; got != want {
		t.Errorf("the vendor was asked to %s want %s", got, want)
	}
}

func TestAPageWhoseVendorMayHaveMadeTheCheckIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newPaging()
	v.fails = fault.New(fault.Ambiguous, "acme.link", "no answer in time")
	w.start("a", nil, open(t, pagingSpec(), v, pagesToo))
	w.post(w.task(1, events.Call{Kind: events.CallLink}))
	w.await(1)
	w.post(w.task(1, events.Call{Kind: events.CallLink, Try: 2}))
	w.await(2)
	w.post(w.task(1, events.Call{Kind: events.CallSend, Try: 3}))
	for i, a := range w.await(3)[1:] {
		if a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) {
			t.Errorf("call %d: got %s %s, want failed invalid: nobody knows whether the check exists", i+2, a.Status, a.Class)
		}
	}
	if got := v.did(); got != "create;" {
		t.Errorf("the vendor was asked to %s want create once", got)
	}
}

// A step after the create failed: where the answer did not come to the log either, the ledger knows how far it got.
func TestWhatAFailedCallHasMadeIsGoneOnWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newPaging()
	v.fails = fault.New(fault.Transient, "acme.upload", "status 503")
	w.start("a", nil, open(t, pagingSpec(), v, pagesToo))
	w.post(w.task(1, events.Call{}))
	if a := w.await(1)[0]; a.Status != events.AnswerRetry || string(a.Ref) != string(known) {
		t.Fatalf("first: got %s with ref %s, want retry and the Ref", a.Status, a.Ref)
	}
	w.post(w.task(1, events.Call{Try: 2}))
	w.await(2)
	if got, want := v.did(), "create;go on;"; got != want {
		t.Errorf("the vendor was asked to %s want %s", got, want)
	}
}

func TestWhereThereIsNoPageThatIsTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	quiet := newPaging()
	w.start("a", nil, open(t, pagingSpec(), quiet, plainly))
	w.post(w.task(1, events.Call{Kind: events.CallLink, Ref: known}))
	if a := w.await(1)[0]; a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) || len(a.Ref) == 0 || len(a.Actions) != 0 {
		t.Errorf("a subject with nothing to do: got %+v, want failed invalid, with the Ref", a)
	}
}

func TestAVendorWithoutPagesIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start("a", nil, open(t, plainSpec(), &vendor{send: answering("pending")}, plainly))
	w.post(w.task(1, events.Call{Kind: events.CallLink}))
	if a := w.await(1)[0]; a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) {
		t.Errorf("got %s %s, want failed invalid", a.Status, a.Class)
	}
}

// A check that was sent exists: whoever is to send it again, because its answer came late or twice, asks how it is. That it has a
// Ref does not mean that there is no more of it than a page.
func TestWhatWasSentIsNotSentAgainBecauseItsRefIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newPaging()
	w.start("a", nil, open(t, pagingSpec(), v, pagesToo))
	w.post(w.task(1, events.Call{}))
	w.await(1)
	w.post(w.task(1, events.Call{Try: 2, Ref: known}))
	if a := w.await(2)[1]; a.Status != events.AnswerCompleted {
		t.Errorf("the second time: got %s (%s), want completed", a.Status, a.Why)
	}
	if got, want := v.did(), "create;poll;"; got != want {
		t.Errorf("the vendor was asked to %s want %s", got, want)
	}
}

// A check whose page was made first is sent once, not each time.
func TestACheckThatWentOnFromItsPageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newPaging()
	w.start("a", nil, open(t, pagingSpec(), v, pagesToo))
	w.post(w.task(1, events.Call{Kind: events.CallLink}))
	w.await(1)
	for try := 2; try <= 3; try++ {
		w.post(w.task(1, events.Call{Kind: events.CallSend, Try: try, Ref: known}))
		w.await(try)
	}
	if got, want := v.did(), "create;go on;poll;"; got != want {
		t.Errorf("the vendor was asked to %s want %s", got, want)
	}
}
