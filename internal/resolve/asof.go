package resolve

import (
	"context"
	"errors"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// errRead ends a reader that has what it wants.
var errRead = errors.New("read")

// asOf returns a verification as it was at a moment: what the core makes of the inputs that were stored until then. It is
// nil when there was nothing yet. st is the verification now.
func (s *shard) asOf(ctx context.Context, st *decision.State, at time.Time) (*decision.State, error) {
	past := newMachine(s.n, nil)
	parked := false
	var inputs []bus.Read
	take := func(r bus.Read) {
		_, flow := r.Event.Data.(events.FlowPublished)
		parked = parked || flow // at some time, maybe after at
		if !r.At.After(at) {
			inputs = append(inputs, r)
		}
	}
	if err := s.inputsOf(ctx, st, take); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if f := s.m.flows[st.Digest]; f != nil && !parked {
		past.flows[st.Digest] = f // it was known from the start
	}
	s.mu.Unlock()
	for _, r := range inputs {
		if _, err := past.apply(r); err != nil {
			return nil, err
		}
	}
	return past.states.get(identityOf(st))
}

// inputsOf gives the inputs that have changed a verification, in order. A state names them all until there are too many;
// then the stream is read.
func (s *shard) inputsOf(ctx context.Context, st *decision.State, take func(bus.Read)) error {
	if len(st.Inputs) < decision.MaxInputs {
		for _, seq := range st.Inputs {
			e, stored, err := s.cfg.Bus.Input(ctx, s.n, seq)
			if err != nil {
				return err
			}
			take(bus.Read{Seq: seq, At: stored, Event: e})
		}
		return nil
	}
	last := st.Inputs[len(st.Inputs)-1]
	err := s.cfg.Bus.ReadInputs(ctx, s.n, st.Inputs[0], func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Seq > last {
				return errRead
			}
			if r.Err == nil && events.IdentityOf(r.Event.Data.Key()) == identityOf(st) {
				take(r)
			}
			if r.Seq == last {
				return errRead
			}
		}
		return nil
	})
	if errors.Is(err, errRead) {
		return nil
	}
	return err
}
