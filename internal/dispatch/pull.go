package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const (
	fetchWait  = 5 * time.Second // for a task to come
	probeEvery = time.Second     // between tasks taken while the vendor keeps failing
	mostTasks  = 1024            // in flight at one provider
)

// hold says until when nothing is pulled, and tells who pulls.
type hold struct {
	mu    sync.Mutex
	until time.Time
	tell  func(until time.Time)
}

// pause stops pulling until the given moment.
func (h *hold) pause(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until.After(h.until) {
		h.until = until
	}
	if h.tell != nil {
		h.tell(h.until)
	}
}

// pulling remembers who must be told, and returns until when to wait.
func (h *hold) pulling(tell func(until time.Time)) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tell = tell
	return h.until
}

// flow pulls without a rate: as many tasks at a time as calls may be in flight. While the vendor keeps failing it takes one
// task a second, to find out when it works again.
func (l *line) flow(ctx, work context.Context) error {
	room := min(max(l.spec.Concurrency, 1), mostTasks)
	feed, err := l.feed(ctx)
	for ctx.Err() == nil && err == nil {
		pull, stop := context.WithCancel(ctx)
		if wait := l.hold.pulling(func(time.Time) { stop() }).Sub(l.now()); wait > 0 {
			rest(ctx, wait)
			stop()
			continue
		}
		if l.failing() {
			err = l.probe(pull, work, feed)
		} else {
			err = feed.Each(pull, room, func(_ context.Context, d *bus.Delivery) {
				l.handle(ctx, work, d)
				if l.failing() {
					stop()
				}
			})
		}
		stop()
		if err != nil && !lasting(err) {
			rest(ctx, time.Second)
			feed, err = l.feed(ctx)
		}
	}
	return err
}

// probe takes one task.
func (l *line) probe(ctx, work context.Context, feed *bus.Feed) error {
	rest(ctx, probeEvery)
	if ctx.Err() != nil {
		return nil
	}
	tasks, err := feed.Fetch(ctx, 1, fetchWait)
	for _, d := range tasks {
		l.handle(ctx, work, d)
	}
	return err
}

// feed waits for the provider's task stream.
func (l *line) feed(ctx context.Context) (*bus.Feed, error) {
	for {
		f, err := l.cfg.Bus.Tasks(ctx, l.spec.Name)
		if err == nil || lasting(err) {
			return f, err
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		rest(ctx, 250*time.Millisecond)
	}
}

func (l *line) failing() bool { return l.client.Failing() }

// ration pulls what the vendor's rate allows, while held and until the purse is lost, which is an error of class Transient. Tasks
// that cannot be worked on soon are left in the stream.
func (l *line) ration(held, work context.Context) error {
	feed, err := l.feed(held)
	if err != nil || feed == nil {
		return err
	}
	purse, err := l.openPurse(held)
	if err != nil {
		return err
	}
	l.health.purse.Store(purse)
	defer l.health.purse.Store(nil)
	var tasks sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	done := make(chan struct{}, 1)
	defer func() {
		tasks.Wait()
		end, cancel := context.WithTimeout(context.WithoutCancel(held), time.Second)
		defer cancel()
		purse.close(end)
	}()
	for held.Err() == nil {
		if purse.over() {
			return errLost(l.spec.Name)
		}
		pull, stop := context.WithCancel(held)
		until := l.hold.pulling(func(until time.Time) { purse.slow(until); stop() })
		mu.Lock()
		full := busy >= l.spec.Concurrency
		wait := max(purse.patience(l.now(), busy), until.Sub(l.now()))
		mu.Unlock()
		if full {
			wait = max(wait, time.Second) // or as soon as one is done
		}
		if wait > 0 {
			await(held, done, wait)
			stop()
			continue
		}
		if l.failing() {
			rest(pull, probeEvery)
		}
		got, err := feed.Fetch(pull, 1, fetchWait)
		stop()
		if err != nil {
			return err
		}
		for _, d := range got {
			mu.Lock()
			busy++
			mu.Unlock()
			tasks.Go(func() {
				defer func() {
					mu.Lock()
					busy--
					mu.Unlock()
					select {
					case done <- struct{}{}:
					default:
					}
				}()
				l.handle(held, purse.gate(work), d)
			})
		}
	}
	return nil
}

// await waits for a signal, for d, or the end of ctx.
func await(ctx context.Context, signal <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-signal:
	case <-t.C:
	case <-ctx.Done():
	}
}

// slowDown does what a vendor asks for that was called too often: all calls wait, or, where it is one kind of requests that is
// limited, none but those.
func (l *line) slowDown(err error) {
	if fault.ClassOf(err) != fault.RateLimited {
		return
	}
	until := l.now().Add(max(fault.RetryAfter(err), time.Second))
	if kind := fault.Scope(err); kind == "" {
		l.hold.pause(until)
	} else if p := l.health.purse.Load(); p != nil {
		p.slowScarce(kind, until)
	}
}
