package ingest

import (
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// limiter bounds how fast one API key may call: rate a second, and as many at once.
type limiter struct{ *rate.Limiter }

func newLimiters(keys *Keys, perSecond float64) map[*Credential]*limiter {
	m := make(map[*Credential]*limiter, keys.Len())
	for _, c := range keys.byHash {
		m[c] = &limiter{rate.NewLimiter(rate.Limit(perSecond), max(int(perSecond), 1))}
	}
	return m
}

// take takes one call, or says when to come again.
func (l *limiter) take(now time.Time) error {
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	r.CancelAt(now)
	p := newProblem(http.StatusTooManyRequests, "rate-limited", "Too many requests", "This API key calls faster than it may.")
	p.RetryAfter = seconds(wait, 1)
	return p
}
