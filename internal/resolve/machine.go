package resolve

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// source is what the resolver's events name as their emitter.
const source = "/bonafide/resolver"

// machine is one shard's state and what inputs make of it. It is pure: the records of an input depend on nothing but
// the inputs up to it. It is used by one goroutine at a time.
type machine struct {
	shard   int
	applied uint64 // sequence of the last input
	states  *shelf
	flows   map[string]*flow.Flow    // by digest
	parked  map[string][]string      // identities that wait for a flow, by digest
	wakes   wakes                    // told of each new state; may be nil
	changed *changes                 // told of each verification that has another state; may be nil
	was     map[string]kept          // while an image is made: what states were when it began that are others now; else nil
	said    uint64                   // records of inputs before this one are in the log: they are not made again
	sign    func(*events.View) error // nil: decisions are not signed; the same view gets the same signature
	answer  decision.Answered        // the answer at hand: the core holds only what it points at
	each    func(Step)               // told of each step instead of writing its records; nil: records are written
}

// wakes is told when a verification wants to be woken, if at all, and whether it is over and not packed yet.
type wakes func(id string, at time.Time, ok, ended bool)

func newMachine(shard int, w wakes) *machine {
	return &machine{shard: shard, states: newShelf(), flows: map[string]*flow.Flow{}, parked: map[string][]string{}, wakes: w}
}

// apply takes one input and returns the records that it causes. A fault is something that an operator should know of
// and that changes nothing else: the input is skipped.
func (m *machine) apply(r bus.Read) (records []bus.Record, fault error) {
	m.applied = r.Seq
	if r.Err != nil {
		return nil, fmt.Errorf("input %d is skipped: %w", r.Seq, r.Err)
	}
	switch p := r.Event.Data.(type) {
	case events.FlowPublished:
		return m.publish(r, p)
	case events.InputLost:
		return nil, nil // what it was cannot be known, so nothing comes of it
	}
	identity := events.IdentityOf(r.Event.Data.Key())
	if many, ok := r.Event.Data.(events.ChecksAnswered); ok {
		return m.answers(r, identity, many.Answers)
	}
	body, ok := BodyOf(r.Event.Data)
	if !ok {
		return nil, fmt.Errorf("input %d is skipped: %s is no input", r.Seq, r.Event.Data.Type())
	}
	return m.step(nil, r, identity, body)
}

// publish takes a flow's version and runs what has waited for it.
func (m *machine) publish(r bus.Read, p events.FlowPublished) ([]bus.Record, error) {
	if m.flows[p.Digest] != nil {
		return nil, nil
	}
	f, err := flow.Compile(p.Flow, p.Source, nil)
	if err != nil {
		return nil, fmt.Errorf("input %d: flow %s %s does not compile: %w", r.Seq, p.Flow, p.Digest, err)
	}
	if f.Digest != p.Digest {
		return nil, fmt.Errorf("input %d: flow %s is not what its digest %s says", r.Seq, p.Flow, p.Digest)
	}
	m.flows[p.Digest] = f
	var out []bus.Record
	for _, identity := range m.parked[p.Digest] {
		if out, err = m.step(out, r, identity, decision.FlowKnown{}); err != nil {
			return out, err
		}
	}
	delete(m.parked, p.Digest)
	return out, nil
}

// step runs the core for one verification and appends its records to out.
func (m *machine) step(out []bus.Record, r bus.Read, identity string, body decision.Body) ([]bus.Record, error) {
	s, err := m.taken(identity)
	if err != nil {
		return out, fmt.Errorf("input %d is skipped: %w", r.Seq, err)
	}
	s, out, err = m.from(s, out, r, identity, body)
	if s != nil {
		m.keep(identity, s)
	}
	return out, err
}

// answers runs the core for several answers of one verification, one after the other.
func (m *machine) answers(r bus.Read, identity string, all []events.CheckAnswered) (out []bus.Record, err error) {
	s, err := m.taken(identity)
	if err != nil {
		return nil, fmt.Errorf("input %d is skipped: %w", r.Seq, err)
	}
	found := 0
	for i := range all {
		found += len(all[i].Findings)
	}
	room := make([]decision.Finding, 0, found)
	var last *decision.State
	for i := range all {
		var body decision.Body = &m.answer
		if m.answer, room = answeredOf(&all[i], room); m.each != nil {
			body = m.answer
		}
		if s, out, err = m.from(s, out, r, identity, body); s == nil {
			break // nor were those before: it is about nothing, or not theirs
		}
		if last = s; err != nil {
			break
		}
	}
	if last != nil {
		m.keep(identity, last)
	}
	return out, err
}

// taken returns a state to take on, or nil. Who watches keeps the states: for them none is written to, nor packed.
func (m *machine) taken(identity string) (*decision.State, error) {
	if m.each != nil {
		return m.states.kept[identity].state, nil
	}
	return m.states.take(identity)
}

// keep sets the state that a verification has from now on.
func (m *machine) keep(identity string, s *decision.State) {
	if m.was != nil {
		if _, ok := m.was[identity]; !ok {
			m.was[identity] = m.states.kept[identity]
		}
	}
	m.states.put(identity, s)
	m.changed.note(identity)
	if m.wakes != nil {
		at, ok := s.NextWake()
		m.wakes(s.ID, at, ok, over(s))
	}
}

