package dispatch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// intent is what is written down about a Send at a vendor that makes two checks of two requests.
type intent struct {
	At    time.Time      `json:"at"` // of the first Send that may have reached the vendor
	State string         `json:"state"`
	Until time.Time      `json:"until,omitzero"` // open: when whoever sends will have ended
	Ref   jsontext.Value `json:"ref,omitempty"`  // made
}

const (
	intentOpen = "open" // somebody is sending, or has crashed over it
	intentLost = "lost" // it may have reached the vendor, nobody knows
	intentNone = "none" // it did not happen
	intentMade = "made" // the check is in Ref
)

// inFlightMargin is added to what a call may take, for clocks that differ.
const inFlightMargin = 5 * time.Second

// decideSend says what to do about a check, given what is written down about it (nil: nothing).
func decideSend(was *intent, now time.Time) sendPlan {
	switch {
	case was == nil || was.State == intentNone:
		return planSend
	case was.State == intentMade:
		return planPoll
	case was.State == intentOpen && now.Before(was.Until):
		return planWait
	}
	return planLook
}

type sendPlan int

const (
	planSend sendPlan = iota
	planLook          // ask the vendor first
	planPoll          // it exists: ask how it is
	planWait          // somebody else may be at it
)

// after says what to write down after a Send.
func after(was intent, reply *providers.Reply, err error) intent {
	was.Until = time.Time{}
	switch fault.ClassOf(err) {
	case fault.None:
		was.State, was.Ref = intentMade, reply.Ref
	case fault.Transient, fault.RateLimited, fault.Unauthorized, fault.Invalid:
		was.State = intentNone
	default:
		was.State = intentLost
	}
	return was
}

// send starts a check, and never twice. At a vendor that is idempotent that is the vendor's doing; at others the intent is
// written down before the call and what came of it after.
func (l *line) send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if l.spec.Idempotent {
		return l.client.Send(ctx, r)
	}
	now := l.now()
	mine := intent{At: now.UTC(), State: intentOpen, Until: now.Add(l.spec.Timeout + inFlightMargin).UTC()}
	value, rev, created, err := l.calls.Create(ctx, r.Operation, encodeIntent(mine))
	if err != nil {
		return providers.Reply{}, noted(err)
	}
	if !created {
		was := new(intent)
		if err := json.Unmarshal(value, was); err != nil {
			return providers.Reply{}, fault.New(fault.Malformed, "dispatch.intent", "what is written down about the call cannot be read")
		}
		plan := decideSend(was, now)
		switch {
		case plan == planWait:
			return providers.Reply{}, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call may be under way elsewhere", RetryAfter: was.Until.Sub(now)}
		case plan == planPoll:
			r.Ref = was.Ref
			return l.client.Poll(ctx, r)
		case plan == planLook && !l.client.CanLook():
			return providers.Reply{}, fault.New(fault.Invalid, "dispatch.intent", "whether the vendor has the check cannot be known, and it must not be paid for twice")
		case plan == planLook:
			mine.At = was.At
		}
		var ok bool
		if rev, ok, err = l.calls.Update(ctx, r.Operation, encodeIntent(mine), rev); err != nil {
			return providers.Reply{}, noted(err)
		} else if !ok {
			return providers.Reply{}, &fault.Error{Class: fault.Transient, Op: "dispatch.intent", Reason: "the same call is under way elsewhere", RetryAfter: l.spec.Timeout}
		}
		if plan == planLook {
			reply, found, err := l.client.Look(ctx, r, was.At)
			if err != nil { // still not known
				mine.State, mine.Until = intentLost, time.Time{}
				l.note(ctx, r.Operation, mine, rev)
				return reply, err
			}
			if found {
				l.note(ctx, r.Operation, after(mine, &reply, nil), rev)
				return reply, nil
			}
		}
	}
	reply, err := l.client.Send(ctx, r)
	l.note(ctx, r.Operation, after(mine, &reply, err), rev)
	return reply, err
}

// note writes down what came of a call. When that fails the intent stays open, so the vendor is asked next time.
func (l *line) note(ctx context.Context, operation string, is intent, rev uint64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, _, err := l.calls.Update(ctx, operation, encodeIntent(is), rev); err != nil {
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

func encodeIntent(i intent) []byte {
	b, err := json.Marshal(i)
	if err != nil { // a Ref that is no JSON; the vendor is asked next time
		i.Ref, i.State = nil, intentLost
		b, _ = json.Marshal(i)
	}
	return b
}
