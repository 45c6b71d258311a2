// Package once decides what may be sent to a vendor that makes two checks of two requests: what is written down before a
// call, what after it, and what that means for whoever comes next. It is pure.
package once

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Intent is what is written down about a Send. It is stored: add members, never change one.
type Intent struct {
	At    time.Time      `json:"at"` // of the first Send that may have reached the vendor
	State string         `json:"state"`
	Until time.Time      `json:"until,omitzero"` // open: when whoever sends will have ended
	Ref   jsontext.Value `json:"ref,omitempty"`  // what exists at the vendor: the check, or what a Send that failed has got to
	Page  bool           `json:"page,omitzero"`  // of the check there is what its page needs, and no more
}

// The states. The words are stored.
const (
	Open = "open" // somebody is sending, or has crashed over it
	Lost = "lost" // it may have reached the vendor, nobody knows
	None = "none" // it did not happen
	Made = "made" // the check is in Ref
)

// margin is added to what a call may take, for clocks that differ.
const margin = 5 * time.Second

// Begin is written down before a Send that may take timeout.
func Begin(now time.Time, timeout time.Duration) Intent {
	return Intent{At: now.UTC(), State: Open, Until: now.Add(timeout + margin).UTC()}
}

// Left returns for how long the call may still be made that i was written down for; not positive, it must not be made any more. Who was
// held up may be taken for dead, and somebody else may be at it.
func (i Intent) Left(now time.Time) time.Duration { return i.Until.Sub(now) - margin }

// Plan is what to do about a check.
type Plan int

// The plans.
const (
	Send Plan = iota
	Look      // ask the vendor first
	Poll      // it exists: ask how it is
	Wait      // somebody else may be at it
)

// Decide says what to do about a check, given what is written down about it (nil: nothing).
func Decide(was *Intent, now time.Time) Plan {
	switch {
	case was == nil || was.State == None:
		return Send
	case was.State == Made:
		return Poll
	case was.State == Open && now.Before(was.Until):
		return Wait
	}
	return Look
}

// After says what to write down after a Send that returned ref and err. A Send that failed and has a ref has got as far as that:
// the next one goes on from there.
func (i Intent) After(ref jsontext.Value, err error) Intent {
	i.Until = time.Time{}
	if len(ref) > 0 {
		i.Ref = ref
	}
	switch fault.ClassOf(err) {
	case fault.None:
		i.State = Made
	case fault.Transient, fault.RateLimited, fault.Unauthorized, fault.Invalid:
		i.State = None
	default:
		i.State = Lost
	}
	return i
}

// Encode returns the stored form. A Ref that is no JSON is left out and the call counts as lost: the vendor is asked next time.
func (i Intent) Encode() []byte {
	b, err := json.Marshal(i)
	if err != nil {
		i.Ref, i.State = nil, Lost
		b, _ = json.Marshal(i)
	}
	return b
}
