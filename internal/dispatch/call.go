package dispatch

import (
	"context"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// outcome is what came of a call: an answer, or that it must be handed back unanswered.
type outcome struct {
	answer   events.CheckAnswered
	handBack error
}

// call makes one call.
func (l *line) call(ctx context.Context, t *task, c *events.Call) outcome {
	begun := l.now()
	reply, err := l.make(ctx, t, c, begun)
	ended := l.now()
	l.health.note(err, ended)
	if !reply.At.IsZero() {
		reply.At = ended.UTC() // by the clock that all dispatchers share: what they hear one after the other has that order
	}
	var o outcome
	switch {
	case fault.ClassOf(err) == fault.Stopping:
		o.handBack = err
	case err != nil:
		l.slowDown(err)
		o.answer = l.failure(t, c, err)
		if len(reply.Ref) > 0 {
			o.answer.Ref = reply.Ref
		}
		if len(reply.Exchanges) > 0 {
			o.answer.Evidence, _ = l.keep(ctx, t, &reply) // the failure is told in any case
		}
	default:
		o.answer = l.heard(ctx, t, c, &reply)
	}
	took := max(l.now().Sub(begun), 0)
	l.pace.Store(pace(l.pace.Load(), int64(took)))
	l.report(ctx, &o, took)
	return o
}

// pace follows the median of what calls take: one that a busy machine has held up says nothing of the vendor.
func pace(is, took int64) int64 {
	if took > is {
		return is + is/8 + 1
	}
	return is - is/8
}

// make gets the vendor's reply, from now on. It does not panic: what breaks a provider is Malformed.
func (l *line) make(ctx context.Context, t *task, c *events.Call, now time.Time) (reply providers.Reply, err error) {
	defer func() {
		if p := recover(); p != nil { // p may quote the reply or the person
			l.metrics.panicked(l.spec.Name)
			err = fault.New(fault.Malformed, l.spec.Name+"."+c.Kind, "the provider's code broke over this call")
		}
	}()
	if c.Kind == events.CallSend || c.Kind == events.CallResubmit {
		if !c.Deadline.IsZero() {
			left := c.Deadline.Sub(now)
			if left <= 0 {
				return reply, fault.New(fault.Invalid, l.spec.Name+"."+c.Kind, "the deadline has passed; nothing was sent")
			}
			if left < mostCall { // else the client's own bound comes first
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, left)
				defer cancel()
			}
		}
	}
	ctx = l.watch(ctx, c)
	r := l.request(t, c)
	switch c.Kind {
	case events.CallSend:
		return l.send(ctx, r)
	case events.CallPoll:
		return l.client.Poll(ctx, r)
	case events.CallResubmit:
		switch {
		case l.client.CanResubmit() && l.spec.Alone:
			return l.alone(ctx, r, l.client.Resubmit)
		case l.client.CanResubmit():
			return l.client.Resubmit(ctx, r)
		}
		return l.send(ctx, r)
	case events.CallLink:
		return l.link(ctx, r)
	case events.CallConclude:
		return l.client.Conclude(ctx, r)
	case events.CallErase:
		if !l.client.CanErase() {
			return reply, fault.New(fault.Invalid, l.spec.Name+".erase", events.CannotErase)
		}
		return l.client.Erase(ctx, r)
	}
	return reply, fault.New(fault.Invalid, l.spec.Name+".call", "a kind of call that is not known")
}

// report counts and logs what came of a call. Labels and lines hold no one's data, and labels no ids.
func (l *line) report(ctx context.Context, o *outcome, took time.Duration) {
	a := &o.answer
	if o.handBack != nil {
		l.metrics.called(l.spec.Name, "", "handed_back", string(fault.Stopping), took)
		return
	}
	l.metrics.called(l.spec.Name, a.Kind, a.Status, a.Class, took)
	if a.Class != "" {
		l.log.WarnContext(ctx, "call not done", "provider", a.Provider, "verification", a.ID, "check", a.Check, "operation", a.Operation,
			"kind", a.Kind, "try", a.Try, "status", a.Status, "class", a.Class, "why", a.Why)
	}
}
