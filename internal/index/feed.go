package index

import (
	"context"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// rowsKept bounds the rows that all shards together keep at hand: those of verifications that are on their way, and while
// an index is made from nothing those between where the inputs and where the log has been read to.
const rowsKept = 1 << 16

// shard is what has been read of one shard. Its two streams are read each in its order; how they lie to each other does
// not matter.
type shard struct {
	ix *Index
	n  int

	mu    sync.Mutex
	at    position
	goal  position // where the streams ended when Run began
	begun bool
	rows  map[string]*Row // by identity
	moved chan struct{}   // closed and replaced when at has grown
}

func newShard(ix *Index, n int) *shard {
	return &shard{ix: ix, n: n, rows: map[string]*Row{}, moved: make(chan struct{})}
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
	s.mu.Lock()
	at := s.at
	s.mu.Unlock()
	var readers sync.WaitGroup
	readers.Go(func() { cancel(b.ScanInputs(ctx, s.n, at.in+1, s.inputs)) })
	readers.Go(func() { cancel(b.ReadLog(ctx, s.n, at.log+1, s.records)) })
	readers.Wait()
	return context.Cause(ctx)
}

// caughtUp reports whether everything has been read that was there when Run began. The lock is held.
func (s *shard) caughtUp() bool { return s.begun && s.at.in >= s.goal.in && s.at.log >= s.goal.log }

// advanced tells those who wait for the shard. The lock is held.
func (s *shard) advanced() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// inputs takes in a batch of the shard's inputs.
func (s *shard) inputs(batch []bus.Raw) error {
	return s.take(func(w *writing) error {
		for i := range batch {
			if err := w.input(&batch[i]); err != nil {
				return err
			}
		}
		s.at.in = batch[len(batch)-1].Seq
		return nil
	})
}

// records takes in a batch of the shard's log.
func (s *shard) records(batch []bus.Record) error {
	return s.take(func(w *writing) error {
		for i := range batch {
			if err := w.record(&batch[i]); err != nil {
				return err
			}
		}
		s.at.log = batch[len(batch)-1].Seq
		return nil
	})
}

// take stores what f writes together with how far it was read, and tells those who wait.
func (s *shard) take(f func(*writing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.at
	w := &writing{shard: s, Batch: s.ix.db.NewBatch(), touched: map[string]bool{}}
	defer w.Close()
	err := f(w)
	if err == nil {
		err = w.store()
	}
	if err != nil {
		s.at, s.rows = before, map[string]*Row{}
		return err
	}
	s.advanced()
	s.ix.tell(w.touched)
	if w.erases {
		nudge(s.ix.erasures)
	}
	return nil
}
