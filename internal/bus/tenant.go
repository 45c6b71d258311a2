package bus

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// decisionsOf are the subjects of a tenant's decisions among the results.
func decisionsOf(tenant string) []string {
	return []string{events.ResultsSubject(tenant, "*", "true"), events.ResultsSubject(tenant, "*", "false"), events.ResultsSubject(tenant, "*", "unknown")}
}

// FollowDecisions reads a tenant's decisions in stream order, beginning after sequence after, and follows. The broker sends
// nobody else's. It ends as ReadInputs does.
func (b *Bus) FollowDecisions(ctx context.Context, tenant string, after uint64, each func([]Read) error) error {
	if !events.ValidToken(tenant) {
		return fault.New(fault.Invalid, "bus.decisions", "the tenant's name is not valid")
	}
	return follow(ctx, b, streamResults, decisionsOf(tenant), after+1, readOf, each)
}

// FollowResults is FollowDecisions for results of every kind.
func (b *Bus) FollowResults(ctx context.Context, tenant string, after uint64, each func([]Read) error) error {
	if !events.ValidToken(tenant) {
		return fault.New(fault.Invalid, "bus.results", "the tenant's name is not valid")
	}
	return follow(ctx, b, streamResults, []string{events.ResultsSubject(tenant, "*", "*")}, after+1, readOf, each)
}

// LastResult returns the sequence of the last result there is, from the stream's leader.
func (b *Bus) LastResult(ctx context.Context) (uint64, error) {
	return b.lastOf(ctx, "bus.results", streamResults)
}

// Decisions returns a tenant's decisions after a sequence, at most limit of those that are stored now.
func (b *Bus) Decisions(ctx context.Context, tenant string, after uint64, limit int) ([]Read, error) {
	if !events.ValidToken(tenant) || limit < 1 {
		return nil, fault.New(fault.Invalid, "bus.decisions", "the tenant's name or the limit is not valid")
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c, err := b.js.CreateConsumer(ctx, streamResults, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1, AckPolicy: jetstream.AckNonePolicy,
		FilterSubjects: decisionsOf(tenant), MemoryStorage: true, Replicas: 1, InactiveThreshold: readIdle,
	})
	if err != nil {
		return nil, classify("bus.decisions", err)
	}
	defer func() {
		forget, done := context.WithTimeout(context.WithoutCancel(ctx), readForget)
		_ = b.js.DeleteConsumer(forget, streamResults, c.CachedInfo().Name)
		done()
	}()
	want := int(min(uint64(limit), c.CachedInfo().NumPending))
	found := make([]Read, 0, want)
	for len(found) < want {
		batch, err := c.Fetch(want-len(found), jetstream.FetchContext(ctx))
		if err != nil {
			return nil, classify("bus.decisions", err)
		}
		for m := range batch.Messages() {
			r, _, _ := readOf(m, placeOf(m.Reply()))
			found = append(found, r)
		}
		if err := batch.Error(); err != nil {
			return nil, classify("bus.decisions", err)
		}
	}
	return found, nil
}
