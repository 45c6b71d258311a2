package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Bounds of reading ahead: items decoded but not yet handled, and of them those that are handled together.
const (
	readDecode = 2048
	readBatch  = 1024
)

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
	item func(jetstream.Msg, *jetstream.MsgMetadata) (T, bool, error), each func([]T) error,
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
	item   func(jetstream.Msg, *jetstream.MsgMetadata) (T, bool, error)
	each   func([]T) error
}

type read[T any] struct {
	seq  uint64
	item T
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
	items := make(chan read[T], readDecode)
	broken := make(chan error, 1)
	tell := func(err error) {
		select {
		case broken <- err:
		default:
		}
	}
	consumed := uint64(0)
	reading, err := c.Consume(func(m jetstream.Msg) {
		md, err := m.Metadata()
		if err != nil || md.Sequence.Consumer != consumed+1 {
			tell(errAgain)
			return
		}
		consumed++
		t, ok, err := r.item(m, md)
		switch {
		case err != nil:
			tell(fault.Wrap(fault.Malformed, "bus.read", err))
		case ok:
			select {
			case items <- read[T]{md.Sequence.Stream, t}:
			case <-ctx.Done():
			}
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
	return r.hand(ctx, items, broken, lost)
}

// hand calls each with what has been read until there is trouble.
func (r *reader[T]) hand(ctx context.Context, items <-chan read[T], broken <-chan error, lost <-chan nats.Status) error {
	for {
		batch := make([]T, 0, min(len(items)+1, readBatch))
		last := uint64(0)
		take := func(i read[T]) { batch, last = append(batch, i.item), i.seq }
		select {
		case i := <-items:
			take(i)
		case err := <-broken:
			return err
		case <-lost:
			return errAgain
		case <-ctx.Done():
			return errAgain
		case <-r.bus.ctx.Done():
			return errAgain
		}
	gather:
		for len(batch) < readBatch {
			select {
			case i := <-items:
				take(i)
			default:
				break gather
			}
		}
		if err := r.each(batch); err != nil {
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
