package seal

import (
	"context"
	"crypto/rand"
	"io"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Store keeps wrapped keys, each under a number.
type Store interface {
	PutKeys(ctx context.Context, wrapped [][]byte) ([]uint64, error)
	Key(ctx context.Context, number uint64) ([]byte, error) // fault.Invalid when it was destroyed
	// Keys returns the keys from number first on, at most n: the i-th is that of first+i, nil where there is none.
	Keys(ctx context.Context, first uint64, n int) ([][]byte, error)
	DestroyKey(ctx context.Context, number uint64) error
}

const (
	batchKeys     = 4096        // data keys under one batch key
	batchLife     = time.Minute // of a batch key
	poolStart     = 32          // keys made ahead at first
	poolMost      = 1024        // and at most
	refillTimeout = 5 * time.Second
)

var errRandom = fault.New(fault.Transient, "seal", "no randomness")

// Sealer seals. It makes keys ahead in small batches, so that sealing does not wait for the store; keys that are left over
// when it is closed stay in the store unused. It is safe for concurrent use.
type Sealer struct {
	public *Public
	store  Store
	random io.Reader
	now    func() time.Time

	mu      sync.Mutex
	ready   []*Key
	want    int           // how many to make ahead
	filling chan struct{} // closed when the refill that is under way has ended; nil when none is
	failed  error         // of the last refill
	closed  bool
	refills sync.WaitGroup
	life    context.Context
	end     context.CancelFunc

	wrapper *wrapper // only the refill that is under way touches these
	born    time.Time
}

// NewSealer returns a sealer that seals to the primary key of public. A nil random is the system's; another one must be
// safe for concurrent use.
func NewSealer(public *Public, store Store, random io.Reader) *Sealer {
	if random == nil {
		random = rand.Reader
	}
	life, end := context.WithCancel(context.Background())
	return &Sealer{public: public, store: store, random: random, now: time.Now, want: poolStart, life: life, end: end}
}

// Close stops making keys and waits until nothing is under way. Sealing afterwards fails as Stopping.
func (s *Sealer) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.refills.Wait()
}

// Seal returns plaintext in a box under a key of its own, which opens only for a.
func (s *Sealer) Seal(ctx context.Context, a AAD, plaintext []byte) (events.Sealed, error) {
	k, err := s.Draw(ctx)
	if err != nil {
		return events.Sealed{}, err
	}
	return k.Seal(a, plaintext)
}

// SealStream writes what r holds to w, sealed under a key of its own. It returns the key's number, the SHA-256 in hex of
// what was written and the size of what was read.
func (s *Sealer) SealStream(ctx context.Context, a AAD, r io.Reader, w io.Writer) (key uint64, sum string, size int64, err error) {
	k, err := s.Draw(ctx)
	if err != nil {
		return 0, "", 0, err
	}
	sum, size, err = k.SealStream(a, r, w)
	return k.number, sum, size, err
}

// Draw returns a key that nobody else has: what belongs together is sealed under one key and erased together. It waits
// only when keys are used faster than the store takes them.
func (s *Sealer) Draw(ctx context.Context) (*Key, error) {
	waited := false
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return nil, fault.New(fault.Stopping, "seal.draw", "closed")
		}
		n := len(s.ready)
		if n > 0 {
			k := s.ready[0] // in the order of their numbers: who opens reads ahead
			s.ready[0] = nil
			s.ready = s.ready[1:]
			if n <= s.want/2 {
				s.refill()
			}
			s.mu.Unlock()
			return k, nil
		}
		if waited && s.failed != nil {
			err := s.failed
			s.mu.Unlock()
			return nil, err
		}
		if waited || s.filling != nil {
			s.want = min(2*s.want, poolMost)
		}
		s.refill()
		filled := s.filling
		s.mu.Unlock()
		select {
		case <-filled:
			waited = true
		case <-ctx.Done():
			return nil, fault.Wrap(fault.ClassOf(ctx.Err()), "seal.draw", ctx.Err())
		}
	}
}

// refill starts making keys unless that is under way. The caller holds the lock.
func (s *Sealer) refill() {
	if s.filling != nil || s.closed {
		return
	}
	done := make(chan struct{})
	s.filling = done
	n := max(s.want-len(s.ready), 1)
	s.refills.Go(func() {
		keys, err := s.make(n)
		s.mu.Lock()
		s.ready = append(s.ready, keys...)
		s.filling, s.failed = nil, err
		s.mu.Unlock()
		close(done)
	})
}

// make makes n keys and stores them.
func (s *Sealer) make(n int) ([]*Key, error) {
	ctx, cancel := context.WithTimeout(s.life, refillTimeout)
	defer cancel()
	raw := make([]byte, n*keySize)
	defer clear(raw)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return nil, errRandom
	}
	wrapped := make([][]byte, n)
	for i := range wrapped {
		if err := s.rotate(); err != nil {
			return nil, err
		}
		wrapped[i] = s.wrapper.wrap(raw[i*keySize : (i+1)*keySize])
	}
	numbers, err := s.store.PutKeys(ctx, wrapped)
	if err != nil {
		return nil, err
	}
	if len(numbers) != n {
		return nil, fault.New(fault.Unknown, "seal.draw", "the store has numbered another count of keys")
	}
	keys := make([]*Key, n)
	for i, number := range numbers {
		keys[i] = newKey(number, raw[i*keySize:(i+1)*keySize], s.random)
	}
	return keys, nil
}

// rotate takes a new batch key when the one in use is spent.
func (s *Sealer) rotate() error {
	now := s.now()
	if s.wrapper != nil && s.wrapper.used < batchKeys && now.Sub(s.born) < batchLife {
		return nil
	}
	batch := make([]byte, keySize)
	defer clear(batch)
	if _, err := io.ReadFull(s.random, batch); err != nil {
		return errRandom
	}
	w, err := newWrapper(s.public, batch)
	if err != nil {
		return fault.Wrap(fault.Unauthorized, "seal.draw", err)
	}
	s.wrapper, s.born = w, now
	return nil
}
