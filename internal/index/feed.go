package index

import (
	"context"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// shard is what has been read of one shard. Its two streams are read each in its order; what is told does not depend on how
// they lie to each other.
type shard struct {
	ix *Index
	n  int

	mu    sync.Mutex
	at    position // what is stored
	goal  position // where the streams ended when Run began
	begun bool
	rows  rows
	next  *writing      // what is to be stored next, or nil
	moved chan struct{} // closed and replaced when at has grown
}

func newShard(ix *Index, n, shards int) *shard {
	return &shard{ix: ix, n: n, rows: newRows(ix, rowsKept/shards), moved: make(chan struct{})}
}

// Run feeds the index from the streams until ctx ends; while the broker is away it waits. It is called once.
func (ix *Index) Run(ctx context.Context, b *bus.Bus) {
	for ix.begin(ctx, b) != nil {
		if !rest(ctx) {
			return
		}
	}
	var feeding sync.WaitGroup
	for _, s := range ix.shards {
		feeding.Go(func() {
			for ctx.Err() == nil {
				if err := s.feed(ctx, b); ctx.Err() == nil {
					ix.log.Warn("the index is not fed for the moment", "shard", s.n, "cause", err)
				}
				rest(ctx)
			}
		})
	}
	feeding.Wait()
}

// rest waits a moment; it reports whether ctx goes on.
func rest(ctx context.Context) bool {
	t := time.NewTimer(250 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// begin notes where the streams end now. Of streams that were made anew nothing is known, whatever the others held: then
// everything is thrown away.
func (ix *Index) begin(ctx context.Context, b *bus.Bus) error {
	ends := make([]bus.Ends, len(ix.shards))
	anew := false
	for n, s := range ix.shards {
		var err error
		if ends[n], err = b.Ends(ctx, n); err != nil {
			return err
		}
		born := ends[n].Born.UnixNano()
		anew = anew || s.at.born != 0 && s.at.born != born || ends[n].Inputs < s.at.in || ends[n].Log < s.at.log
	}
	if anew {
		ix.log.Warn("the streams were made anew, and so is the index")
		if err := ix.db.DeleteRange([]byte{0}, []byte{0xff}, pebble.NoSync); err != nil {
			return err
		}
		if err := ix.load(); err != nil {
			return err
		}
	}
	for n, s := range ix.shards {
		s.mu.Lock()
		if anew {
			s.at = position{}
		}
		s.at.born = ends[n].Born.UnixNano()
		s.goal, s.begun = position{in: ends[n].Inputs, log: ends[n].Record}, true
		s.advanced()
		s.mu.Unlock()
	}
	return nil
}

// feed feeds one shard until something fails or ctx ends.
func (s *shard) feed(ctx context.Context, b *bus.Bus) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	at, goal := s.begin()
	var readers sync.WaitGroup
	p := newPace(at, goal)
	readers.Go(func() {
		cancel(b.ScanInputs(ctx, s.n, at.in+1, func(batch []bus.Raw) error {
			last := batch[len(batch)-1].Seq
			return p.inputs(ctx, last, last >= goal.in, func() error { return s.inputs(batch) })
		}))
	})
	readers.Go(func() {
		cancel(b.ReadLog(ctx, s.n, at.log+1, func(batch []bus.Record) error {
			last := &batch[len(batch)-1]
			return p.records(ctx, last.InSeq, last.Seq >= goal.log, func() error { return s.records(batch) })
		}))
	})
	readers.Wait()
	return context.Cause(ctx)
}

// begin returns where to read from, and what the goal is.
func (s *shard) begin() (at, goal position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	if s.at.in == 0 && s.at.log == 0 {
		s.rows.seen = newSeen(s.goal.in)
	}
	return s.at, s.goal
}

// caughtUp reports whether a position holds everything that was there when Run began. The lock is held.
func (s *shard) caughtUp(at position) bool {
	return s.begun && at.in >= s.goal.in && at.log >= s.goal.log
}

// advanced tells those who wait for the shard. The lock is held.
func (s *shard) advanced() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// inputs takes in a batch of the shard's inputs.
func (s *shard) inputs(batch []bus.Raw) error {
	return s.take(len(batch), func(w *writing) error {
		for i := range batch {
			if err := w.input(&batch[i]); err != nil {
				return err
			}
		}
		w.at.in = batch[len(batch)-1].Seq
		return nil
	})
}

// records takes in a batch of the shard's log.
func (s *shard) records(batch []bus.Record) error {
	return s.take(len(batch), func(w *writing) error {
		for i := range batch {
			if err := w.record(&batch[i]); err != nil {
				return err
			}
		}
		w.at.log = batch[len(batch)-1].Seq
		return nil
	})
}

// storedAtOnce is how many events are stored together while what was there when Run began is still being read. Most of what
// happens to a verification is then in one of them, and is written once.
const storedAtOnce = 1 << 14

// take takes in n events by f, stores them together with how far that is, and tells those who wait. While the shard is
// not caught up nobody waits, and what is taken in is stored with what follows.
func (s *shard) take(n int, f func(*writing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = &writing{shard: s, at: s.at}
	}
	w := s.next
	err := f(w)
	if w.events += n; err == nil && w.events < storedAtOnce && !s.caughtUp(w.at) && s.begun {
		return nil
	}
	if err == nil {
		err = w.store()
	}
	if err != nil {
		s.drop()
		return err
	}
	if s.at, s.next = w.at, nil; s.caughtUp(s.at) {
		s.rows.seen = nil
	}
	s.advanced()
	s.ix.tell(w.touched)
	s.rows.stored(w.touched)
	if w.erases != nil {
		nudge(s.ix.erasures)
	}
	return nil
}

// drop forgets what is not stored. The lock is held.
func (s *shard) drop() { s.next, s.rows = nil, newRows(s.ix, s.rows.most) }
