package bus

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Position is where an event was stored.
type Position struct {
	Shard int // -1 for what is in no shard
	Seq   uint64
}

// Put stores one event where its type belongs and returns when the broker has it:
//
//	events about a verification for its owner   bf.in.<shard>
//	FlowPublished                               bf.in.<every shard>; the position is that in the last
//	VerificationRejected                        bonafide.results.<tenant>.<flow>.rejected
//	DeadLettered                                bf.dead.<provider or ingest>
//
// Records of a shard's log go through Log, requests through PutRequest. An error is fault.Transient when the broker
// is away or full; then the event may be stored all the same, as an answer can be lost, so a repetition must do no harm.
func (b *Bus) Put(ctx context.Context, e events.Event) (Position, error) {
	if _, ok := e.Data.(events.FlowPublished); ok {
		return b.putEverywhere(ctx, e)
	}
	subject, shard, err := b.route(ctx, e)
	if err != nil {
		return Position{}, err
	}
	return b.putTo(ctx, subject, shard, e)
}

// PutAsync is Put without the wait. When it returns nil, done is called exactly once with what came of it; when it
// returns an error, done is not called. It blocks while too many events are in flight. Done runs on a goroutine that all
// puts share: it must return quickly and must not call PutAsync or Put. FlowPublished is refused.
func (b *Bus) PutAsync(ctx context.Context, e events.Event, done func(Position, error)) error {
	subject, shard, err := b.route(ctx, e)
	if err != nil {
		return err
	}
	return b.putAsync(ctx, subject, e, func(_, seq uint64, err error) {
		done(Position{Shard: shard, Seq: seq}, classify("bus.put", err))
	})
}

// PutRequest stores a request where upstream services of the tenant put theirs.
func (b *Bus) PutRequest(ctx context.Context, tenant string, e events.Event) (Position, error) {
	if !events.ValidToken(tenant) {
		return Position{}, fault.New(fault.Invalid, "bus.put", "the tenant's name is not valid")
	}
	return b.putTo(ctx, events.RequestsSubject(tenant), -1, e)
}

func (b *Bus) putEverywhere(ctx context.Context, e events.Event) (Position, error) {
	shards, err := b.Shards(ctx)
	if err != nil {
		return Position{}, err
	}
	var at Position
	for s := range shards {
		if at, err = b.putTo(ctx, events.InSubject(s), s, e); err != nil {
			return Position{}, err
		}
	}
	return at, nil
}

type putResult struct {
	seq uint64
	err error
}

func (b *Bus) putTo(ctx context.Context, subject string, shard int, e events.Event) (Position, error) {
	answer := make(chan putResult, 1)
	err := b.putAsync(ctx, subject, e, func(_, seq uint64, err error) { answer <- putResult{seq, err} })
	if err != nil {
		return Position{}, err
	}
	select {
	case r := <-answer:
		return Position{Shard: shard, Seq: r.seq}, classify("bus.put", r.err)
	case <-ctx.Done():
		return Position{}, classify("bus.put", ctx.Err())
	}
}

func (b *Bus) putAsync(ctx context.Context, subject string, e events.Event, done stored) error {
	header, body, err := events.Encode(e)
	if err != nil {
		return fault.Wrap(fault.Invalid, "bus.put", err)
	}
	return classify("bus.put", b.sendTo(ctx, &nats.Msg{Subject: subject, Header: header, Data: body}, done))
}

// sendTo sends m by the way that fits the broker's durability.
func (b *Bus) sendTo(ctx context.Context, m *nats.Msg, done stored) error {
	if !b.cfg.SyncAlways || !inBatches(m.Subject) {
		return b.puts.send(ctx, m, 0, done)
	}
	q, err := b.batcher(m.Subject)
	if err != nil {
		return err
	}
	return q.send(ctx, m, 0, done)
}

// inBatches reports whether a subject's stream takes atomic batches from many writers.
func inBatches(subject string) bool {
	return strings.HasPrefix(subject, "bf.in.") || strings.HasPrefix(subject, "bonafide.requests.") || subject == subjectKeys
}

func (b *Bus) batcher(subject string) (*batcher, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nats.ErrConnectionClosed
	}
	q := b.batches[subject]
	if q == nil {
		q = newBatcher(b.out, b.puts, b.ctx.Done())
		b.batches[subject] = q
		b.tasks.Go(func() { q.run(b.ctx) })
	}
	return q, nil
}

// route returns the subject of an event and its shard, or -1.
func (b *Bus) route(ctx context.Context, e events.Event) (string, int, error) {
	if e.Data == nil {
		return "", 0, fault.New(fault.Invalid, "bus.put", "event without data")
	}
	switch d := e.Data.(type) {
	case events.VerificationRejected:
		return events.ResultsSubject(token(d.Tenant), token(d.Flow), "rejected"), -1, nil
	case events.DeadLettered:
		return events.DeadSubject(deadOf(d.Stream)), -1, nil
	}
	if !isInput(e.Data.Type()) {
		return "", 0, fault.New(fault.Invalid, "bus.put", "events of type "+e.Data.Type()+" are not put")
	}
	if e.Data.Key() == "" {
		return "", 0, fault.New(fault.Invalid, "bus.put", "event without a verification id")
	}
	shards, err := b.Shards(ctx)
	if err != nil {
		return "", 0, err
	}
	s := events.ShardOf(e.Data.Key(), shards)
	return events.InSubject(s), s, nil
}

func isInput(kind string) bool {
	switch kind {
	case events.TypeOpened, events.TypeDocumentsAdded, events.TypeCorrected, events.TypeSubmitted, events.TypeCancelled,
		events.TypeRechecked, events.TypeReviewed, events.TypeClaimed, events.TypeSubjectErased, events.TypeWebhookReceived,
		events.TypeCheckAnswered, events.TypeChecksAnswered, events.TypeTimerFired, events.TypeLinkRequested,
		events.TypePersonReported, events.TypePersonReleased:
		return true
	}
	return false
}

// token returns s, or "_" if s cannot be a token of a subject.
func token(s string) string {
	if events.ValidToken(s) {
		return s
	}
	return "_"
}

// deadOf returns who could not process a message of the stream.
func deadOf(stream string) string {
	if p, ok := strings.CutPrefix(stream, taskPrefix); ok {
		return token(strings.ToLower(p))
	}
	return "ingest"
}
