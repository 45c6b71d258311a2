package dispatch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// step is a call about one check.
type step func(context.Context, providers.Request) (providers.Reply, error)

// send starts a check. One that exists because its page was made first is gone on with.
func (l *line) send(ctx context.Context, r providers.Request, kind string) (providers.Reply, error) {
	again := step(l.client.Poll)
	if known := r.Ref; kind == events.CallSend && len(known) > 0 {
		again = func(ctx context.Context, r providers.Request) (providers.Reply, error) {
			r.Ref = known
			return l.client.Send(ctx, r)
		}
	}
	reply, _, err := l.once(ctx, r, l.client.Send, again)
	return reply, err
}

// link makes a page for the subject. What the vendor needs for it is made under the operation of the check, so that it is not
// made again when the check is sent.
func (l *line) link(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if !l.client.CanLink() {
		return providers.Reply{}, fault.New(fault.Invalid, l.spec.Name+".link", "the vendor has no page for the subject")
	}
	if len(r.Ref) > 0 {
		return l.client.Link(ctx, r)
	}
	reply, looked, err := l.once(ctx, r, l.client.Link, l.client.Link)
	if looked { // it exists, and its page is still to be made
		r.Ref = reply.Ref
		return l.client.Link(ctx, r)
	}
	return reply, err
}

// once makes the first call about a check, and never twice. At a vendor that is idempotent that is the vendor's doing; at others
// the intent is written down before the call and what came of it after. If the check exists, again is called with its Ref. Looked
// says that the reply is what Look has found.
func (l *line) once(ctx context.Context, r providers.Request, first, again step) (reply providers.Reply, looked bool, err error) {
	if l.spec.Idempotent {
		reply, err = first(ctx, r)
		return reply, false, err
	}
	now := l.now()
	mine := once.Begin(now, l.spec.Timeout)
	value, rev, created, err := l.calls.Create(ctx, r.Operation, mine.Encode())
	if err != nil {
		return reply, false, noted(err)
	}
	if !created {
		was := new(once.Intent)
		if err := json.Unmarshal(value, was); err != nil {
			return reply, false, fault.New(fault.Malformed, "dispatch.intent", "what is written down about the call cannot be read")
		}
		plan := once.Decide(was, now)
		switch {
		case plan == once.Wait:
			return reply, false, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call may be under way elsewhere", RetryAfter: was.Until.Sub(now)}
		case plan == once.Poll:
			r.Ref = was.Ref
			reply, err = again(ctx, r)
			return reply, false, err
		case plan == once.Look && !l.client.CanLook():
			return reply, false, fault.New(fault.Invalid, "dispatch.intent", "whether the vendor has the check cannot be known, and it must not be paid for twice")
		case plan == once.Look:
			mine.At = was.At
		}
		mine.Ref = was.Ref
		if len(r.Ref) == 0 {
			r.Ref = was.Ref
		}
		var ok bool
		if rev, ok, err = l.calls.Update(ctx, r.Operation, mine.Encode(), rev); err != nil {
			return reply, false, noted(err)
		} else if !ok {
			return reply, false, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call is under way elsewhere", RetryAfter: l.spec.Timeout}
		}
		if plan == once.Look {
			reply, found, err := l.client.Look(ctx, r, was.At)
			if err != nil { // still not known
				mine.State, mine.Until = once.Lost, time.Time{}
				l.note(ctx, r.Operation, mine, rev)
				return reply, false, err
			}
			if found {
				l.note(ctx, r.Operation, mine.After(reply.Ref, nil), rev)
				return reply, true, nil
			}
		}
	}
	reply, err = first(ctx, r)
	l.note(ctx, r.Operation, mine.After(reply.Ref, err), rev)
	return reply, false, err
}

// note writes down what came of a call. When that fails the intent stays open, so the vendor is asked next time.
func (l *line) note(ctx context.Context, operation string, is once.Intent, rev uint64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, _, err := l.calls.Update(ctx, operation, is.Encode(), rev); err != nil {
		l.log.WarnContext(ctx, "outcome of a call not written down", "operation", operation, "class", string(fault.ClassOf(err)))
	}
}

// noted is the error of an intent that could not be written down: nothing was sent.
func noted(err error) error {
	if fault.ClassOf(err) == fault.Stopping {
		return err
	}
	return fault.New(fault.Transient, "dispatch.intent", "the intent cannot be written down; nothing was sent")
}
