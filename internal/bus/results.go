package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// resultsWait is how long the broker waits for a word on a result before somebody gets it again.
const resultsWait = 30 * time.Second

// Results returns the feed of public results under a durable name: it begins at the start of the stream, and goes on where
// it was left the next time, in this process or another. The broker lets at most inflight results be unsettled; with one
// they are settled in order, whatever happens in between.
func (b *Bus) Results(ctx context.Context, name string, inflight int) (*Feed, error) {
	if !events.ValidToken(name) {
		return nil, fault.New(fault.Invalid, "bus.results", "the durable's name is not 1 to 64 of a-z 0-9 _ -")
	}
	if inflight < 1 {
		return nil, fault.New(fault.Invalid, "bus.results", "at least one result must be in flight")
	}
	if err := b.Await(ctx); err != nil {
		return nil, err
	}
	c, err := b.js.CreateOrUpdateConsumer(ctx, streamResults, jetstream.ConsumerConfig{
		Name: name, Durable: name, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckWait: resultsWait, MaxAckPending: inflight, MaxDeliver: -1,
	})
	if err != nil {
		return nil, classify("bus.results", err)
	}
	return b.feedOf(c), nil
}
