package vendorhttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Classify returns the error of a status, nil for 2xx.
//
//	401, 403                     Unauthorized   nothing succeeds until an operator acts
//	408, 425, 503                Transient      the vendor says that it did not do it
//	429                          RateLimited    RetryAfter from the header
//	other 4xx                    Invalid        vendor folders know better about some of them
//	other 5xx                    Transient, or Ambiguous when a repetition would do harm
//	1xx, 3xx and what is not HTTP  Malformed
//
// RetryAfter is read from Retry-After (seconds or a date, by now) and is at most an hour.
func Classify(op string, status int, h http.Header, repeatable bool, now time.Time) error {
	e := &fault.Error{Op: op, Reason: fmt.Sprintf("status %d", status)}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Class = fault.Unauthorized
	case status == http.StatusTooManyRequests:
		e.Class = fault.RateLimited
		e.RetryAfter = retryAfter(h, now)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusServiceUnavailable:
		e.Class = fault.Transient
		e.RetryAfter = retryAfter(h, now)
	case status >= 400 && status < 500:
		e.Class = fault.Invalid
	case status >= 500 && status < 600:
		e.Class = fault.Transient
		if !repeatable {
			e.Class = fault.Ambiguous
		}
		e.RetryAfter = 0
	default:
		e.Class = fault.Malformed
	}
	return e
}

// maxWait bounds what a vendor can make us wait for.
const maxWait = time.Hour

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseUint(v, 10, 32); err == nil {
		return min(time.Duration(s)*time.Second, maxWait)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}

// lost is the error of a call whose answer did not come. Causes are named in our words: those of net/http hold the URL.
func lost(ctx context.Context, op string, err error, mayBeDone bool) error {
	class := fault.Transient
	if mayBeDone {
		class = fault.Ambiguous
	}
	var classified *fault.Error
	if errors.As(err, &classified) { // our own: a document that could not be read while it was sent, a rate that is used up
		return &fault.Error{Class: classified.Class, Op: op, Reason: classified.Reason, RetryAfter: classified.RetryAfter, Scope: classified.Scope}
	}
	if errors.Is(err, context.Canceled) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.New(fault.Stopping, op, "the call was given up")
	}
	return fault.New(class, op, cause(ctx, err))
}

func cause(ctx context.Context, err error) string {
	var (
		dns  *net.DNSError
		dial *net.OpError
		host x509.HostnameError
		auth x509.UnknownAuthorityError
		cert *tls.CertificateVerificationError
		slow net.Error
	)
	switch {
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "no answer in time"
	case errors.As(err, &dns):
		return "the host is not known"
	case errors.As(err, &host), errors.As(err, &auth), errors.As(err, &cert):
		return "the certificate is not trusted"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "no connection"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was cut"
	}
	return "the connection failed"
}

// tooLarge is the error of a reply that is not read. The status still says whether the call was refused.
func tooLarge(op string, res *http.Response, repeatable bool) error {
	if err := Classify(op, res.StatusCode, res.Header, repeatable, time.Now()); err != nil {
		return err
	}
	return fault.New(fault.Malformed, op, "the reply is too large")
}

// opened is the error of a body that could not be opened: nothing was sent.
func opened(ctx context.Context, op string, err error) error {
	if ctx.Err() == context.Canceled {
		return fault.New(fault.Stopping, op, "the call was given up")
	}
	class := fault.ClassOf(err)
	if class == fault.Unknown || class == fault.Ambiguous {
		class = fault.Transient
	}
	return fault.New(class, op, "a document could not be opened; nothing was sent")
}
