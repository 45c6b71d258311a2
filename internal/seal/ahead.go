package seal

import (
	"context"
	"sync"
	"time"
)

const (
	aheadKeys   = 64               // read at once
	aheadNear   = 4 * aheadKeys    // numbers closer than this are asked for one after the other
	aheadAtMost = 10 * time.Second // that a key is kept which nobody has asked for
)

// ahead reads wrapped keys from the store. Work that comes in a stream asks for keys in about the order of their numbers:
// then the following ones are read along, which costs a fraction of asking for each. It is safe for concurrent use.
type ahead struct {
	store Store
	kept  *cache[uint64, []byte]

	mu    sync.Mutex
	last  uint64                   // number that was read last
	reads map[uint64]chan struct{} // reads under way, by their first number; closed when ended
}

func newAhead(store Store) *ahead {
	return &ahead{store: store, kept: newCache[uint64, []byte](16*aheadKeys, aheadAtMost, time.Now), reads: map[uint64]chan struct{}{}}
}

// key returns one wrapped key; its errors are the store's.
func (a *ahead) key(ctx context.Context, number uint64) ([]byte, error) {
	if w, ok := a.kept.get(number); ok {
		return w, nil
	}
	a.mu.Lock()
	for first, ended := range a.reads {
		if number >= first && number-first < aheadKeys {
			a.mu.Unlock()
			select {
			case <-ended:
			case <-ctx.Done(): // the store says it in its words
			}
			if w, ok := a.kept.get(number); ok {
				return w, nil
			}
			return a.store.Key(ctx, number)
		}
	}
	near := number-a.last < aheadNear || a.last-number < aheadNear
	a.last = number
	if !near {
		a.mu.Unlock()
		return a.store.Key(ctx, number)
	}
	ended := make(chan struct{})
	a.reads[number] = ended
	a.mu.Unlock()
	epoch := a.kept.epoch()
	keys, err := a.store.Keys(ctx, number, aheadKeys)
	for i, w := range keys {
		if i > 0 && w != nil { // the first is for the caller, who keeps it unwrapped
			a.kept.put(number+uint64(i), w, epoch)
		}
	}
	a.mu.Lock()
	delete(a.reads, number)
	a.mu.Unlock()
	close(ended)
	if err == nil && len(keys) > 0 && keys[0] != nil {
		return keys[0], nil
	}
	return a.store.Key(ctx, number) // which knows why not
}

func (a *ahead) drop(number uint64) { a.kept.drop(number) }
