package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Read is one event as it lies on a stream.
type Read struct {
	Subject string
	Seq     uint64
	At      time.Time // when the stream took it
	Event   events.Event
	Err     error // it could not be decoded; Event is zero
}

// Input returns one input of a shard and when it was stored. An input that is not there is fault.Invalid.
func (b *Bus) Input(ctx context.Context, shard int, seq uint64) (events.Event, time.Time, error) {
	m, err := b.bySeq(ctx, streamIn(shard), seq)
	if err != nil {
		return events.Event{}, time.Time{}, classify("bus.input", err)
	}
	if m == nil {
		return events.Event{}, time.Time{}, fault.New(fault.Invalid, "bus.input", "no such input")
	}
	e, err := decode(m.Header, m.Data)
	return e, m.Time, err
}

// Tail returns the sequence of a shard's last input, from the stream's leader.
func (b *Bus) Tail(ctx context.Context, shard int) (uint64, error) {
	s, err := b.js.Stream(ctx, streamIn(shard))
	if err != nil {
		return 0, classify("bus.tail", err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// ReadInputs reads a shard's inputs in order, from sequence from on, and follows. It calls each with what is at hand and
// returns each's error as it is, or the end of ctx. A batch belongs to the callee.
func (b *Bus) ReadInputs(ctx context.Context, shard int, from uint64, each func([]Read) error) error {
	return follow(ctx, b, streamIn(shard), from, readOf, each)
}

// ReadResults reads the public results in stream order, beginning after sequence after, and follows. It ends as
// ReadInputs does.
func (b *Bus) ReadResults(ctx context.Context, after uint64, each func([]Read) error) error {
	return follow(ctx, b, streamResults, after+1, readOf, each)
}

// ReadLog reads the records of a shard's log in order, from stream sequence from on, and follows. It ends as ReadInputs
// does.
func (b *Bus) ReadLog(ctx context.Context, shard int, from uint64, each func([]Record) error) error {
	claim := events.LogClaimSubject(shard)
	return follow(ctx, b, streamLog(shard), from, func(m jetstream.Msg) (Record, bool, error) {
		if m.Subject() == claim {
			return Record{}, false, nil
		}
		md, err := m.Metadata()
		if err != nil {
			return Record{}, false, err
		}
		r := Record{Subject: m.Subject(), Header: events.Header(m.Headers()), Data: m.Data(), Seq: md.Sequence.Stream}
		r.Epoch, r.InSeq, r.Ord, err = parseAt(r.Header)
		return r, true, err
	}, each)
}

func readOf(m jetstream.Msg) (Read, bool, error) {
	md, err := m.Metadata()
	if err != nil {
		return Read{}, false, err
	}
	r := Read{Subject: m.Subject(), Seq: md.Sequence.Stream, At: md.Timestamp}
	r.Event, r.Err = decode(events.Header(m.Headers()), m.Data())
	return r, true, nil
}

// Bounds of reading ahead: bytes asked of the broker at once, and items decoded but not yet handled.
const (
	readAhead  = 16 << 20
	readDecode = 2048
	readBatch  = 1024
)

// follow reads a stream in order. Decoding runs ahead of each on the subscription's goroutine.
func follow[T any](
	ctx context.Context, b *Bus, stream string, from uint64, item func(jetstream.Msg) (T, bool, error), each func([]T) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := b.js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   max(from, 1),
	})
	if err != nil {
		return classify("bus.read", err)
	}
	items := make(chan T, readDecode)
	broken := make(chan error, 1)
	var once sync.Once
	reading, err := c.Consume(func(m jetstream.Msg) {
		t, ok, err := item(m)
		if err != nil {
			once.Do(func() { broken <- fault.Wrap(fault.Malformed, "bus.read", err) })
			return
		}
		if !ok {
			return
		}
		select {
		case items <- t:
		case <-ctx.Done():
		}
	}, jetstream.PullMaxBytes(readAhead), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			once.Do(func() { broken <- classify("bus.read", err) })
		}
	}))
	if err != nil {
		return classify("bus.read", err)
	}
	defer func() {
		cancel()
		reading.Stop()
		<-reading.Closed()
	}()
	for {
		batch := make([]T, 0, 64)
		select {
		case t := <-items:
			batch = append(batch, t)
		case err := <-broken:
			return err
		case <-ctx.Done():
			return classify("bus.read", ctx.Err())
		case <-b.ctx.Done():
			return fault.New(fault.Stopping, "bus.read", "the bus is closed")
		}
		for len(batch) < readBatch {
			select {
			case t := <-items:
				batch = append(batch, t)
				continue
			default:
			}
			break
		}
		if err := each(batch); err != nil {
			return err
		}
	}
}
