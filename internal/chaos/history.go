package chaos

import (
	"errors"
	"maps"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// History is what upstream knows. Its methods are safe for concurrent use.
type History struct {
	mu       sync.Mutex
	accepted map[string]time.Time // references, and when they were handed in
	unsure   map[string]bool      // nobody can know: the answer was lost
	refused  int                  // 503
	retry    int                  // of them those that said when to come again
	closed   int                  // connections that were refused
	broken   []error              // requests that were let in and got no answer
	odd      []string             // answers that are neither yes nor "come again"
}

// NewHistory returns one in which nothing has happened.
func NewHistory() *History {
	return &History{accepted: map[string]time.Time{}, unsure: map[string]bool{}}
}

// Accept notes that a request was accepted.
func (h *History) Accept(reference string) { h.note(reference, time.Now(), true, false) }

// Doubt notes that nobody can know whether a request was accepted.
func (h *History) Doubt(reference string) { h.note(reference, time.Now(), false, true) }

// Accepted returns the references that were accepted.
func (h *History) Accepted() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]bool, len(h.accepted))
	for ref := range h.accepted {
		all[ref] = true
	}
	return all
}

// Refused returns how many requests were answered 503, and how many of those answers said when to come again.
func (h *History) Refused() (refused, withRetry int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refused, h.retry
}

// Broken returns what clients met that had been let in, and how many were not let in.
func (h *History) Broken() (broken []error, closed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.broken, h.closed
}

func (h *History) note(reference string, at time.Time, accepted, unsure bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if accepted {
		h.accepted[reference] = at
	} else if unsure {
		h.unsure[reference] = true
	}
}

// meet notes what came of a request over HTTP.
func (h *History) meet(p Reply) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case p.Err != nil && errors.Is(p.Err, syscall.ECONNREFUSED):
		h.closed++
	case p.Err != nil:
		h.broken = append(h.broken, p.Err)
	case p.Status == http.StatusServiceUnavailable:
		h.refused++
		if p.Header.Get("Retry-After") != "" {
			h.retry++
		}
	case p.Status == http.StatusConflict && p.Header.Get("Retry-After") != "": // the try before is still on its way
	case p.Status != http.StatusAccepted:
		h.odd = append(h.odd, http.StatusText(p.Status)+": "+string(p.Body))
	}
}

// doubts returns the references that nobody can know about.
func (h *History) doubts() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.unsure)
}
