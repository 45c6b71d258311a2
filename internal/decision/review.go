package decision

import (
	"math"
	"slices"
	"strings"
	"time"
)

// ClaimTime is how long a claim lasts. Claiming again begins it anew.
const ClaimTime = 30 * time.Minute

// maxReviews bounds the words that a state remembers; the oldest go first.
const maxReviews = 100

// Review is a reviewer's word about one component, or about the whole for "". It counts until what it judged changes:
// asking the vendors again does not end it if they say the same.
type Review struct {
	Component string `json:"c,omitzero"`
	Result    string `json:"r"`
	Reviewer  string `json:"w,omitzero"` // id of their key
	At        Time   `json:"t"`
	Judged    uint64 `json:"j,omitzero"` // hash of the evidence that they had before them
	Round     int    `json:"o,omitzero"` // of checks in which it was given
	Weight    Weight `json:"e,omitzero"`
}

// Weight is what a reviewer's word counts for.
type Weight uint8

// The weights. The numbers are stored.
const (
	Open      Weight = iota // another reviewer must agree
	Counts                  // it decides
	Over                    // what it judged has changed
	Suspended               // it counted; what it judged has expired, or the checks are asked again and have not said it again
)

// String returns the word of the API.
func (w Weight) String() string {
	switch w {
	case Counts:
		return "counts"
	case Over:
		return "ended"
	case Suspended:
		return "suspended"
	}
	return "open"
}

// Claim is a reviewer's, who has a verification to themselves until then.
type Claim struct {
	Reviewer string `json:"w"`
	Until    Time   `json:"u"`
}

// InReview is what reviewers are waited for with, and since when.
type InReview struct {
	Since Time   `json:"t"`
	Waits []Wait `json:"w,omitempty"`
}

// Wait is one thing that a reviewer is waited for with. Component "" is the whole.
type Wait struct {
	Component string `json:"c,omitzero"`
	Why       string `json:"w"`
}

// claimant returns who has claimed the verification; "" is nobody.
func (m *machine) claimant() string {
	if c := m.s.Claim; c != nil && m.now < c.Until {
		return c.Reviewer
	}
	return ""
}

// claimed takes in that a reviewer claims the verification, or gives it back. Another's claim stays.
func (m *machine) claimed(b Claimed) {
	who := m.claimant()
	switch {
	case b.Reviewer == "" || who != "" && who != b.Reviewer || who == "" && b.GivenBack:
	case b.GivenBack:
		m.s.Claim, m.changed = nil, true
	default:
		m.s.Claim, m.changed = &Claim{Reviewer: b.Reviewer, Until: m.now.plus(ClaimTime)}, true
	}
}

// reviewed takes in a reviewer's word. Somebody else's claim keeps it out. It replaces what the same reviewer has said of
// the same, and where no second one must agree, what anybody has.
func (m *machine) reviewed(b Reviewed) {
	if who := m.claimant(); who != "" && who != b.Reviewer {
		return
	}
	known := b.Result == True || b.Result == False || b.Result == Unknown
	if !known || b.Component != "" && !m.delivers(b.Component) || !m.fresh("review", b.Dedupe) {
		return
	}
	kept := make([]Review, 0, len(m.s.Reviews)+1)
	for _, r := range m.s.Reviews {
		if r.Component != b.Component || m.p.FourEyes && r.Reviewer != b.Reviewer && r.Weight != Over {
			kept = append(kept, r)
		}
	}
	if len(kept) >= maxReviews {
		kept = kept[1:]
	}
	m.s.Reviews = append(kept, Review{Component: b.Component, Result: b.Result, Reviewer: b.Reviewer, At: m.now,
		Judged: m.evidence(b.Component, false), Round: m.s.Round})
	if b.Component == "" {
		m.s.Claim = nil
	}
	m.cause, m.changed = "review", true
}

// saidAll reports whether a reviewer has said something of all that waits: only others can help it on.
func (m *machine) saidAll(who string, waits []Wait) bool {
	return !slices.ContainsFunc(waits, func(w Wait) bool {
		return !slices.ContainsFunc(m.s.Reviews, func(r Review) bool {
			return r.Reviewer == who && r.Component == w.Component && r.Weight != Over
		})
	})
}

