package bus

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Delivery is one message that must be settled.
type Delivery struct {
	Event   events.Event
	Raw     []byte
	Header  events.Header
	Err     error // the message could not be decoded; Event is zero
	Stream  string
	Subject string
	Seq     uint64
	Stored  time.Time
	Attempt int // from 1

	msg jetstream.Msg
}

// Settle says what came of the delivery; it is the only place that decides what the broker does next:
//
//	nil                                        done, never again
//	Stopping                                   at once, to somebody else
//	Transient, RateLimited, Ambiguous,
//	Unauthorized, Unknown                      again later: RetryAfter if the error says so, else longer each time
//	Malformed, Invalid                         never again; the caller has kept a dead letter
//
// A delivery that is not settled comes again. Settling does not wait for the broker.
func (d *Delivery) Settle(ctx context.Context, err error) error {
	var e error
	switch class := fault.ClassOf(err); class {
	case fault.None:
		e = d.msg.Ack()
	case fault.Stopping:
		e = d.msg.Nak()
	case fault.Malformed, fault.Invalid:
		e = d.msg.TermWithReason(string(class))
	default:
		e = d.msg.NakWithDelay(redeliverAfter(d.Attempt, fault.RetryAfter(err)))
	}
	return classify("bus.settle", e)
}

// Longest time that a delivery rests between two attempts.
const maxRest = time.Minute

// redeliverAfter is the rest before the next attempt: what was asked for, else a quarter of a second, doubled by every
// attempt.
func redeliverAfter(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	return min(250*time.Millisecond<<min(max(attempt-1, 0), 10), maxRest)
}

// Working asks the broker for more time.
func (d *Delivery) Working(ctx context.Context) { _ = d.msg.InProgress() }

// Feed is a durable queue of messages that many processes share.
type Feed struct {
	c   jetstream.Consumer
	raw bool // deliveries are not decoded
}

// Requests returns the feed of requests that upstream services have published. What others have written is not decoded:
// of its deliveries Event and Err are zero.
func (b *Bus) Requests(ctx context.Context) (*Feed, error) {
	f, err := b.feed(ctx, streamRequests, durableIngest)
	if err == nil {
		f.raw = true
	}
	return f, err
}

// Tasks returns the feed of calls to make at a provider.
func (b *Bus) Tasks(ctx context.Context, provider string) (*Feed, error) {
	return b.feed(ctx, streamTask(provider), durableDispatcher)
}

func (b *Bus) feed(ctx context.Context, stream, name string) (*Feed, error) {
	c, err := b.js.Consumer(ctx, stream, name)
	if err != nil {
		return nil, classify("bus.feed", err)
	}
	return &Feed{c: c}, nil
}

// Fetch returns what is there, at most n; if nothing is, it waits for the first up to wait. None is no error.
func (f *Feed) Fetch(ctx context.Context, n int, wait time.Duration) ([]*Delivery, error) {
	var all []*Delivery
	keep := func(d *Delivery) { all = append(all, d) }
	there := func() error {
		batch, err := f.c.FetchNoWait(n - len(all))
		return f.drain(batch, err, keep)
	}
	if err := there(); err != nil || len(all) > 0 {
		return all, err
	}
	if err := f.fetch(ctx, 1, wait, keep); err != nil || len(all) == 0 || n == 1 {
		return all, err
	}
	return all, there()
}

// fetch asks for n and hands over each as it comes, until there were n or wait is over.
func (f *Feed) fetch(ctx context.Context, n int, wait time.Duration, each func(*Delivery)) error {
	ctx, cancel := context.WithTimeout(ctx, max(wait, 10*time.Millisecond))
	defer cancel()
	batch, err := f.c.Fetch(n, jetstream.FetchContext(ctx))
	return f.drain(batch, err, each)
}

func (f *Feed) drain(batch jetstream.MessageBatch, err error, each func(*Delivery)) error {
	if err != nil {
		return endOfWait(err)
	}
	got := 0
	for m := range batch.Messages() {
		each(f.delivery(m))
		got++
	}
	if err := batch.Error(); err != nil && got == 0 {
		return endOfWait(err)
	}
	return nil
}

