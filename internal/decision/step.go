package decision

import "slices"

// Step returns the state after in and what must now be true of the world. p is the policy that the state's (or
// Opened's) flow digest names; nil means that this version is not known yet, and the verification is parked.
//
// Step is total and pure: impossible inputs change nothing, s and in are never written to, and the same arguments give
// the same results, byte for byte. It keeps slices of in, so they must not change afterwards. Which input came is
// remembered in State.Inputs if it changed anything.
func Step(p *Policy, s State, in Input) (State, []Effect) {
	next := s
	m := machine{p: p, s: &next, in: in, now: TimeOf(in.At), shared: s.Checks}
	if !m.run() {
		return s, nil
	}
	return next, m.fx
}

// Take makes of s what Step makes of it, in its own memory: neither s nor a check of it may be held by anybody else. With
// silent it does not say what must now be true of the world.
func (s *State) Take(p *Policy, in Input, silent bool) []Effect {
	m := machine{p: p, s: s, in: in, now: TimeOf(in.At), mine: true, owned: true, silent: silent}
	if !m.run() || silent {
		return nil
	}
	return m.fx
}

// Copy returns the same state, of which nobody holds a check: it can be taken on.
func (s *State) Copy() *State {
	mine := *s
	mine.Inputs = slices.Clip(s.Inputs)
	all := make([]Progress, len(s.Checks))
	for i, c := range s.Checks {
		all[i] = *c
	}
	if mine.Checks = nil; s.Checks != nil {
		mine.Checks = checksOf(all)
	}
	return &mine
}

// run does the step and reports whether it has changed anything. If not, the state says what it said before.
func (m *machine) run() bool {
	if !m.fits() {
		return false
	}
	status, word := m.s.Status, m.s.word()
	m.apply()
	if m.s.Phase == Parked {
		m.pages()
	}
	if m.s.Phase == Started {
		m.due()
		m.pages()
		m.conclusions()
		if !m.changed {
			return false
		}
		m.advance()
		m.conclude()
		m.conclusions()
	}
	if !m.changed {
		return false
	}
	m.s.Inputs = m.timeline()
	m.s.UpdatedAt = max(m.s.UpdatedAt, m.now)
	m.stand()
	m.inform(status, word)
	return true
}

// MaxCorrected bounds the corrections of what was claimed that count: the newest.
const MaxCorrected = 16

// A machine is one step under way. It owns nothing of the state until it has made a copy.
type machine struct {
	p       *Policy
	s       *State
	in      Input
	now     Time
	fx      []Effect
	shared  Checks // the checks of the state that the step was given: others hold them
	mine    bool   // nobody else holds anything of s
	owned   bool   // s.Checks is our copy
	silent  bool   // effects are not asked for
	changed bool   // the state is another one
	cause   string // what a superseding decision names
	joined  string // the business that has joined in this step
}

// fits reports whether the state and the policy belong together, so that a stored state of another shape does no harm.
func (m *machine) fits() bool {
	if m.s.Phase != Started {
		return true
	}
	if m.p == nil {
		switch m.in.Body.(type) {
		case Cancelled, Erased:
			return true
		}
		return false
	}
	return len(m.s.Checks) == len(m.p.Checks)
}

func (m *machine) apply() {
	if m.s.Phase != Absent {
		switch b := m.in.Body.(type) {
		case Opened:
			if b.Parent != nil {
				m.join(b)
			}
		case Released:
			m.released(b)
		}
	}
	switch m.s.Phase {
	case Absent:
		if b, ok := m.in.Body.(Opened); ok && b.ID != "" {
			m.open(b)
		}
	case Parked:
		m.parked()
	case Started:
		m.started()
	case Stopped:
		switch b := m.in.Body.(type) {
		case Erased:
			m.erase()
		case Answered:
			m.named(&b)
		case *Answered:
			m.named(b)
		}
	case Forgotten:
		m.forgotten()
	}
}

func (m *machine) parked() {
	switch b := m.in.Body.(type) {
	case Corrected:
		m.remember(b)
	case DocumentsAdded:
		if m.fresh("documents", b.Dedupe) {
			m.s.Documents = joined(m.s.Documents, b.Documents)
			m.changed = true
		}
	case Submitted:
		if m.s.Hold {
			m.s.Hold = false
			m.changed = true
		}
		m.start()
	case FlowKnown:
		m.start()
	case LinkRequested:
		m.link(b)
	case Answered:
		m.answered(&b)
	case *Answered:
		m.answered(b)
	case Cancelled:
		m.cancel()
	case Erased:
		m.erase()
	}
}

func (m *machine) started() {
	switch b := m.in.Body.(type) {
	case Answered:
		m.answered(&b)
	case *Answered:
		m.answered(b)
	case Hinted:
		m.hinted(b)
	case DocumentsAdded:
		m.documents(b)
	case Corrected:
		m.corrected(b)
	case Reported:
		m.reported(b)
	case Rechecked:
		m.recheck(b)
	case Reviewed:
		m.reviewed(b)
	case Claimed:
		m.claimed(b)
	case LinkRequested:
		m.link(b)
	case Cancelled:
		m.cancel()
	case Erased:
		m.erase()
	}
}

func (m *machine) open(b Opened) {
	*m.s = State{
		ID: b.ID, Tenant: b.Tenant, Flow: b.Flow, Digest: b.FlowDigest, Reference: b.Reference,
		Subject: b.SubjectType, Country: b.Country, Phase: Parked, Hold: b.Hold, CreatedAt: m.now,
		Documents: b.Documents, Parties: b.Parties,
	}
	if b.Parent != nil {
		m.s.Parents, m.joined = []Parent{*b.Parent}, b.Parent.ID
	}
	m.changed = true
	m.start()
}

// start starts the checks of a parked verification, unless something is still missing.
func (m *machine) start() {
	if m.p == nil || m.s.Hold {
		return
	}
	held := m.s.Checks
	m.s.Phase, m.s.Checks = Started, nil
	m.begin()
	for i := range held { // what was made for pages is gone on with
		m.s.Checks[i].Run = held[i].Run
	}
}

// begin starts a round of checks.
func (m *machine) begin() {
	m.s.Deadline = m.now.plus(m.span(0))
	checks := m.unbegun()
	for i := range checks {
		checks[i].Until = m.s.Deadline
		if i < len(m.s.Checks) {
			checks[i].Run.Attempt = m.s.Checks[i].Run.Attempt // attempts count on
			checks[i].Known = m.s.Checks[i].known()
		}
	}
	m.s.Checks, m.owned, m.changed = checks, true, true
	m.s.Done, m.s.Failure, m.s.Expires = false, nil, 0
}

func (m *machine) cancel() {
	m.s.Phase, m.changed = Stopped, true
	m.forget()
	m.release(false)
}

// forget drops what only matters while checks go on.
func (m *machine) forget() {
	for i := range m.s.Checks {
		c := m.own(i)
		r := &c.Run
		r.Flight, r.NextAt, r.NextKind, r.Actions, r.Given, r.Mended, r.Page, r.Told = "", 0, "", nil, nil, false, nil, nil
		c.Again = 0
	}
	m.s.Expires, m.s.Claim = 0, nil
}

func (m *machine) recheck(b Rechecked) {
	if !m.fresh("recheck", b.Dedupe) {
		return
	}
	m.s.Round++
	m.begin()
}
