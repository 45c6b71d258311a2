package resolve

import (
	"context"
	"io"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// every calls f every SnapshotEvery until ctx ends.
func (s *shard) every(ctx context.Context, f func(context.Context) error) {
	t := time.NewTicker(s.cfg.SnapshotEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := f(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("no snapshot", "cause", err)
		}
	}
}

// snapshots takes one when it is worth it.
func (s *shard) snapshots(ctx context.Context, out *bus.Log) {
	s.every(ctx, func(ctx context.Context) error {
		s.mu.Lock()
		worth := s.m.applied > s.kept && worthwhile(s.m.applied-s.kept, s.m.states.len())
		s.mu.Unlock()
		if !worth {
			return nil
		}
		return s.snapshot(ctx, out)
	})
}

// along keeps what is remembered of changes short while another owns the shard.
func (s *shard) along(ctx context.Context) error {
	last, err := s.cfg.Bus.LastSnapshot(ctx, s.n)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept = max(s.kept, last.InSeq); len(s.m.changed.going) >= changesEach {
		s.m.changed.cut(s.m.applied)
	}
	s.m.changed.forget(last.InSeq)
	return nil
}

// replayMost is about how many inputs a restart reads again: a few seconds' work.
const replayMost = 200_000

// worthwhile says whether to take a snapshot of so many verifications after so many inputs. What a snapshot costs grows
// with the verifications, what it saves with the inputs: so a store that has grown is not written again and again.
func worthwhile(inputs uint64, verifications int) bool {
	return inputs > 0 && inputs >= min(uint64(verifications)/2, replayMost)
}

// handed returns when the records of every input that has been applied are handed over to the log.
func (s *shard) handed() {
	s.appending.Lock()
	defer s.appending.Unlock()
}

// layersMost bounds the layers of a snapshot.
const layersMost = 512

// layered says whether what has changed since a snapshot is to be stored, and not everything again: as long as all that was stored so
// since the whole one is less than that. So each state is written about twice, however many there are.
func layered(last bus.Snapshot) bool {
	return last.InSeq > 0 && last.Changes < last.Whole && last.Layers < layersMost
}

// snapshot stores the state, after everything that it has caused is in the log.
func (s *shard) snapshot(ctx context.Context, out *bus.Log) error {
	last, err := s.cfg.Bus.LastSnapshot(ctx, s.n)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.m.applied <= last.InSeq && !s.anew {
		s.mu.Unlock()
		return nil
	}
	s.m.changed.cut(s.m.applied)
	changed, ok := s.m.changed.since(last.InSeq)
	form := changesForm
	if !ok || !layered(last) || s.anew {
		form, last, changed = snapshotForm, bus.Snapshot{}, nil
	}
	im := s.m.image(form, union(changed), func() {
		s.mu.Unlock()
		s.mu.Lock()
	})
	s.mu.Unlock()
	s.handed()
	if err := out.Flush(ctx); err != nil {
		return err
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(im.write(w)) }()
	err = s.cfg.Bus.PutSnapshot(ctx, s.n, im.applied, last, r)
	r.CloseWithError(err) // the writer ends, whatever happened
	if err == nil {
		s.mu.Lock()
		s.kept, s.anew = im.applied, false
		s.m.changed.forget(im.applied)
		s.mu.Unlock()
	}
	return err
}

// tidyEvery is how long what is over stays as it is, about: what follows at once, like a vendor's second word, finds it so.
const tidyEvery = 2 * time.Second

// tidy packs what is over, whether the shard is ours or read along.
func (s *shard) tidy(ctx context.Context) error {
	t := time.NewTicker(tidyEvery)
	defer t.Stop()
	var written, squeezed []byte // room that is used again
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		s.mu.Lock()
		ended := s.ended
		s.ended = nil
		s.mu.Unlock()
		for _, identity := range ended {
			if err := s.pack(identity, &written, &squeezed); err != nil {
				return err
			}
		}
	}
}

// closed says whether a state is to be packed: it is over and lies there whole. One whose flow is not known stays as it is, for
// a restart looks for it.
func (m *machine) closed(k kept) bool {
	return k.state != nil && over(k.state) && m.flows[k.state.Digest] != nil
}

// pack keeps one state packed from now on, if it is still over. Written and squeezed are room for the way there.
func (s *shard) pack(identity string, written, squeezed *[]byte) error {
	s.mu.Lock()
	k := s.m.states.show(identity)
	closed := s.m.closed(k)
	s.mu.Unlock()
	if !closed {
		return nil
	}
	stored, err := k.json(*written)
	if err != nil {
		return err
	}
	if *written = stored; cap(*squeezed) < s2.MaxEncodedLen(len(stored)) {
		*squeezed = make([]byte, 2*s2.MaxEncodedLen(len(stored)))
	}
	b := pack(k.state, stored, *squeezed)
	s.mu.Lock()
	s.m.states.pack(identity, k.state, b)
	s.mu.Unlock()
	return nil
}
