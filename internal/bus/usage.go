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
	Waiting    uint64 // requests in clear that nobody has sealed yet
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
		switch info.Config.Name {
		case streamResults:
			u.LastResult, u.Replicas = info.State.LastSeq, info.Config.Replicas
		case streamRequests:
			u.Waiting = info.State.Msgs
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

// Behind returns how many streams have no leader, or a copy that is not up to date. It is 0 where there is one broker.
func (b *Bus) Behind(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	behind := 0
	list := b.js.ListStreams(ctx)
	for info := range list.Info() {
		c := info.Cluster
		if c == nil {
			continue
		}
		bad := c.Leader == "" || len(c.Replicas) < info.Config.Replicas-1
		for _, r := range c.Replicas {
			bad = bad || !r.Current || r.Offline
		}
		if bad {
			behind++
		}
	}
	return behind, classify("bus.behind", list.Err())
}
