// Package backtest plays recorded verifications again under another flow and says what would be decided otherwise. It
// calls no vendor and publishes nothing.
//
// An answer that was recorded is there as soon as the flow asks for it, and not before it was recorded. What the flow asks
// for and nobody was asked has no answer: the result of such a verification cannot be told, and it is counted as that.
package backtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// ErrNone says that there is nothing to play again.
var ErrNone = errors.New("none is recorded")

// Run plays the verifications that were asked of the flow named of again under f, whatever version of it they had. When
// there are none the error is ErrNone and names the flows that there are.
func Run(ctx context.Context, r replay.Recording, of string, f *flow.Flow) (Report, error) {
	began := time.Now()
	shards := make([]*shard, r.Shards())
	if err := replay.EachShard(ctx, r.Shards(), func(ctx context.Context, n int) error {
		shards[n] = newShard(n, of, f.Policy)
		if err := r.Inputs(ctx, n, shards[n].take); err != nil {
			return err
		}
		shards[n].end()
		return nil
	}); err != nil {
		return Report{}, err
	}
	out := Report{Flow: f.Name, Digest: f.Digest, Of: of, Calls: map[string]Calls{}}
	var others []string
	all := newTally()
	for _, s := range shards {
		all.merge(s.tally)
		for name := range s.others {
			if !slices.Contains(others, name) {
				others = append(others, name)
			}
		}
	}
	if all.verifications == 0 {
		slices.Sort(others)
		return out, fmt.Errorf("of flow %s %w; recorded are: %s", of, ErrNone, strings.Join(others, ", "))
	}
	all.report(&out)
	out.Seconds = time.Since(began).Seconds()
	return out, nil
}

// shard is one shard on its way.
type shard struct {
	of      string
	policy  *decision.Policy
	machine *resolve.Replayer
	twins   map[string]*twin    // by identity
	others  map[string]struct{} // flows of verifications that are not played
	last    decision.Time       // of the last input
	tally   *tally
}

func newShard(n int, of string, p *decision.Policy) *shard {
	quiet := *p
	quiet.Tell = nil // what a vendor is told changes nothing that is decided, and nobody has recorded what it said to that
	s := &shard{of: of, policy: &quiet, twins: map[string]*twin{}, others: map[string]struct{}{}, tally: newTally()}
	s.machine = resolve.NewWatched(n, func(step resolve.Step) {
		if t := s.twins[events.IdentityOf(step.After.ID)]; t != nil {
			t.follow(step)
		}
	})
	return s
}

// take plays inputs. What is about other flows is not even decoded.
func (s *shard) take(batch []bus.Raw) error {
	for i := range batch {
		raw := &batch[i]
		s.last = decision.TimeOf(raw.At)
		kind, id := events.Gist(raw.Header, raw.Data)
		known := s.twins[events.IdentityOf(id)] != nil
		if !known && kind != events.TypeOpened && kind != events.TypeFlowPublished {
			continue
		}
		in := bus.Read{Seq: raw.Seq, At: raw.At}
		in.Event, in.Err = events.Decode(raw.Header, raw.Data)
		if opened, ok := in.Event.Data.(events.VerificationOpened); ok && !known {
			if opened.Flow != s.of {
				s.others[opened.Flow] = struct{}{}
				continue
			}
			s.twins[events.IdentityOf(id)] = &twin{policy: s.policy, calls: s.tally.calls}
		}
		_, _ = s.machine.Apply(in) // a fault changes nothing, here as there
	}
	return nil
}

// end says what became of all.
func (s *shard) end() {
	for _, t := range s.twins {
		if t.recorded != nil {
			known := t.end(s.last)
			s.tally.add(t.recorded, &t.state, known, t.reviewed)
		}
	}
}
