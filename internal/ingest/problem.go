package ingest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// problemBase is where the types of problems are explained. A type never changes its meaning.
const problemBase = "https://bonafide-id.github.io/problems/"

// problem is an answer that is an error. Its text never repeats a value of the request.
type problem struct{ events.Problem }

// Error returns the title and the detail.
func (p *problem) Error() string { return p.Title + ": " + p.Detail }

func newProblem(status int, kind, title, detail string) *problem {
	return &problem{events.Problem{Type: problemBase + kind, Title: title, Status: status, Detail: detail}}
}

func malformed(detail string) *problem {
	return newProblem(http.StatusBadRequest, "malformed", "The request cannot be read", detail)
}

func invalid(faults ...events.ProblemField) *problem {
	p := newProblem(http.StatusUnprocessableEntity, "invalid-request", "The request is not valid", "")
	p.Errors = faults
	if n := len(faults); n == 1 {
		p.Detail = "1 member is at fault."
	} else {
		p.Detail = fmt.Sprintf("%d members are at fault.", n)
	}
	return p
}

func at(pointer, detail string) events.ProblemField {
	return events.ProblemField{Pointer: pointer, Detail: detail}
}

func tooLarge(detail string) *problem {
	return newProblem(http.StatusRequestEntityTooLarge, "too-large", "The request is too large", detail)
}

func wrongType(detail string) *problem {
	return newProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "The content type is not supported", detail)
}

func unauthenticated() *problem {
	return newProblem(http.StatusUnauthorized, "unauthenticated", "A valid API key is needed", "Send Authorization: Bearer <key>.")
}

func forbidden(scope string) *problem {
	return newProblem(http.StatusForbidden, "forbidden", "The API key lacks a scope", "The scope "+scope+" is needed.")
}

func notFound() *problem {
	return newProblem(http.StatusNotFound, "not-found", "There is no such thing", "")
}

func conflict(kind, detail string) *problem {
	return newProblem(http.StatusConflict, kind, "The request does not fit the present state", detail)
}

func slow() *problem {
	return newProblem(http.StatusRequestTimeout, "timeout", "The request came too slowly", "")
}

func unavailable(after time.Duration) *problem {
	p := newProblem(http.StatusServiceUnavailable, "unavailable", "Nothing was accepted; try again", "What is needed to serve this cannot be reached at the moment.")
	p.RetryAfter = seconds(after, 1)
	return p
}

func seconds(d time.Duration, least int) int { return max(int((d+time.Second-1)/time.Second), least) }

// problemOf returns the answer that an error amounts to.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	switch fault.ClassOf(err) {
	case fault.Transient, fault.RateLimited, fault.Ambiguous, fault.Stopping, fault.Unauthorized:
		return unavailable(fault.RetryAfter(err))
	}
	return newProblem(http.StatusInternalServerError, "internal", "Something is wrong on our side", "")
}

func (p *problem) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="bonafide"`)
	}
	w.WriteHeader(p.Status)
	_ = json.MarshalWrite(w, p.Problem)
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fault.Wrap(fault.Unknown, "http.answer", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b) // whoever does not listen any more does not need it
	return nil
}
