package bus

import (
	"context"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Usage is what the broker has stored, over all streams.
type Usage struct {
	Messages   uint64 // ever stored, those removed since included
	Bytes      uint64 // stored now
	LastResult uint64 // last sequence of RESULTS
	Replicas   int    // of RESULTS
	Shards     int
}

// Usage asks the broker what it has stored.
func (b *Bus) Usage(ctx context.Context) (Usage, error) {
	var u Usage
	list := b.js.ListStreams(ctx)
	for info := range list.Info() {
		u.Messages += info.State.LastSeq
		u.Bytes += info.State.Bytes
		if info.Config.Name == streamResults {
			u.LastResult, u.Replicas = info.State.LastSeq, info.Config.Replicas
		}
	}
	if err := list.Err(); err != nil {
		return u, classify("bus.usage", err)
	}
	var err error
	u.Shards, err = b.Shards(ctx)
	return u, err
}

// PutRequestAsync is PutRequest without the wait, under the rules of PutAsync.
func (b *Bus) PutRequestAsync(ctx context.Context, tenant string, e events.Event, done func(Position, error)) error {
	if !events.ValidToken(tenant) {
		return fault.New(fault.Invalid, "bus.put", "the tenant's name is not valid")
	}
	return b.putAsync(ctx, events.RequestsSubject(tenant), e, func(_, seq uint64, err error) {
		done(Position{Shard: -1, Seq: seq}, classify("bus.put", err))
	})
}
