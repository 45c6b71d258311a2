package bus

import (
	"context"
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
	InSeq   uint64    // of a result: the input of its verification's shard that caused it
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
	return b.lastOf(ctx, "bus.tail", streamIn(shard))
}

func (b *Bus) lastOf(ctx context.Context, op, stream string) (uint64, error) {
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return 0, classify(op, err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// ReadInputs reads a shard's inputs in order, from sequence from on, and follows. It calls each with what is at hand and
// returns each's error as it is, or the end of ctx. A batch belongs to the callee.
func (b *Bus) ReadInputs(ctx context.Context, shard int, from uint64, each func([]Read) error) error {
	return follow(ctx, b, streamIn(shard), nil, from, readOf, each)
}

// Raw is one message as it lies on a stream, not decoded.
type Raw struct {
	Subject string
	Header  events.Header
	Data    []byte
	Seq     uint64
	At      time.Time // when the stream took it
}

// ScanInputs is ReadInputs for who wants to look before it decodes.
func (b *Bus) ScanInputs(ctx context.Context, shard int, from uint64, each func([]Raw) error) error {
	return follow(ctx, b, streamIn(shard), nil, from, rawOf, each)
}

// ScanResults is ReadResults for who wants the messages as they lie there, whatever they say.
func (b *Bus) ScanResults(ctx context.Context, after uint64, each func([]Raw) error) error {
	return follow(ctx, b, streamResults, nil, after+1, rawOf, each)
}

// Cause returns what a message that comes from a shard's log says of its origin: the input that caused it, and its place
// among what that input has caused.
func (r *Raw) Cause() (input uint64, ord int, err error) {
	_, input, ord, err = parseAt(r.Header)
	return input, ord, err
}

func rawOf(m jetstream.Msg, p place) (Raw, bool, error) {
	return Raw{Subject: m.Subject(), Header: events.Header(m.Headers()), Data: m.Data(), Seq: p.seq, At: p.stored}, true, nil
}

// ReadResults reads the public results in stream order, beginning after sequence after, and follows. It ends as
// ReadInputs does.
func (b *Bus) ReadResults(ctx context.Context, after uint64, each func([]Read) error) error {
	return follow(ctx, b, streamResults, nil, after+1, readOf, each)
}

// ReadLog reads the records of a shard's log in order, from stream sequence from on, and follows. It ends as ReadInputs
// does.
func (b *Bus) ReadLog(ctx context.Context, shard int, from uint64, each func([]Record) error) error {
	claim := events.LogClaimSubject(shard)
	return follow(ctx, b, streamLog(shard), nil, from, func(m jetstream.Msg, p place) (Record, bool, error) {
		if m.Subject() == claim {
			return Record{}, false, nil
		}
		var err error
		r := Record{Subject: m.Subject(), Header: events.Header(m.Headers()), Data: m.Data(), Seq: p.seq}
		r.Epoch, r.InSeq, r.Ord, err = parseAt(r.Header)
		return r, true, err
	}, each)
}

func readOf(m jetstream.Msg, p place) (Read, bool, error) {
	r := Read{Subject: m.Subject(), Seq: p.seq, At: p.stored}
	h := events.Header(m.Headers())
	if r.Event, r.Err = decode(h, m.Data()); len(h[hAt]) > 0 {
		_, r.InSeq, _, _ = parseAt(h)
	}
	return r, true, nil
}