// endOfWait returns nil for the errors that only say that nothing came.
func endOfWait(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, nats.ErrTimeout) {
		return nil
	}
	return classify("bus.fetch", err)
}

// Each hands deliveries to handle, at most inflight at a time, and never holds more than that: what it cannot start is
// left to others. It returns nil when ctx has ended and every handler has returned; handlers get a context that does not end
// with ctx, so that they may finish. While the broker is away it tries again. A delivery that handle leaves unsettled
// comes again.
func (f *Feed) Each(ctx context.Context, inflight int, handle func(context.Context, *Delivery)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := context.WithoutCancel(ctx)
	room := make(chan struct{}, inflight)
	jobs := make(chan *Delivery, inflight)
	var handlers, pullers sync.WaitGroup
	for range inflight {
		handlers.Go(func() {
			for d := range jobs {
				if ctx.Err() != nil {
					_ = d.Settle(work, fault.New(fault.Stopping, "bus.each", ""))
				} else {
					handle(work, d)
				}
				<-room
			}
		})
	}
	ends := make(chan error, pullersAtOnce)
	for range pullersAtOnce {
		pullers.Go(func() {
			defer cancel()
			ends <- f.pull(ctx, work, room, jobs)
		})
	}
	pullers.Wait()
	close(jobs)
	handlers.Wait()
	for range pullersAtOnce {
		if err := <-ends; err != nil {
			return err
		}
	}
	return nil
}

// Two pulls overlap: while one waits for the broker, the other uses the room that has come free.
const pullersAtOnce = 2

// pull asks for as many deliveries as there is room for, again and again, until ctx ends or asking is useless.
func (f *Feed) pull(ctx, work context.Context, room chan struct{}, jobs chan<- *Delivery) error {
	for ctx.Err() == nil {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		n := 1
		for n < cap(room) && tryTake(room) {
			n++
		}
		used := 0
		err := f.fetch(work, n, time.Second, func(d *Delivery) { // not cut short: what has been sent to us must be seen
			used++
			jobs <- d
		})
		for range n - used {
			<-room
		}
		if err == nil {
			continue
		}
		if c := fault.ClassOf(err); c == fault.Unauthorized || c == fault.Invalid || c == fault.Stopping {
			return err
		}
		rest(ctx, 250*time.Millisecond)
	}
	return nil
}

func tryTake(room chan struct{}) bool {
	select {
	case room <- struct{}{}:
		return true
	default:
		return false
	}
}

// rest waits for d or the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (f *Feed) delivery(m jetstream.Msg) *Delivery {
	d := &Delivery{Raw: m.Data(), Header: events.Header(m.Headers()), Subject: m.Subject(), msg: m}
	if md, err := m.Metadata(); err == nil {
		d.Stream, d.Seq, d.Stored, d.Attempt = md.Stream, md.Sequence.Stream, md.Timestamp, int(md.NumDelivered)
	}
	if !f.raw {
		d.Event, d.Err = decode(d.Header, d.Raw)
	}
	return d
}

func decode(h events.Header, body []byte) (events.Event, error) {
	e, err := events.Decode(h, body)
	if err != nil {
		return events.Event{}, fault.Wrap(fault.Malformed, "bus.decode", err)
	}
	return e, nil
}

// Tenant returns the tenant that a request was published for, from its subject.
func (d *Delivery) Tenant() string {
	t, ok := strings.CutPrefix(d.Subject, "bonafide.requests.")
	if !ok {
		return ""
	}
	return t
}

// PurgeRequests removes every request up to the first that is not settled.
func (b *Bus) PurgeRequests(ctx context.Context) error {
	c, err := b.js.Consumer(ctx, streamRequests, durableIngest)
	if err != nil {
		return classify("bus.purge", err)
	}
	floor := c.CachedInfo().AckFloor.Stream
	if floor == 0 {
		return nil
	}
	s, err := b.js.Stream(ctx, streamRequests)
	if err != nil {
		return classify("bus.purge", err)
	}
	if s.CachedInfo().State.FirstSeq > floor {
		return nil
	}
	return classify("bus.purge", s.Purge(ctx, jetstream.WithPurgeSequence(floor+1)))
}
