package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// readDecode bounds the items that are decoded and not yet handled. All of them are handled together.
const readDecode = 1024

// A reader whose broker is silent for two beats, or does not answer, begins again, maybe at another broker.
const (
	readExpiry  = 10 * time.Second
	readBeat    = time.Second
	readCreate  = 1500 * time.Millisecond
	readForget  = 500 * time.Millisecond
	readIdle    = 30 * time.Second // after which the broker forgets a reader that went away without a word
	readRestMax = time.Second
)

// errAgain ends one life of a reader; the next begins after the last item that was handled.
var errAgain = errors.New("the reader begins again")

// follow reads a stream in order, or what has one of the subjects in only, and calls each with what is at hand, for ever. The broker keeps nothing about the
// reader that matters: after any gap or silence it makes a new one that begins after what has been handled.
func follow[T any](
	ctx context.Context, b *Bus, stream string, only []string, from uint64,
	item func(jetstream.Msg, place) (T, bool, error), each func([]T) error,
) error {
	d, err := b.sit()
	if err != nil {
		return err
	}
	defer b.leave(d)
	r := &reader[T]{bus: b, desk: d, stream: stream, only: only, next: max(from, 1), item: item, each: each}
	pause := 20 * time.Millisecond
	for {
		began := r.next
		err := r.live(ctx)
		switch {
		case !errors.Is(err, errAgain):
			return err
		case ctx.Err() != nil:
			return classify("bus.read", ctx.Err())
		case b.ctx.Err() != nil:
			return fault.New(fault.Stopping, "bus.read", "the bus is closed")
		}
		if r.next > began {
			pause = 20 * time.Millisecond
		}
		rest(ctx, pause)
		pause = min(2*pause, readRestMax)
	}
}

type reader[T any] struct {
	bus    *Bus
	desk   *desk
	stream string
	only   []string // subjects; nil is all
	next   uint64   // the first sequence that has not been handled
	item   func(jetstream.Msg, place) (T, bool, error)
	each   func([]T) error
}

// queue is what has been decoded and is not handled yet.
type queue[T any] struct {
	some chan struct{} // there is something
	room chan struct{} // there is room again

	mu    sync.Mutex
	items []T
	last  uint64 // sequence of the last of them
}

// put adds an item, and waits while there are too many, or until ctx ends.
func (q *queue[T]) put(ctx context.Context, seq uint64, item T) {
	q.mu.Lock()
	q.items, q.last = append(q.items, item), seq
	n := len(q.items)
	q.mu.Unlock()
	if n == 1 {
		nudge(q.some)
	}
	if n >= readDecode {
		select {
		case <-q.room:
		case <-ctx.Done():
		}
	}
}

// take returns all that is there, which belongs to the caller.
func (q *queue[T]) take() (items []T, last uint64) {
	q.mu.Lock()
	items, last = q.items, q.last
	q.items = make([]T, 0, len(items))
	q.mu.Unlock()
	if len(items) >= readDecode {
		nudge(q.room)
	}
	return items, last
}

// nudge wakes who waits on c, or who will.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// live reads with one consumer until that has trouble.
func (r *reader[T]) live(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	lost := r.desk.nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer r.desk.nc.RemoveStatusListener(lost)
	create, done := context.WithTimeout(ctx, readCreate)
	c, err := r.desk.js.CreateConsumer(create, r.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.next, AckPolicy: jetstream.AckNonePolicy, FilterSubjects: r.only,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: readIdle,
	})
	done()
	if err != nil {
		return r.failed(err)
	}
	q := &queue[T]{some: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	broken := make(chan error, 1)
	tell := func(err error) {
		select {
		case broken <- err:
		default:
		}
	}
	consumed := uint64(0)
	reading, err := c.Consume(func(m jetstream.Msg) {
		p := placeOf(m.Reply())
		if p.nth != consumed+1 {
			tell(errAgain)
			return
		}
		consumed++
		t, ok, err := r.item(m, p)
		switch {
		case err != nil:
			tell(fault.Wrap(fault.Malformed, "bus.read", err))
		case ok:
			q.put(ctx, p.seq, t)
		}
	}, jetstream.PullMaxBytes(readAhead), jetstream.PullExpiry(readExpiry), jetstream.PullHeartbeat(readBeat),
		jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) { tell(errAgain) }))
	if err != nil {
		return r.failed(err)
	}
	defer func() {
		cancel()
		reading.Stop()
		<-reading.Closed()
		if r.desk.nc.IsConnected() {
			forget, done := context.WithTimeout(context.WithoutCancel(parent), readForget)
			_ = r.desk.js.DeleteConsumer(forget, r.stream, c.CachedInfo().Name)
			done()
		}
	}()
	return r.hand(ctx, q, broken, lost)
}

// hand calls each with what has been read until there is trouble.
func (r *reader[T]) hand(ctx context.Context, q *queue[T], broken <-chan error, lost <-chan nats.Status) error {
	for {
		select {
		case <-q.some:
		case err := <-broken:
			return err
		case <-lost:
			return errAgain
		case <-ctx.Done():
			return errAgain
		case <-r.bus.ctx.Done():
			return errAgain
		}
		items, last := q.take()
		if err := r.each(items); err != nil {
			return err
		}
		r.next = last + 1
	}
}

// failed says whether a consumer that could not be made may be made later.
func (r *reader[T]) failed(err error) error {
	if isCode(err, codeNoStream) {
		return classify("bus.read", err)
	}
	if err = classify("bus.read", err); fault.ClassOf(err) == fault.Transient || fault.ClassOf(err) == fault.Stopping {
		return errAgain
	}
	return err
}
