package resolve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// shard keeps one shard's state, as its owner or reading along. One life of it ends when it is fenced or anything
// fails; the next starts from the snapshot.
type shard struct {
	n       int
	cfg     *Config
	log     *slog.Logger
	metrics *metrics

	mu      sync.Mutex
	m       *machine
	out     *bus.Log      // nil while reading along
	stored  mark          // records up to here are in the log
	pending []bus.Record  // while reading along: records that the owner may not have stored yet
	moved   chan struct{} // closed and replaced when m.applied has grown
	goal    uint64        // the input that was the last when this life began
	begun   bool          // goal is known
	kept    uint64        // the input of the last snapshot that we know of
	anew    bool          // the last snapshot is damaged: the next one is whole
	from    string        // traceparent of the input that is being applied; ""
	ended   []string      // identities of what has come to its end and is not packed yet

	appending sync.Mutex // held from taking an input to handing its records over, so that their order is the inputs'
	wheel     *wheel
}

// mark is a place in the log: the ord-th record of input seq.
type mark struct {
	in  uint64
	ord int
}

func (a mark) covers(r bus.Record) bool { return r.InSeq < a.in || r.InSeq == a.in && r.Ord <= a.ord }

func newShard(n int, cfg *Config, m *metrics) *shard {
	s := &shard{n: n, cfg: cfg, log: cfg.Log.With("shard", n), metrics: m}
	s.reset()
	return s
}

func (s *shard) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moved != nil {
		close(s.moved)
	}
	s.wheel = newWheel()
	wheel := s.wheel
	s.m = newMachine(s.n, func(id string, at time.Time, ok, ended bool) {
		wheel.set(id, at, ok, s.cfg.Now(), s.from)
		if ended {
			s.ended = append(s.ended, events.IdentityOf(id))
		}
	})
	s.m.sign = s.cfg.Sign
	s.m.changed = newChanges(0)
	s.out, s.stored, s.pending, s.moved, s.begun, s.kept, s.anew, s.ended, s.from = nil, mark{}, nil, make(chan struct{}), false, 0, false, nil, ""
}

// run lives one life after the other until ctx ends.
func (s *shard) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.live(ctx)
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("shard starts anew from its snapshot", "cause", err)
		s.metrics.restarts.Inc()
		wait(ctx, s.cfg.Retry)
		s.reset()
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// live restores, reads along, and owns the shard whenever it has the lease. It returns why it ended.
func (s *shard) live(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	if err := s.restore(ctx); err != nil {
		return err
	}
	var wg sync.WaitGroup
	start := func(what string, f func(context.Context) error) {
		wg.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	along, alone := context.WithCancel(ctx) // the log is read along until it is our own
	defer alone()
	start("read inputs", s.read)
	start("pack what is over", s.tidy)
	start("follow the log", func(context.Context) error {
		if err := s.follow(along); along.Err() == nil {
			return err
		}
		return nil
	})
	start("forget what is kept", func(context.Context) error {
		s.every(along, s.along)
		return nil
	})
	start("own", func(ctx context.Context) error {
		return s.cfg.Bus.Lease(bus.ShardLease(s.n), s.cfg.Holder).Run(ctx, func(held context.Context) error { return s.own(held, alone) })
	})
	<-ctx.Done()
	wg.Wait()
	return context.Cause(ctx)
}

// restore loads the snapshot and says from where the log is known to be complete.
func (s *shard) restore(ctx context.Context) error {
	if err := s.cfg.Bus.Fits(ctx, s.n); err != nil {
		return err // what is read along would not be what the log was made from
	}
	tail, _, err := s.cfg.Bus.LogTail(ctx, s.n)
	if err != nil {
		return fmt.Errorf("log tail: %w", err)
	}
	last, err := s.cfg.Bus.Tail(ctx, s.n)
	if err != nil {
		return fmt.Errorf("input tail: %w", err)
	}
	kept, layers, err := s.cfg.Bus.ReadSnapshot(ctx, s.n)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored, s.goal, s.begun = mark{tail.InSeq, tail.Ord}, last, true
	s.m.said = tail.InSeq
	if s.anew = kept.Damaged; layers == nil {
		return nil
	}
	if err := s.m.restore(kept.InSeq, layers...); err != nil {
		return err
	}
	s.kept, s.m.changed = kept.InSeq, newChanges(kept.InSeq)
	s.ended = nil // what is over came packed
	return nil
}

// read applies inputs as they come, for ever.
func (s *shard) read(ctx context.Context) error {
	s.mu.Lock()
	from := s.m.applied + 1
	s.mu.Unlock()
	return s.cfg.Bus.ReadInputs(ctx, s.n, from, func(batch []bus.Read) error { return s.apply(ctx, batch) })
}

// apply takes a batch of inputs and hands its records to the log, or keeps them while reading along.
func (s *shard) apply(ctx context.Context, batch []bus.Read) error {
	s.mu.Lock()
	var records []bus.Record
	for _, in := range batch {
		begun := s.cfg.Tracer.Now()
		s.from = in.Event.TraceParent
		out, fault := s.m.apply(in)
		s.trace(ctx, in, out, begun)
		if fault != nil {
			s.log.Error("an input changes nothing", "seq", in.Seq, "cause", fault)
			s.metrics.faults.Inc()
		}
		for _, r := range out {
			if !s.stored.covers(r) {
				records = append(records, r)
			}
		}
	}
	s.metrics.inputs.Add(float64(len(batch)))
	close(s.moved)
	s.moved = make(chan struct{})
	out := s.out
	if out == nil {
		s.pending = append(s.pending, records...)
	}
	s.appending.Lock()
	s.mu.Unlock()
	defer s.appending.Unlock()
	if out == nil || len(records) == 0 {
		return nil
	}
	s.metrics.records.Add(float64(len(records)))
	return out.Append(ctx, records)
}

// follow reads the log along and forgets what the owner has stored.
func (s *shard) follow(ctx context.Context) error {
	tail, _, err := s.cfg.Bus.LogTail(ctx, s.n)
	if err != nil {
		return err
	}
	return s.cfg.Bus.ReadLog(ctx, s.n, tail.Seq+1, func(batch []bus.Record) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range batch {
			if !s.stored.covers(r) {
				s.stored = mark{r.InSeq, r.Ord}
			}
		}
		s.forget()
		return nil
	})
}

