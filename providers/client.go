package providers

import (
	"context"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// When a vendor that keeps failing is left alone, and for how long.
const (
	breakerRate   = 0.5
	breakerCalls  = 20
	breakerWindow = 10 * time.Second
	breakerPause  = 5 * time.Second
)

// Client is one connection to a vendor: what the dispatcher holds. It bounds every call in time and number and stops
// calling a vendor that only fails. It never retries. It is safe for concurrent use.
//
// Every error has a class. A call that was not made because the vendor is failing has class Transient and says in
// RetryAfter when it is worth trying; nothing was sent. Class Stopping says that ctx was cancelled and nothing of whether
// the vendor had heard of it: when the task comes back, a vendor that is not idempotent is asked with Look first.
type Client struct {
	def      Definition
	provider Provider
	looker   Looker // the capabilities, found on the bare provider; nil when it has none
	resubmit Resubmitter
	eraser   Eraser
	linker   Linker
	conclude Concluder

	http    *http.Client
	owned   bool
	slots   bulkhead.Bulkhead[any]
	breaker circuitbreaker.CircuitBreaker[any]
}

func newClient(d Definition, p Provider, h *http.Client, owned bool) *Client {
	c := &Client{def: d, provider: p, http: h, owned: owned}
	c.looker, _ = p.(Looker)
	c.resubmit, _ = p.(Resubmitter)
	c.eraser, _ = p.(Eraser)
	c.linker, _ = p.(Linker)
	c.conclude, _ = p.(Concluder)
	c.slots = bulkhead.New[any](uint(d.Spec.Concurrency))
	c.breaker = circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(breakerRate, breakerCalls, breakerWindow).
		WithDelay(breakerPause).
		WithSuccessThreshold(2).
		Build()
	return c
}

// Spec returns what is fixed about the vendor.
func (c *Client) Spec() Spec { return c.def.Spec }

// CanLook says whether Look finds out if a check exists already.
func (c *Client) CanLook() bool { return c.looker != nil }

// CanResubmit says whether Resubmit hands documents to an existing check; without it a resubmission is a new Send.
func (c *Client) CanResubmit() bool { return c.resubmit != nil }

// CanErase says whether Erase deletes the person at the vendor.
func (c *Client) CanErase() bool { return c.eraser != nil }

// CanLink says whether Link makes a page of the vendor for the subject.
func (c *Client) CanLink() bool { return c.linker != nil }

// CanConclude says whether Conclude tells the vendor what was decided.
func (c *Client) CanConclude() bool { return c.conclude != nil }

// Failing says that the vendor has failed too often and is left alone for a moment.
func (c *Client) Failing() bool { return c.breaker.IsOpen() }

// Send starts a check. See Provider.
func (c *Client) Send(ctx context.Context, r Request) (Reply, error) {
	return c.call(ctx, "send", func(ctx context.Context) (Reply, error) { return c.provider.Send(ctx, r) })
}

// Poll reads the truth about a check. See Provider.
func (c *Client) Poll(ctx context.Context, r Request) (Reply, error) {
	return c.call(ctx, "poll", func(ctx context.Context) (Reply, error) { return c.provider.Poll(ctx, r) })
}

// Look finds out whether a check exists already. See Looker. Without CanLook it is an error of class Invalid.
func (c *Client) Look(ctx context.Context, r Request, since time.Time, taken Taken) (reply Reply, found bool, err error) {
	if c.looker == nil {
		return Reply{}, false, c.cannot("look")
	}
	reply, err = c.call(ctx, "look", func(ctx context.Context) (rep Reply, err error) {
		rep, found, err = c.looker.Look(ctx, r, since, taken)
		return rep, err
	})
	return reply, found && err == nil, err
}

// Resubmit hands in documents. See Resubmitter. Without CanResubmit it is an error of class Invalid.
func (c *Client) Resubmit(ctx context.Context, r Request) (Reply, error) {
	if c.resubmit == nil {
		return Reply{}, c.cannot("resubmit")
	}
	return c.call(ctx, "resubmit", func(ctx context.Context) (Reply, error) { return c.resubmit.Resubmit(ctx, r) })
}

// Erase deletes the person at the vendor. See Eraser. Without CanErase it is an error of class Invalid.
func (c *Client) Erase(ctx context.Context, r Request) (Reply, error) {
	if c.eraser == nil {
		return Reply{}, c.cannot("erase")
	}
	return c.call(ctx, "erase", func(ctx context.Context) (Reply, error) { return c.eraser.Erase(ctx, r) })
}

// Link makes a page of the vendor for the subject. See Linker. Without CanLink it is an error of class Invalid.
func (c *Client) Link(ctx context.Context, r Request) (Reply, error) {
	if c.linker == nil {
		return Reply{}, c.cannot("link")
	}
	return c.call(ctx, "link", func(ctx context.Context) (Reply, error) { return c.linker.Link(ctx, r) })
}

// Conclude tells the vendor what was decided. See Concluder. Without CanConclude it is an error of class Invalid.
func (c *Client) Conclude(ctx context.Context, r Request) (Reply, error) {
	if c.conclude == nil {
		return Reply{}, c.cannot("conclude")
	}
	return c.call(ctx, "conclude", func(ctx context.Context) (Reply, error) { return c.conclude.Conclude(ctx, r) })
}

// Read says what a reply means. It is pure; a panic over a reply nobody foresaw is an error of class Malformed.
func (c *Client) Read(r Reply) (Outcome, error) { return c.def.Read(r) }

// Close lets go of idle connections. Calls in flight are not disturbed.
func (c *Client) Close() {
	if c.owned {
		c.http.CloseIdleConnections()
	}
}

func (c *Client) cannot(op string) error {
	return fault.New(fault.Invalid, c.named(op), "the provider cannot do that")
}

// named is what an operation is called outside, "sumsub.send".
func (c *Client) named(op string) string { return c.def.Spec.Name + "." + op }

// call does one bounded call.
func (c *Client) call(ctx context.Context, op string, do func(context.Context) (Reply, error)) (reply Reply, err error) {
	if err := c.slots.AcquirePermit(ctx); err != nil {
		return Reply{}, notMade(ctx, c.named(op))
	}
	defer c.slots.ReleasePermit()
	if !c.breaker.TryAcquirePermit() {
		return Reply{}, &fault.Error{Class: fault.Transient, Op: c.named(op), Reason: "not called: the provider keeps failing", RetryAfter: max(c.breaker.RemainingDelay(), time.Second)}
	}
	ctx, done := c.watched(ctx, op)
	err = errBroke // until do has come back
	defer func() { done(err) }()
	ok := false
	defer func() { // also when do panics: a permit that is never given back would keep the breaker half open
		if ok {
			c.breaker.RecordSuccess()
		} else {
			c.breaker.RecordFailure()
		}
	}()
	within, cancel := context.WithTimeout(ctx, c.def.Spec.Timeout)
	defer cancel()
	reply, err = do(within)
	if err != nil && fault.ClassOf(err) == fault.Unknown {
		err = fault.New(fault.Unknown, c.named(op), "failed for a reason that has no class") // its text may hold anything
	}
	if !answered(fault.ClassOf(err)) && ctx.Err() == context.Canceled {
		err = fault.New(fault.Stopping, c.named(op), "the call was given up") // by us: not the vendor's failure
	}
	ok = answered(fault.ClassOf(err))
	return reply, err
}

// notMade is the error of a call that never got a slot.
func notMade(ctx context.Context, op string) error {
	if ctx.Err() == context.Canceled {
		return fault.New(fault.Stopping, op, "given up before the call")
	}
	return fault.New(fault.Transient, op, "no free slot in time; nothing was sent")
}

// answered says that the vendor works, whatever it said.
func answered(c fault.Class) bool {
	switch c {
	case fault.Transient, fault.Ambiguous, fault.Unknown:
		return false
	}
	return true
}
