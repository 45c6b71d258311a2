package sandbox

import (
	"sync"
	"time"
)

// Limit is how many requests a vendor accepts in a window of vendor time. The
// zero Limit accepts all.
type Limit struct {
	Requests int
	Window   time.Duration
}

// Quota is what a key has left in its window, for the vendor's headers.
type Quota struct {
	Limit     int
	Remaining int
	Reset     time.Duration // until the window ends, as the client's clock counts
}

// RetryAfter returns the seconds for a Retry-After header: at least one.
func (q Quota) RetryAfter() int {
	return max(1, int((q.Reset+time.Second-1)/time.Second))
}

// Limiter counts requests per key in fixed windows; a window begins with the
// first request after the last one ended. It is safe for concurrent use.
type Limiter struct {
	clock *Clock
	limit Limit

	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	ends time.Duration
	used int
}

// NewLimiter returns a limiter that measures its windows on clock.
func NewLimiter(clock *Clock, limit Limit) *Limiter {
	return &Limiter{clock: clock, limit: limit, windows: make(map[string]*window)}
}

// Take uses one request of key and reports whether it is within the limit. A
// refused request does not count.
func (l *Limiter) Take(key string) (Quota, bool) {
	if l.limit.Requests <= 0 || l.limit.Window <= 0 {
		return Quota{}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Elapsed()
	w := l.windows[key]
	if w == nil || now >= w.ends {
		w = &window{ends: now + l.limit.Window}
		l.windows[key] = w
	}
	ok := w.used < l.limit.Requests
	if ok {
		w.used++
	}
	return Quota{
		Limit:     l.limit.Requests,
		Remaining: l.limit.Requests - w.used,
		Reset:     l.clock.Scale(w.ends - now),
	}, ok
}
