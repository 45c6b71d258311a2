package sumsub

import (
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// limits are the vendor's request windows.
type limits struct {
	read, write, amlCase, amlRecheck, restore *sandbox.Limiter
}

func newLimits(clock *sandbox.Clock) limits {
	per := func(n int, window time.Duration) *sandbox.Limiter {
		return sandbox.NewLimiter(clock, sandbox.Limit{Requests: n, Window: window})
	}
	return limits{
		read: per(300, 5*time.Second), write: per(50, 5*time.Second),
		amlCase: per(10, time.Minute), amlRecheck: per(100, time.Minute), restore: per(60, time.Minute),
	}
}

// exceeded counts a request in all windows that it falls into, and returns the
// refusal of the first that is full.
func (l limits) exceeded(token string, r *http.Request, pattern string) *refusal {
	if l.write == nil {
		return nil // Config.NoLimits
	}
	windows := []*sandbox.Limiter{l.write}
	if r.Method == http.MethodGet {
		windows[0] = l.read
	}
	switch {
	case pattern == "GET /resources/api/applicants/{id}/amlCase":
		windows = append(windows, l.amlCase)
	case pattern == "POST /resources/applicants/{id}/recheck/aml":
		windows = append(windows, l.amlRecheck)
	case r.Method == http.MethodDelete && r.URL.Query().Get("revert") == "true":
		windows = append(windows, l.restore)
	}
	for _, w := range windows {
		if q, ok := w.Take(token); !ok {
			return &refusal{
				status: http.StatusTooManyRequests, description: "Too many requests", retryAfter: q.RetryAfter(),
			}
		}
	}
	return nil
}
