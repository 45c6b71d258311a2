package bus

import (
	"context"
	"errors"
	"strconv"
	"strings"
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
	Attempt int           // from 1
	Wait    time.Duration // how long the broker waits for Settle or Working before somebody gets it again

	nc    *nats.Conn
	reply string // where its settlement goes
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
	word := "+ACK"
	switch class := fault.ClassOf(err); class {
	case fault.None:
	case fault.Stopping:
		word = "-NAK"
	case fault.Malformed, fault.Invalid:
		word = "+TERM " + string(class)
	default:
		word = `-NAK {"delay":` + strconv.FormatInt(int64(redeliverAfter(d.Attempt, fault.RetryAfter(err))), 10) + "}"
	}
	return classify("bus.settle", d.nc.Publish(d.reply, []byte(word)))
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
func (d *Delivery) Working(ctx context.Context) { _ = d.nc.Publish(d.reply, []byte("+WPI")) }

// Feed is a durable queue of messages that many processes share.
type Feed struct {
	c    jetstream.Consumer
	nc   *nats.Conn
	next string // the subject that pulls go to
	raw  bool   // deliveries are not decoded
	wait time.Duration
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

// Kin returns the feed of what the verifications of a shard have to say to others, in the order in which it was said. The next
// is given when the one before is settled.
func (b *Bus) Kin(ctx context.Context, shard int) (*Feed, error) {
	return b.feed(ctx, streamKin, durableCourier(shard))
}

func (b *Bus) feed(ctx context.Context, stream, name string) (*Feed, error) {
	c, err := b.js.Consumer(ctx, stream, name)
	if err != nil {
		return nil, classify("bus.feed", err)
	}
	return b.feedOf(c), nil
}

func (b *Bus) feedOf(c jetstream.Consumer) *Feed {
	i := c.CachedInfo()
	return &Feed{c: c, nc: b.ctl, next: "$JS.API.CONSUMER.MSG.NEXT." + i.Stream + "." + i.Name, wait: i.Config.AckWait}
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
		each(f.received(m.Subject(), m.Reply(), m.Headers(), m.Data()))
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

// rest waits for d or the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
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
