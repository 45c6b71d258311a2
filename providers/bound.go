package providers

import (
	"context"
	"sync"
	"time"
)

// bound is what context.WithDeadline returns, made when somebody first waits for its end or asks whether it has come: a vendor that
// answers at once does neither, and then there is no timer to set and to stop.
type bound struct {
	parent context.Context
	until  time.Time

	mu    sync.Mutex
	timed context.Context // nil: nobody has asked yet
	stop  context.CancelFunc
	over  bool
}

// within returns a context that ends after d. Whoever is done with it ends it.
func within(parent context.Context, d time.Duration) *bound {
	return &bound{parent: parent, until: time.Now().Add(d)}
}

func (b *bound) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if b.timed != nil {
		b.stop()
	}
}

// context returns the one with a timer.
func (b *bound) context() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timed == nil {
		if b.timed, b.stop = context.WithDeadline(b.parent, b.until); b.over {
			b.stop()
		}
	}
	return b.timed
}

// Deadline implements context.Context.
func (b *bound) Deadline() (time.Time, bool) {
	if earlier, ok := b.parent.Deadline(); ok && earlier.Before(b.until) {
		return earlier, true
	}
	return b.until, true
}

// Done implements context.Context.
func (b *bound) Done() <-chan struct{} { return b.context().Done() }

// Err implements context.Context.
func (b *bound) Err() error { return b.context().Err() }

// Value implements context.Context. Package context asks with a key of its own for what it can hang a child on, after Done.
func (b *bound) Value(key any) any {
	b.mu.Lock()
	of := b.timed
	b.mu.Unlock()
	if of == nil {
		of = b.parent
	}
	return of.Value(key)
}
