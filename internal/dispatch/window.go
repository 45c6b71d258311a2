package dispatch

import "time"

// window spends a vendor's allowance so that no window of the vendor's, wherever it begins, sees more than calls. (A token
// bucket would let a burst and a full refill into one window.) The first half of the allowance goes out as fast as it is
// asked for; the second is spread over the window, so that the connection slows down and does not stand still.
type window struct {
	calls int
	span  time.Duration // the vendor's window and a twentieth, for what time calls take to arrive
	log   []time.Time   // of calls within the span, in order
	until time.Time     // the vendor has asked us to wait
}

func newWindow(calls int, per time.Duration) *window {
	return &window{calls: calls, span: per + per/20}
}

func (w *window) half() int { return (w.calls + 1) / 2 }

// spacing is the time between calls of the second half.
func (w *window) spacing() time.Duration { return w.span / time.Duration(max(w.calls-w.half(), 1)) }

func (w *window) prune(now time.Time) {
	i := 0
	for i < len(w.log) && !w.log[i].After(now.Add(-w.span)) {
		i++
	}
	w.log = append(w.log[:0], w.log[i:]...)
}

// next returns when the next call may be made: now or later.
func (w *window) next(now time.Time) time.Time {
	w.prune(now)
	at := now
	switch n := len(w.log); {
	case n >= w.calls:
		at = w.log[n-w.calls].Add(w.span)
	case n >= w.half():
		at = w.log[n-1].Add(w.spacing())
	}
	return latest(now, at, w.until)
}

// take spends one call.
func (w *window) take(now time.Time) {
	w.prune(now)
	w.log = append(w.log, now)
}

// assume spends all that another may have spent between two moments.
func (w *window) assume(from, to time.Time) {
	for at := w.next(from); !at.After(to); at = w.next(at) {
		w.take(at)
	}
}

// patience returns how long not to begin another piece of work that costs a number of calls, while some are under way that
// cost as many: until its calls can be made, with what goes before them, in half of the time that a call may take.
func (w *window) patience(now time.Time, busy, cost int, timeout time.Duration) time.Duration {
	if wait := w.next(now).Sub(now); wait > 0 {
		return wait
	}
	if needed := (busy + 1) * cost; busy == 0 || needed <= w.half()-len(w.log) || time.Duration(needed)*w.spacing() <= timeout/2 {
		return 0
	}
	return w.spacing()
}

func latest(t time.Time, more ...time.Time) time.Time {
	for _, m := range more {
		if m.After(t) {
			t = m
		}
	}
	return t
}
