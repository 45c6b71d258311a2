package dispatch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// step is a call about one check.
type step func(context.Context, providers.Request) (providers.Reply, error)

// send starts a check. One whose page was made first is gone on with; one that was sent before is asked for.
func (l *line) send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if l.spec.Idempotent && l.spec.Alone {
		return l.alone(ctx, r, l.client.Send)
	}
	reply, _, err := l.once(ctx, r, false, l.client.Send, l.client.Poll)
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
	reply, looked, err := l.once(ctx, r, true, l.client.Link, l.client.Link)
	if looked { // it exists, and its page is still to be made
		r.Ref = reply.Ref
		return l.client.Link(ctx, r)
	}
	return reply, err
}

// once makes the first call about a check, and never twice. At a vendor that is idempotent that is the vendor's doing; at others
// the intent is written down before the call and what came of it after. Page says that first makes a page: of the check that is
// there then, no more than what the page needs. If there is that much and first is to send, it is called with its Ref; if the check
// is there, again is. Looked says that the reply is what Look has found.
func (l *line) once(ctx context.Context, r providers.Request, page bool, first, again step) (reply providers.Reply, looked bool, err error) {
	if l.spec.Idempotent {
		reply, err = first(ctx, r)
		return reply, false, err
	}
	now := l.now()
	mine := once.Begin(now, l.spec.Timeout)
	mine.Page = page
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
			return reply, false, underWay(was.Until.Sub(now))
		case plan == once.Poll && was.Page && !page:
			r.Ref = was.Ref
			reply, err = l.goOn(ctx, r, first, *was, rev)
			return reply, false, err
		case plan == once.Poll:
			r.Ref = was.Ref
			reply, err = again(ctx, r)
			return reply, false, err
		case plan == once.Look && !l.client.CanLook():
			return reply, false, fault.New(fault.Invalid, "dispatch.intent", "whether the vendor has the check cannot be known, and it must not be paid for twice")
		case plan == once.Look:
			mine.At, mine.Page = was.At, was.Page // what may be there is what was being made
		}
		mine.Ref = was.Ref
		if len(r.Ref) == 0 {
			r.Ref = was.Ref
		}
		var ok bool
		if rev, ok, err = l.calls.Update(ctx, r.Operation, mine.Encode(), rev); err != nil {
			return reply, false, noted(err)
		} else if !ok {
			return reply, false, underWay(l.spec.Timeout)
		}
		if plan == once.Look {
			reply, found, err := l.client.Look(ctx, r, was.At, l.taken(r.Operation))
			if err == nil {
				if err = l.own(ctx, reply.Made, r.Operation); err != nil {
					reply.Ref = nil // maybe another's: nobody hears of it
				}
			}
			if err != nil { // still not known
				mine.State, mine.Until = once.Lost, time.Time{}
				l.note(ctx, r.Operation, mine, rev)
				return reply, false, err
			}
			if found {
				is := mine.After(reply.Ref, nil)
				rev = l.note(ctx, r.Operation, is, rev)
				if is.Page && !page {
					r.Ref = is.Ref
					reply, err = l.goOn(ctx, r, first, is, rev)
					return reply, false, err
				}
				return reply, true, nil
			}
			// Looking took its time, and the call has all of its own.
			mine.Until, mine.Page = once.Begin(l.now(), l.spec.Timeout).Until, page
			if rev, ok, err = l.calls.Update(ctx, r.Operation, mine.Encode(), rev); err != nil {
				return reply, false, noted(err)
			} else if !ok {
				return reply, false, underWay(l.spec.Timeout)
			}
		}
	}
	reply, err = l.inTime(ctx, r, mine, first)
	if err == nil {
		if err = l.own(ctx, reply.Made, r.Operation); err != nil {
			reply = providers.Reply{} // it is looked for next time, and must be found
		}
	}
	l.note(ctx, r.Operation, mine.After(reply.Ref, err), rev)
	return reply, false, err
}

// alone makes a call that may be made again, but not while the same is under way: of a dead dispatcher's two tries the one can come
// again while the other is made.
func (l *line) alone(ctx context.Context, r providers.Request, call step) (reply providers.Reply, err error) {
	now := l.now()
	mine := once.Begin(now, l.spec.Timeout)
	value, rev, created, err := l.calls.Create(ctx, r.Operation, mine.Encode())
	if err != nil {
		return reply, noted(err)
	}
	if !created {
		was := new(once.Intent)
		if err := json.Unmarshal(value, was); err != nil {
			return reply, fault.New(fault.Malformed, "dispatch.intent", "what is written down about the call cannot be read")
		}
		if once.Decide(was, now) == once.Wait {
			return reply, underWay(was.Until.Sub(now))
		}
		mine.Ref = was.Ref
		var ok bool
		if rev, ok, err = l.calls.Update(ctx, r.Operation, mine.Encode(), rev); err != nil {
			return reply, noted(err)
		} else if !ok {
			return reply, underWay(l.spec.Timeout)
		}
	}
	reply, err = l.inTime(ctx, r, mine, call)
	l.note(ctx, r.Operation, mine.After(reply.Ref, err), rev)
	return reply, err
}

// inTime makes a call for which mine is written down, as long as that holds: a process that was stopped or starved since may have been
// taken for dead.
func (l *line) inTime(ctx context.Context, r providers.Request, mine once.Intent, call step) (providers.Reply, error) {
	left := mine.Left(l.now())
	if left <= 0 {
		return providers.Reply{}, fault.New(fault.Transient, "dispatch.intent", "held up for too long before the call; nothing was sent")
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return call(ctx, r)
}

// underWay is the error of a call that somebody else may be making; nothing was sent.
func underWay(again time.Duration) error {
	return &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call may be under way elsewhere", RetryAfter: again}
}

// goOn sends a check of which there is what its page needs. Until that is done the next one does the same.
func (l *line) goOn(ctx context.Context, r providers.Request, send step, is once.Intent, rev uint64) (providers.Reply, error) {
	reply, err := send(ctx, r)
	if err == nil {
		is.Page = false
		l.note(ctx, r.Operation, is.After(reply.Ref, nil), rev)
	}
	return reply, err
}

// note writes down what came of a call, and returns the revision that it has then. When that fails the intent stays as it was, so
// the vendor is asked next time.
func (l *line) note(ctx context.Context, operation string, is once.Intent, rev uint64) uint64 {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	next, _, err := l.calls.Update(ctx, operation, is.Encode(), rev)
	if err != nil {
		l.log.WarnContext(ctx, "outcome of a call not written down", "operation", operation, "class", string(fault.ClassOf(err)))
	}
	return next
}

// noted is the error of an intent that could not be written down: nothing was sent.
func noted(err error) error {
	if fault.ClassOf(err) == fault.Stopping {
		return err
	}
	return fault.New(fault.Transient, "dispatch.intent", "the intent cannot be written down; nothing was sent")
}