// forget drops pending records that are stored.
func (s *shard) forget() {
	n := 0
	for n < len(s.pending) && s.stored.covers(s.pending[n]) {
		n++
	}
	if n == len(s.pending) {
		s.pending = nil
	} else {
		s.pending = s.pending[n:]
	}
}

// own claims the log, brings it up to date and owns the shard until ctx ends or another has claimed it. Alone is called
// when nobody else's records can come any more.
func (s *shard) own(ctx context.Context, alone func()) error {
	began := s.cfg.Now()
	out, err := s.cfg.Bus.Claim(ctx, s.n, s.cfg.Holder)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	defer out.Close()
	alone()
	s.mu.Lock()
	if in, ord, ok := out.Tail(); ok && !s.stored.covers(bus.Record{InSeq: in, Ord: ord}) {
		s.stored = mark{in, ord}
	}
	s.forget()
	s.out = out
	kept := s.pending
	s.pending = nil
	s.appending.Lock()
	s.mu.Unlock()
	err = out.Append(ctx, kept)
	s.appending.Unlock()
	if err != nil {
		return fmt.Errorf("append what was pending: %w", err)
	}
	s.log.Info("owns the shard", "epoch", out.Epoch(), "pending", len(kept), "took", s.cfg.Now().Sub(began))
	s.metrics.owned.Inc()
	defer s.metrics.owned.Dec()

	stop, err := s.cfg.Bus.Answer(s.n, s.answer)
	if err != nil {
		return fmt.Errorf("answer questions: %w", err)
	}
	defer stop()
	held, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.fire(held) })
	wg.Go(func() { s.snapshots(held, out) })
	<-ctx.Done()
	cancel()
	wg.Wait()
	s.hand(out)
	return errors.New("the lease has ended")
}

// hand stores what has been appended, so that the next owner has little to do.
func (s *shard) hand(out *bus.Log) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(context.Background()), s.cfg.Grace)
	defer cancel()
	s.appending.Lock()
	err := out.Flush(ctx)
	s.appending.Unlock()
	if err == nil {
		err = s.snapshot(ctx, out)
	}
	if err != nil {
		s.log.Info("shard handed over with records in flight", "cause", err)
	}
}

// fire publishes a TimerFired for each verification that is due.
func (s *shard) fire(ctx context.Context) {
	wheel := s.wheel
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := s.cfg.Now()
		for _, m := range wheel.take(now, 256) {
			e := events.Event{ID: fmt.Sprintf("%s.timer.%d", m.id, m.at.UnixNano()), Source: source, Subject: m.id, Time: now, TraceParent: m.from,
				Data: events.TimerFired{ID: m.id, At: m.at}}
			err := s.cfg.Bus.PutAsync(ctx, e, func(_ bus.Position, err error) {
				if err != nil {
					wheel.set(m.id, now.Add(time.Second), true, now, m.from)
				}
			})
			if err != nil {
				wheel.set(m.id, now.Add(time.Second), true, now, m.from)
			}
		}
		d := time.Hour
		if at, ok := wheel.next(); ok {
			d = max(at.Sub(s.cfg.Now()), 0)
		}
		timer.Reset(d)
		select {
		case <-ctx.Done():
			return
		case <-wheel.kick:
		case <-timer.C:
		}
	}
}
