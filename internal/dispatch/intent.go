package dispatch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// send starts a check, and never twice. At a vendor that is idempotent that is the vendor's doing; at others the intent is
// written down before the call and what came of it after.
func (l *line) send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if l.spec.Idempotent {
		return l.client.Send(ctx, r)
	}
	now := l.now()
	mine := once.Begin(now, l.spec.Timeout)
	value, rev, created, err := l.calls.Create(ctx, r.Operation, mine.Encode())
	if err != nil {
		return providers.Reply{}, noted(err)
	}
	if !created {
		was := new(once.Intent)
		if err := json.Unmarshal(value, was); err != nil {
			return providers.Reply{}, fault.New(fault.Malformed, "dispatch.intent", "what is written down about the call cannot be read")
		}
		plan := once.Decide(was, now)
		switch {
		case plan == once.Wait:
			return providers.Reply{}, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call may be under way elsewhere", RetryAfter: was.Until.Sub(now)}
		case plan == once.Poll:
			r.Ref = was.Ref
			return l.client.Poll(ctx, r)
		case plan == once.Look && !l.client.CanLook():
			return providers.Reply{}, fault.New(fault.Invalid, "dispatch.intent", "whether the vendor has the check cannot be known, and it must not be paid for twice")
		case plan == once.Look:
			mine.At = was.At
		}
		var ok bool
		if rev, ok, err = l.calls.Update(ctx, r.Operation, mine.Encode(), rev); err != nil {
			return providers.Reply{}, noted(err)
		} else if !ok {
			return providers.Reply{}, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call is under way elsewhere", RetryAfter: l.spec.Timeout}
		}
		if plan == once.Look {
			reply, found, err := l.client.Look(ctx, r, was.At)
			if err != nil { // still not known
				mine.State, mine.Until = once.Lost, time.Time{}
				l.note(ctx, r.Operation, mine, rev)
				return reply, err
			}
			if found {
				l.note(ctx, r.Operation, mine.After(reply.Ref, nil), rev)
				return reply, nil
			}
		}
	}
	reply, err := l.client.Send(ctx, r)
	l.note(ctx, r.Operation, mine.After(reply.Ref, err), rev)
	return reply, err
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