// evidence tells what providers have found about a component apart from anything else that they could have, or about
// everything for "". When it was found, and in which attempt, is no part of it; that it has expired is, unless ageless.
func (m *machine) evidence(component string, ageless bool) uint64 {
	h := offset
	for i := range m.s.Checks {
		c := m.s.Checks[i]
		earlier, last := c.standing()
		for j := range earlier {
			h = m.evidenceOf(h, component, ageless, i, &earlier[j])
		}
		h = m.evidenceOf(h, component, ageless, i, last)
	}
	for _, c := range m.s.conflicts() {
		if component == "" || component == c.component {
			h = hash(hash(hash(hash(h, reasonContradiction), c.component), c.earlier.Provider), c.run.Provider)
		}
	}
	return h >> 32 // half is enough, and short in JSON
}

func (m *machine) evidenceOf(h uint64, component string, ageless bool, check int, r *Run) uint64 {
	if r.Answer == nil {
		return h
	}
	for i := range r.Answer.Findings {
		f := &r.Answer.Findings[i]
		if component != "" && f.Component != component && (component != Persons || f.Person == "") {
			continue
		}
		h = hash(hash(hash(hash(hash(h, m.s.Checks[check].Name), r.Provider), f.Component), f.Person), f.Result)
		h = (hash(h, strings.Join(f.Reasons, " ")) ^ math.Float64bits(f.Confidence)) * prime
		if !r.counts() {
			h = hash(h, "withdrawn")
		}
		if !ageless && m.expired(f, check) {
			h = hash(h, "expired")
		}
	}
	return h
}

// stands reports whether a word still judges what is known. One from before the checks were asked for again waits until
// those have ended that may speak of the same. One about the whole that was given before all checks had ended bears what
// they bring, short of a false.
func (m *machine) stands(r *Review) bool {
	switch {
	case r.Weight == Over:
		return false
	case r.Judged == m.evidence(r.Component, false):
		return r.Round == m.s.Round || !m.waitsFor(r.Component)
	}
	return r.Component == "" && r.Round == m.s.Round && !m.settled() && m.found().Result != False
}

// lapse ends the words whose evidence has changed, and says which of those that counted. Those whose evidence has only
// expired, or whose checks are being asked again, rest until it is seen what is found now.
func (m *machine) lapse() string {
	var ended []string
	for i := range m.s.Reviews {
		r := &m.s.Reviews[i]
		rests := r.Judged == m.evidence(r.Component, true) || r.Round != m.s.Round && m.mayCome(r.Component)
		if rests || r.Weight == Over || m.stands(r) {
			continue
		}
		if r.Weight == Counts || r.Weight == Suspended {
			ended = append(ended, "what reviewer "+r.Reviewer+" said of "+r.of())
		}
		m.weighs(i, Over)
	}
	return strings.Join(ended, " and ")
}

// mayCome reports whether a check may still speak of a component, or of anything for "", be it late.
func (m *machine) mayCome(component string) bool {
	for i := range m.s.Checks {
		if s := m.s.Checks[i].Stage; (s.open() || s == TimedOut) && m.p.Checks[i].speaksOf(component) {
			return true
		}
	}
	return false
}

// waitsFor reports whether a check is waited for that speaks of a component, or any for "".
func (m *machine) waitsFor(component string) bool {
	for i := range m.s.Checks {
		if m.awaited(i) && m.p.Checks[i].speaksOf(component) {
			return true
		}
	}
	return false
}

func (c *Check) speaksOf(component string) bool {
	return component == "" || slices.Contains(c.Components, component)
}

// weighReviews remembers what each word counts for, for who reads the state alone.
func (m *machine) weighReviews() {
	if m.p == nil {
		return
	}
	m.rulings(func(component string, ruled ruling) {
		for i := range m.s.Reviews {
			r := &m.s.Reviews[i]
			switch stands := m.stands(r); {
			case r.Component != component || r.Weight == Over:
			case stands && r.Result == ruled.result:
				m.weighs(i, Counts)
			case !stands && r.Weight != Open:
				m.weighs(i, Suspended)
			default:
				m.weighs(i, Open)
			}
		}
	})
}

func (m *machine) weighs(i int, w Weight) {
	if m.s.Reviews[i].Weight != w {
		m.s.Reviews = slices.Clone(m.s.Reviews)
		m.s.Reviews[i].Weight = w
	}
}

// of names what a word is about.
func (r *Review) of() string {
	if r.Component == "" {
		return "the whole"
	}
	return r.Component
}
