// Package fault gives every failure a class: what must happen next.
//
// A class is chosen where the knowledge is (the vendor's folder, the bus) and acted upon in one place (the
// dispatcher, the API's problem writer). The text of an error never holds what came from a person or a vendor:
// status numbers, operations and our own words only.
package fault

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Class says what must happen next. The words are stored in events: add, never edit.
type Class string

// The whole vocabulary.
const (
	None         Class = ""             // no error
	Transient    Class = "transient"    // not done, may heal: try again later
	RateLimited  Class = "rate_limited" // not done; RetryAfter says when, the connection is slowed
	Ambiguous    Class = "ambiguous"    // may be done (sent, answer lost): look before it is done again
	Invalid      Class = "invalid"      // this request can never succeed
	Unauthorized Class = "unauthorized" // nothing can succeed until an operator acts
	Malformed    Class = "malformed"    // what came is not understood: ask again a few times, or quarantine it
	Stopping     Class = "stopping"     // we are shutting down: hand it back, it is not a failed attempt
	Unknown      Class = "unknown"      // unclassified: as Transient, and counted as a bug
)

// Error is a classified failure. Err may be nil.
type Error struct {
	Class      Class
	Op         string        // where, for example "sumsub.create"
	Reason     string        // why, in our words; optional
	RetryAfter time.Duration // only with RateLimited and Transient; 0 when the other side named none
	Scope      string        // only with RateLimited: the kind of request that is limited; "" is every kind
	Err        error         // the cause; its text must be free of anybody's data
}

// New returns an Error of class c.
func New(c Class, op, reason string) *Error { return &Error{Class: c, Op: op, Reason: reason} }

// Wrap returns err with a class and an operation, or nil if err is nil.
func Wrap(c Class, op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Class: c, Op: op, Err: err}
}

// Error returns "op: reason: cause", leaving out what is empty.
func (e *Error) Error() string {
	s := e.Op
	if e.Reason != "" {
		s = join(s, e.Reason)
	}
	if e.Err != nil {
		s = join(s, e.Err.Error())
	}
	if s == "" {
		return string(e.Class)
	}
	return s
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return fmt.Sprintf("%s: %s", a, b)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of the outermost Error in err's chain. nil is None; a cancelled or expired context that
// nobody classified is Stopping or Transient; anything else is Unknown.
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Stopping
	case errors.Is(err, context.DeadlineExceeded):
		return Transient
	}
	return Unknown
}

// Scope returns the kind of request that the other side limits; "" is every kind.
func Scope(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Scope
	}
	return ""
}

// RetryAfter returns how long the other side asked us to wait, or 0.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}
