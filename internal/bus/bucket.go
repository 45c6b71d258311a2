package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Bucket is a small map whose values go away by age. Keys consist of letters, digits and -/_=. characters.
type Bucket struct{ kv jetstream.KeyValue }

// Bucket returns one of the layout's buckets: bf_idem (24 h), bf_calls (72 h), bf_leases (3 s).
func (b *Bus) Bucket(ctx context.Context, name string) (*Bucket, error) {
	kv, err := b.js.KeyValue(ctx, name)
	if err != nil {
		return nil, classify("bus.bucket", err)
	}
	return &Bucket{kv}, nil
}

// Create stores value if key has none. Otherwise created is false, and existing and rev are what is there.
func (k *Bucket) Create(ctx context.Context, key string, value []byte) (existing []byte, rev uint64, created bool, err error) {
	for range 5 {
		rev, err = k.kv.Create(ctx, key, value)
		if err == nil {
			return nil, rev, true, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) && !moved(err) {
			return nil, 0, false, classify("bus.bucket.create", err)
		}
		v, rev, ok, err := k.Get(ctx, key)
		if err != nil || ok {
			return v, rev, false, err
		}
	}
	return nil, 0, false, fault.New(fault.Transient, "bus.bucket.create", "the key comes and goes")
}

// Get returns the value of key and its revision; ok is false when there is none.
func (k *Bucket) Get(ctx context.Context, key string) (value []byte, rev uint64, ok bool, err error) {
	e, err := k.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, classify("bus.bucket.get", err)
	}
	return e.Value(), e.Revision(), true, nil
}

// Update stores value if key still has revision rev; ok is false when it has not. A stored value lives anew.
func (k *Bucket) Update(ctx context.Context, key string, value []byte, rev uint64) (next uint64, ok bool, err error) {
	next, err = k.kv.Update(ctx, key, value, rev)
	if err == nil {
		return next, true, nil
	}
	if moved(err) || errors.Is(err, jetstream.ErrKeyExists) {
		return 0, false, nil
	}
	return 0, false, classify("bus.bucket.update", err)
}

// Delete removes key. Deleting what is not there is no error.
func (k *Bucket) Delete(ctx context.Context, key string) error {
	return classify("bus.bucket.delete", k.kv.Delete(ctx, key))
}