// from runs the core on from s, nil where there is none, returns what comes of it and appends its records to out. It returns no
// state when the input is about nothing that is known, or not theirs.
func (m *machine) from(s *decision.State, out []bus.Record, r bus.Read, identity string, body decision.Body) (*decision.State, []bus.Record, error) {
	opened, opens := body.(decision.Opened)
	switch {
	case s == nil && !opens:
		return nil, out, nil // about nothing that was ever asked
	case s == nil:
		s = &decision.State{}
	case s.Tenant != "" && tenantOf(r.Event.Data) != "" && tenantOf(r.Event.Data) != s.Tenant:
		return nil, out, nil // not theirs
	}
	digest := s.Digest
	if digest == "" {
		digest = opened.FlowDigest
	}
	var policy *decision.Policy
	if f := m.flows[digest]; f != nil {
		policy = f.Policy
	} else if s.Phase == decision.Absent {
		m.parked[digest] = append(m.parked[digest], identity)
	}
	in := decision.Input{Seq: r.Seq, At: r.At, Body: body}
	if m.each != nil {
		next, effects := decision.Step(policy, *s, in)
		m.each(Step{Policy: policy, Before: s, Input: in, After: &next, Effects: effects})
		return &next, out, nil
	}
	said := r.Seq < m.said
	believed := believed(s, body)
	effects := s.Take(policy, in, said)
	if said {
		return s, out, nil
	}
	out, err := m.records(out, r, s, effects)
	if err == nil && quietly(believed, s, effects) {
		out, err = m.moved(out, r, s)
	}
	return s, out, err
}

// records says what the effects of one step are in the log: first the calls, one record per provider, then what the
// world and other verifications are told. A record is in the form of its input, where there is a choice: so what a log has been
// written with is what a replay writes.
func (m *machine) records(out []bus.Record, r bus.Read, s *decision.State, effects []decision.Effect) ([]bus.Record, error) {
	var err error
	add := func(subject, id string, p events.Payload) {
		h, data, e := events.Encode(events.Event{ID: id, Source: source, Subject: s.ID, Time: r.At, Data: p, CausationID: r.Event.ID, TraceParent: r.Event.TraceParent,
			Compact: r.Event.Compact})
		if e != nil {
			err = fmt.Errorf("input %d: %w", r.Seq, e)
			return
		}
		out = append(out, bus.Record{Subject: subject, Header: h, Data: data, InSeq: r.Seq, Ord: len(out)})
	}
	view := func() events.View {
		v, e := m.view(s)
		if e != nil {
			err = fmt.Errorf("input %d: %w", r.Seq, e)
		}
		return v
	}
	for i, e := range effects {
		if c, ok := e.(decision.Call); ok && !earlier(effects[:i], c.Provider) {
			task := m.task(r, s, effects[i:], c.Provider)
			add(events.LogTaskSubject(m.shard, c.Provider), m.recordID(r.Seq, len(out)), task)
		}
	}
	for _, e := range effects {
		say := func(p events.Payload) { add(events.LogKinSubject(m.shard), m.recordID(r.Seq, len(out)), p) }
		result := func(kind string) string { return events.LogResultSubject(m.shard, s.Tenant, s.Flow, kind) }
		switch e := e.(type) {
		case decision.Decide:
			add(result(e.Result), s.ID+"."+strconv.Itoa(e.Revision), events.VerificationDecided{View: view()})
		case decision.Ask:
			add(result("action"), m.recordID(r.Seq, len(out)), events.ActionRequired{View: view()})
		case decision.Fail:
			add(result("failed"), m.recordID(r.Seq, len(out)), events.VerificationFailed{View: view()})
		case decision.Gone:
			add(result("erased"), s.ID+".erased", events.VerificationErased{View: view()})
		default:
			if p := kinOf(s, e); p != nil {
				say(p)
			}
		}
	}
	return out, err
}

// view is what everybody may see of a verification. It is signed where it tells a decision and decisions are signed.
func (m *machine) view(s *decision.State) (events.View, error) {
	v := viewOf(s.View())
	if m.sign == nil || v.Decision == nil {
		return v, nil
	}
	return v, m.sign(&v)
}

// recordID names the ord-th record that input seq causes: the same after every replay.
func (m *machine) recordID(seq uint64, ord int) string {
	return strconv.Itoa(m.shard) + "-" + strconv.FormatUint(seq, 10) + "-" + strconv.Itoa(ord)
}

func earlier(effects []decision.Effect, provider string) bool {
	return slices.ContainsFunc(effects, func(e decision.Effect) bool {
		c, ok := e.(decision.Call)
		return ok && c.Provider == provider
	})
}

// task gathers the calls to one provider. The dossier rides along where the input at hand is the one that has it: a repetition
// of the request, during which a call may fall due, has another, sealed under another id.
func (m *machine) task(r bus.Read, s *decision.State, effects []decision.Effect, provider string) events.CheckRequested {
	t := events.CheckRequested{ID: s.ID, Tenant: s.Tenant, Flow: s.Flow, Provider: provider, SubjectType: s.Subject, Corrected: s.Corrected}
	if len(s.Inputs) > 0 {
		t.Opened = s.Inputs[0]
	}
	if o, ok := r.Event.Data.(events.VerificationOpened); ok && r.Seq == t.Opened {
		t.Sealed = &o.Sealed
	}
	t.Calls = make([]events.Call, 0, len(effects))
	for _, e := range effects {
		if c, ok := e.(decision.Call); ok && c.Provider == provider {
			t.Calls = append(t.Calls, callOf(&c))
		}
	}
	return t
}

func identityOf(s *decision.State) string { return events.IdentityOf(s.ID) }
