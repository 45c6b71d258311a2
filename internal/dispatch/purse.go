package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// checkpointEvery is how long a purse may spend without writing down what it has spent.
const checkpointEvery = time.Second

// purse holds the allowance of one connection. What is spent is written down before at most a second of spending, so
// that the next owner knows what is left, whatever became of the one before; and who is no longer the owner cannot write,
// thus cannot spend.
type purse struct {
	bucket *bus.Bucket
	key    string
	spec   providers.Spec
	now    func() time.Time

	mu     sync.Mutex
	window *window
	scarce map[string]*window // of the kinds of requests that have a rate of their own, too
	rev    uint64
	saved  time.Time
	lost   bool

	tasks, requests int // for what a task costs
}

// ledger is what is written down: times in milliseconds.
type ledger struct {
	Spent []int64 `json:"spent"`
	Until int64   `json:"until,omitzero"`
	Saved int64   `json:"saved"`
	Open  bool    `json:"open"` // somebody may have spent more since

	Scarce map[string]spending `json:"scarce,omitempty"`
}

// spending is what is written down of one kind of scarce requests.
type spending struct {
	Spent []int64 `json:"spent,omitempty"`
	Until int64   `json:"until,omitzero"`
}

// openPurse takes over the allowance. Where the owner before has not closed it, all that it could have spent counts as
// spent.
func (l *line) openPurse(ctx context.Context) (*purse, error) {
	p := &purse{bucket: l.calls, key: "rate." + l.spec.Name, spec: l.spec, now: l.now, window: newWindow(l.spec.Rate.Calls, l.spec.Rate.Per), scarce: map[string]*window{}}
	for kind, r := range l.spec.Scarce {
		p.scarce[kind] = newWindow(r.Calls, r.Per)
	}
	for {
		value, rev, ok, err := l.calls.Get(ctx, p.key)
		if err != nil {
			return nil, err
		}
		now := p.now()
		if !ok {
			if _, rev, ok, err = l.calls.Create(ctx, p.key, encodeLedger(p.ledger(now, true))); err != nil {
				return nil, err
			}
		} else {
			p.restore(value, now)
			if rev, ok, err = l.calls.Update(ctx, p.key, encodeLedger(p.ledger(now, true)), rev); err != nil {
				return nil, err
			}
		}
		if ok {
			p.rev, p.saved = rev, now
			return p, nil
		}
	}
}

