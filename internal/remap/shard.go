package remap

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/dispatch"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/resolve"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// shard is one shard on its way.
type shard struct {
	n       int
	bus     *bus.Bus
	again   *dispatch.Rereader
	mine    func(id string) bool // which verifications are read this time
	machine *resolve.Replayer
	all     map[string]*verification // that the provider was asked about, by id
	last    decision.Input           // nothing but time, when the last input was stored
	found   Report
}

// verification is one verification as it is, and what the provider was asked and has answered.
type verification struct {
	policy *decision.Policy
	state  *decision.State
	calls  map[call]asked
	said   map[string]said // by digest of the evidence
}

// call names a call of the provider.
type call struct {
	check, kind  string
	attempt, try int
}

// asked is what a call was about.
type asked struct {
	corrected  []uint64
	components []string
}

// said is where an answer lies.
type said struct {
	asked
	seq uint64
}

func newShard(n int, b *bus.Bus, again *dispatch.Rereader) *shard {
	s := &shard{n: n, bus: b, again: again, all: map[string]*verification{}}
	s.machine = resolve.NewWatched(n, s.watch)
	return s
}

// take plays inputs.
func (s *shard) take(batch []bus.Raw) error {
	for i := range batch {
		raw := &batch[i]
		s.last = decision.Input{Seq: raw.Seq + 1, At: raw.At, Body: decision.Tick{}}
		if _, id := events.Gist(raw.Header, raw.Data); events.ValidID(id) && !s.mine(id) {
			continue
		}
		in := bus.Read{Seq: raw.Seq, At: raw.At}
		in.Event, in.Err = events.Decode(raw.Header, raw.Data)
		_, _ = s.machine.Apply(in) // a fault changes nothing, here as there
	}
	return nil
}

// watch remembers what has to do with the provider.
func (s *shard) watch(step resolve.Step) {
	v := s.all[step.After.ID]
	for _, e := range step.Effects {
		c, ok := e.(decision.Call)
		if !ok || c.Provider != s.again.Provider() {
			continue
		}
		if v == nil {
			v = &verification{calls: map[call]asked{}, said: map[string]said{}}
			s.all[step.After.ID] = v
		}
		v.calls[call{c.Check, c.Kind, c.Attempt, c.Try}] = asked{step.After.Corrected, c.Components}
	}
	if v == nil {
		return
	}
	v.policy, v.state = step.Policy, step.After
	if a, ok := step.Input.Body.(decision.Answered); ok && a.Provider == s.again.Provider() {
		c := call{a.Check, a.Kind, a.Attempt, a.Try}
		if about, ok := v.calls[c]; ok && a.Evidence != "" {
			v.said[a.Evidence] = said{about, step.Input.Seq}
		}
	}
}

// weigh reads all that counts again.
func (s *shard) weigh(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		v := s.all[id]
		runs := s.runs(v.state)
		if len(runs) == 0 {
			continue
		}
		s.found.Verifications++
		var err error
		switch v.state.Phase {
		case decision.Forgotten:
			s.found.Erased++
		case decision.Started:
			err = s.one(ctx, v, runs)
		}
		if errors.Is(err, seal.ErrNoKey) { // the key goes before the resolver hears of it
			s.found.Erased++
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run is a run that has an answer of the provider.
type run struct {
	check  string
	answer *decision.Evidence
}

func (s *shard) runs(st *decision.State) (out []run) {
	for _, c := range st.Checks {
		for _, r := range slices.Concat(c.Before, c.Earlier, []decision.Run{c.Run}) {
			if r.Provider == s.again.Provider() && r.Answer != nil {
				out = append(out, run{c.Name, r.Answer})
			}
		}
	}
	return out
}

// one reads the answers of one verification again and lets the core say what comes of them. Time passes first, so that what is
// due anyway is not taken for a change.
func (s *shard) one(ctx context.Context, v *verification, runs []run) error {
	is, _ := decision.Step(v.policy, *v.state, s.last)
	before := is
	var f Report
	for _, r := range runs {
		kept, err := s.kept(ctx, v, r)
		if err != nil {
			return err
		}
		if kept == nil {
			f.NoEvidence++
			continue
		}
		var a events.CheckAnswered
		err = patiently(ctx, func() (err error) {
			a, err = s.again.Again(ctx, *kept)
			return err
		})
		if c := fault.ClassOf(err); (c == fault.Invalid || c == fault.Malformed) && !errors.Is(err, seal.ErrNoKey) {
			f.NoEvidence++
			continue
		}
		if err != nil {
			return err
		}
		f.Read++
		if a.Status != events.AnswerCompleted {
			if a.Status != kept.Answer.Status {
				f.NotCompleted = append(f.NotCompleted, Unfit{v.state.ID, r.check, a.Status})
			}
			continue
		}
		body, _ := resolve.BodyOf(a)
		in := s.last
		in.Body = body
		next, _ := decision.Step(v.policy, is, in)
		if b, after := s.answer(&is, r), s.answer(&next, r); !reflect.DeepEqual(after.Findings, b.Findings) || !reflect.DeepEqual(after.Marks, b.Marks) {
			f.answers = append(f.answers, a)
			f.Changes = append(f.Changes, changes(v.state.ID, r.check, b.Findings, after.Findings)...)
		}
		is = next
	}
	if b, a := before.Decision, is.Decision; b != nil && a.Revision > b.Revision {
		f.Superseded = append(f.Superseded, Superseded{v.state.ID, b.Revision + 1, word(b.Result, b.Confidence), word(a.Result, a.Confidence), a.Cause})
	}
	s.found.Read += f.Read
	s.found.NoEvidence += f.NoEvidence
	s.found.NotCompleted = append(s.found.NotCompleted, f.NotCompleted...)
	s.found.Changes = append(s.found.Changes, f.Changes...)
	s.found.Superseded = append(s.found.Superseded, f.Superseded...)
	s.found.answers = append(s.found.answers, f.answers...)
	return nil
}

// patience is how often something is asked for that the broker does not give at once: of a hundred thousand answers one may
// be late, and all that was read before would be lost.
const patience = 5

func patiently(ctx context.Context, ask func() error) error {
	err := ask()
	for tried := 1; tried < patience && fault.ClassOf(err) == fault.Transient && ctx.Err() == nil; tried++ {
		err = ask()
	}
	return err
}

// kept returns the answer that a run rests on, or nil if its bytes are not kept.
func (s *shard) kept(ctx context.Context, v *verification, r run) (*dispatch.Kept, error) {
	where, ok := v.said[r.answer.Digest]
	if !ok {
		return nil, nil
	}
	var e events.Event
	if err := patiently(ctx, func() (err error) {
		e, _, err = s.bus.Input(ctx, s.n, where.seq)
		return err
	}); err != nil {
		return nil, err
	}
	for _, p := range events.Facts(e.Data) {
		if a, ok := p.(events.CheckAnswered); ok && a.Evidence != nil && a.Evidence.SHA256 == r.answer.Digest {
			return &dispatch.Kept{Answer: a, Opened: v.state.Inputs[0], Corrected: where.corrected, Components: where.components}, nil
		}
	}
	return nil, fault.New(fault.Malformed, "remap.kept", "an input does not hold the answer that it gave")
}

// answer returns what a run of a state rests on now: the one with the same bytes.
func (s *shard) answer(st *decision.State, r run) *decision.Evidence {
	for _, other := range s.runs(st) {
		if other.check == r.check && other.answer.Digest == r.answer.Digest {
			return other.answer
		}
	}
	return &decision.Evidence{}
}
