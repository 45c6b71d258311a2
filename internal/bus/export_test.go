package bus

import (
	"context"

	"github.com/nats-io/nats.go"
)

// What tests look at from outside.
var (
	Classify = classify
	IsCode   = isCode
	Moved    = moved
)

// Send publishes a message as puts are published.
func Send(ctx context.Context, b *Bus, m *nats.Msg, done func(error)) error {
	return b.puts.send(ctx, m, 0, func(_, _ uint64, err error) { done(err) })
}

// Messages returns how many messages a stream holds.
func Messages(ctx context.Context, b *Bus, stream string) (uint64, error) {
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.Msgs, nil
}

// LastOf returns the sequence of a stream's last message.
func LastOf(ctx context.Context, b *Bus, stream string) (uint64, error) {
	return b.lastOf(ctx, "test", stream)
}

// Remove deletes one message of a stream.
func Remove(ctx context.Context, b *Bus, stream string, seq uint64) error {
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return s.DeleteMsg(ctx, seq)
}

// RedriveTask is redriveTask for tests.
func (b *Bus) RedriveTask(ctx context.Context, d Dead) error { return b.redriveTask(ctx, d) }

// LeaveLease writes a lease down as a holder does that dies right after.
func LeaveLease(ctx context.Context, b *Bus, name, holder string) error {
	kv, err := b.js.KeyValue(ctx, bucketLeases)
	if err != nil {
		return err
	}
	_, err = kv.Put(ctx, name, []byte(holder))
	return err
}

// LeaseTTL is how long a lease lives that nobody renews.
const LeaseTTL = leaseTTL

// Delete deletes a stream.
func Delete(ctx context.Context, b *Bus, stream string) error { return b.js.DeleteStream(ctx, stream) }