func (p *purse) restore(value []byte, now time.Time) {
	var l ledger
	w := newWindow(p.spec.Rate.Calls, p.spec.Rate.Per)
	if err := json.Unmarshal(value, &l); err != nil {
		w.assume(now, now.Add(w.span)) // not ours: all of it is spent
		for i := range w.log {
			w.log[i] = now
		}
		for _, s := range p.scarce {
			s.until = now.Add(s.span)
		}
		p.window = w
		return
	}
	saved := earlier(time.UnixMilli(l.Saved), now)
	take := func(w *window, s spending) {
		for _, ms := range s.Spent {
			w.log = append(w.log, earlier(time.UnixMilli(ms+1), now))
		}
		w.until = earlier(time.UnixMilli(s.Until), now.Add(time.Hour))
		if l.Open {
			w.assume(saved, earlier(saved.Add(checkpointEvery), now))
		}
	}
	take(w, spending{l.Spent, l.Until})
	for kind, w := range p.scarce {
		take(w, l.Scarce[kind])
	}
	p.window = w
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (p *purse) ledger(now time.Time, open bool) ledger {
	all := spent(p.window)
	l := ledger{Spent: all.Spent, Until: all.Until, Saved: now.UnixMilli(), Open: open}
	for kind, w := range p.scarce {
		if l.Scarce == nil {
			l.Scarce = map[string]spending{}
		}
		l.Scarce[kind] = spent(w)
	}
	return l
}

func spent(w *window) (s spending) {
	if !w.until.IsZero() {
		s.Until = w.until.UnixMilli()
	}
	for _, at := range w.log {
		s.Spent = append(s.Spent, at.UnixMilli())
	}
	return s
}

func encodeLedger(l ledger) []byte {
	b, err := json.Marshal(l)
	if err != nil {
		panic("dispatch: a ledger that cannot be written") // numbers only
	}
	return b
}

// gate returns a context whose requests to the vendor spend from the purse.
func (p *purse) gate(ctx context.Context) context.Context {
	p.mu.Lock()
	p.tasks++
	p.mu.Unlock()
	return providers.WithGate(ctx, p.spend)
}

// mostScarce is how long a scarce request waits for its turn. Who would have to wait for longer comes again: a call that waits
// takes the place of others that need not.
const mostScarce = time.Second

// spend waits until one request may go out. When that would be after ctx's end, it returns at once.
func (p *purse) spend(ctx context.Context) error {
	for {
		p.mu.Lock()
		wait, err := p.tryScarce(ctx)
		if err == nil && wait <= 0 {
			wait, err = p.try(ctx)
		}
		p.mu.Unlock()
		if err != nil || wait <= 0 {
			return err
		}
		if end, ok := ctx.Deadline(); ok && p.now().Add(wait).After(end) {
			return &fault.Error{Class: fault.RateLimited, Op: p.spec.Name, Reason: "our share of the vendor's rate is used up", RetryAfter: wait}
		}
		rest(ctx, wait)
		if ctx.Err() != nil {
			return fault.Wrap(fault.ClassOf(ctx.Err()), p.spec.Name, ctx.Err())
		}
	}
}

// tryScarce returns how long a request has to wait for its kind. One that would have to wait for long is refused. The caller holds
// the lock.
func (p *purse) tryScarce(ctx context.Context) (time.Duration, error) {
	kind := providers.ScarceKind(ctx)
	w := p.scarce[kind]
	if w == nil {
		return 0, nil
	}
	now := p.now()
	wait := w.next(now).Sub(now)
	if wait > mostScarce {
		return 0, &fault.Error{Class: fault.RateLimited, Op: p.spec.Name, Scope: kind, Reason: "our share of the vendor's rate of this kind of request is used up", RetryAfter: wait}
	}
	return wait, nil
}

// try spends one request, or returns how long to wait. The caller holds the lock.
func (p *purse) try(ctx context.Context) (time.Duration, error) {
	now := p.now()
	if wait := p.window.next(now).Sub(now); wait > 0 {
		return wait, nil
	}
	if p.lost {
		return 0, errLost(p.spec.Name)
	}
	if now.Sub(p.saved) >= checkpointEvery {
		if err := p.save(ctx, now, true); err != nil {
			return 0, err
		}
		if p.now().Sub(p.saved) >= checkpointEvery {
			return time.Millisecond, nil // writing took so long that it must be written again
		}
	}
	p.window.take(p.now())
	if w := p.scarce[providers.ScarceKind(ctx)]; w != nil {
		w.take(p.now())
	}
	p.requests++
	return 0, nil
}

func (p *purse) save(ctx context.Context, now time.Time, open bool) error {
	rev, ok, err := p.bucket.Update(ctx, p.key, encodeLedger(p.ledger(now, open)), p.rev)
	if err != nil {
		return fault.New(fault.Transient, p.spec.Name, "what is spent cannot be written down")
	}
	if !ok {
		p.lost = true
		return errLost(p.spec.Name)
	}
	p.rev, p.saved = rev, now
	return nil
}

func errLost(provider string) error {
	return fault.New(fault.Transient, provider, "somebody else has taken over the connection")
}

// over reports whether the purse cannot spend any more. That somebody else has written is not always true: it may be that this
// owner has, and was not told. Either way what is written down is the truth, and has to be read again.
func (p *purse) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// slow makes no request before the given moment.
func (p *purse) slow(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.window.until = latest(p.window.until, until)
}

// slowScarce makes no request of a kind before the given moment.
func (p *purse) slowScarce(kind string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.scarce[kind]; w != nil {
		w.until = latest(w.until, until)
	}
}

// left returns how many requests could go out now.
func (p *purse) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.lost || p.window.until.After(now) {
		return 0
	}
	p.window.prune(now)
	return max(p.window.calls-len(p.window.log), 0)
}

// patience returns how long not to take another task.
func (p *purse) patience(now time.Time, busy int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	cost := 2
	if p.tasks > 4 {
		cost = max((p.requests+p.tasks-1)/p.tasks, 1)
	}
	return p.window.patience(now, busy, cost, p.spec.Timeout)
}

// close writes down what was spent and that no more will be.
func (p *purse) close(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lost {
		_ = p.save(ctx, p.now(), false) // else the next owner assumes the most
		p.lost = true
	}
}
