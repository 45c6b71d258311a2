package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// ErrNoKey says that a box can never be opened again: its key was destroyed. Errors with it have class Invalid.
var ErrNoKey = errors.New("the key was destroyed")

const (
	keysCached   = 8192 // per generation of the cache; there are two
	batchCached  = 64
	cachedAtMost = 2 * time.Minute
)

// Opener opens. It keeps unwrapped keys for a short time and in bounded number; a destroyed key may thus serve for two more
// minutes where Forget is not called. It is safe for concurrent use.
type Opener struct {
	private *Private
	store   Store
	random  io.Reader
	keys    *cache[uint64, *Key]
	ahead   *ahead
	batches *cache[head, cipher.AEAD]
}

// NewOpener returns an opener.
func NewOpener(private *Private, store Store) *Opener {
	return &Opener{
		private: private, store: store, random: rand.Reader, ahead: newAhead(store),
		keys:    newCache[uint64, *Key](keysCached, cachedAtMost, time.Now),
		batches: newCache[head, cipher.AEAD](batchCached, cachedAtMost, time.Now),
	}
}

// Open returns what is in a box that was sealed for a. Errors: Invalid with ErrNoKey when the key was destroyed,
// Malformed when the box is for another purpose or damaged, Unauthorized when the keyset lacks a key; else the store's.
func (o *Opener) Open(ctx context.Context, a AAD, s events.Sealed) ([]byte, error) {
	k, err := o.Key(ctx, s.Key)
	if err != nil {
		return nil, err
	}
	return k.Open(a, s.Box)
}

// OpenStream returns a reader of what was sealed for a with SealStream. It reads nothing of r yet. Every byte it gives is
// authentic; only after io.EOF is it known that there was no more. Errors of reading have class Malformed, or are those of r.
func (o *Opener) OpenStream(ctx context.Context, a AAD, key uint64, r io.Reader) (io.Reader, error) {
	k, err := o.Key(ctx, key)
	if err != nil {
		return nil, err
	}
	return k.openStream(a, r), nil
}

// SealUnder seals plaintext under a key that exists already, so that it is erased together with what else the key seals.
func (o *Opener) SealUnder(ctx context.Context, a AAD, key uint64, plaintext []byte) (events.Sealed, error) {
	k, err := o.Key(ctx, key)
	if err != nil {
		return events.Sealed{}, err
	}
	return k.Seal(a, plaintext)
}

// Forget drops a key from memory. Who erases calls it.
func (o *Opener) Forget(key uint64) {
	o.ahead.drop(key)
	o.keys.drop(key)
}

// Key returns a key by its number.
func (o *Opener) Key(ctx context.Context, number uint64) (*Key, error) {
	if k, ok := o.keys.get(number); ok {
		return k, nil
	}
	epoch := o.keys.epoch()
	wrapped, err := o.ahead.key(ctx, number)
	if err != nil {
		if fault.ClassOf(err) == fault.Invalid {
			return nil, &fault.Error{Class: fault.Invalid, Op: "seal.open", Err: ErrNoKey}
		}
		return nil, err
	}
	raw, err := o.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	k := newKey(number, raw, o.random)
	o.keys.put(number, k, epoch)
	return k, nil
}

// unwrap returns the data key that is wrapped. Who is done with it clears it.
func (o *Opener) unwrap(wrapped []byte) ([]byte, error) {
	h, nonce, sealed, err := splitWrapped(wrapped)
	if err != nil {
		return nil, err
	}
	batch, ok := o.batches.get(h)
	if !ok {
		if batch, err = openHead(o.private, &h); err != nil {
			return nil, err
		}
		o.batches.put(h, batch, o.batches.epoch())
	}
	raw, err := batch.Open(nil, nonce, sealed, h[:])
	if err != nil {
		return nil, errWrapped
	}
	return raw, nil
}
