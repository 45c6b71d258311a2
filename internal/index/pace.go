package index

import (
	"context"
	"math"
	"sync"
)

// apart is how many inputs the readers of a shard's two streams may be apart while both have something to read.
const apart = 1 << 13

// pace keeps the reader of a shard's inputs and that of its log together while the index catches up, so that what happened to
// one verification is taken in at about one time, and an input before its records. Whoever has come to its goal is
// waited for no longer.
type pace struct {
	mu     sync.Mutex
	in     uint64        // the inputs up to it are taken in; the greatest number when those of the goal are
	log    uint64        // the records of inputs before it are taken in; the greatest number when those of the goal are
	behind bool          // the log's reader waits for inputs
	moved  chan struct{} // closed and replaced when one of them has changed
}

func newPace(at, goal position) *pace {
	p := &pace{in: at.in, log: at.in, moved: make(chan struct{})}
	if at.in >= goal.in {
		p.in = math.MaxUint64
	}
	if at.log >= goal.log {
		p.log = math.MaxUint64
	}
	return p
}

// inputs takes in inputs, of which last is the last, when the log's reader is not far behind. Done says that the goal is
// reached then.
func (p *pace) inputs(ctx context.Context, last uint64, done bool, take func() error) error {
	return p.turn(ctx, func() bool { return p.behind || p.log == math.MaxUint64 || last <= p.log+apart }, take, func() {
		if p.in = max(p.in, last); done {
			p.in = math.MaxUint64
		}
	})
}

// records takes in records, of which the last is caused by the input last, when that has been taken in. Done says that the
// goal is reached then.
func (p *pace) records(ctx context.Context, last uint64, done bool, take func() error) error {
	return p.turn(ctx, func() bool {
		p.behind = p.in < last
		return !p.behind
	}, take, func() {
		if p.log = max(p.log, last); done {
			p.log = math.MaxUint64
		}
	})
}

// turn takes when it may, and notes that it has. May and note are called under the lock.
func (p *pace) turn(ctx context.Context, may func() bool, take func() error, note func()) error {
	p.mu.Lock()
	for !may() {
		p.change()
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
		p.mu.Lock()
	}
	p.mu.Unlock()
	if err := take(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	note()
	p.change()
	return nil
}

// change wakes who waits. The lock is held.
func (p *pace) change() {
	close(p.moved)
	p.moved = make(chan struct{})
}
