package decision

import (
	"slices"
	"time"
)

const (
	maxPageTries = 8                // technical failures in a row before a page is given up: about a minute
	leastLife    = 30 * time.Second // what must be left of a page's life for it to be handed out again
)

// Page is a page of a vendor for the subject that somebody has asked for. While it is being made, URL is the one before it.
type Page struct {
	URL       string `json:"u,omitzero"`
	ExpiresAt Time   `json:"x,omitzero"`
	Making    bool   `json:"m,omitzero"`
	Fails     int32  `json:"f,omitzero"` // technical failures in a row
	NextAt    Time   `json:"n,omitzero"` // when it is tried again
	Class     string `json:"c,omitzero"` // why there is none
	Why       string `json:"w,omitzero"`
}

// lives reports whether there is a page that has not expired.
func (p *Page) lives(now Time) bool {
	return p != nil && !p.Making && p.URL != "" && (p.ExpiresAt == 0 || p.ExpiresAt > now)
}

// lasts reports whether it can be handed out again.
func (p *Page) lasts(now Time) bool { return p.lives(now) && p.lives(now.plus(leastLife)) }

// page returns what there is of a run's page: the one that its vendor wants the subject to open, else the one that somebody has
// asked for; nil if there is neither.
func (r *Run) page(now Time) *Page {
	if p := opens(r.Actions); r.Status == AnswerAwaiting && p.lives(now) && (r.Page == nil || !r.Page.Making) {
		return p
	}
	return r.Page
}

// opens returns the page that actions ask the subject to open; nil if they do not.
func opens(actions []Action) *Page {
	for i := range actions {
		if a := &actions[i]; a.Type == "open_link" && a.URL != "" {
			return &Page{URL: a.URL, ExpiresAt: a.ExpiresAt}
		}
	}
	return nil
}

// PageView is what there is of a page that was asked for: a URL, or that it is being made, or why there is none.
type PageView struct {
	Check     string
	Provider  string
	URL       string
	ExpiresAt time.Time
	Lasts     bool // long enough to be handed out again
	Making    bool
	Class     string
	Why       string
}

// Page returns what there is of a page of check by provider, either of which may be "" for any; ok is false when there is
// nothing, and nothing is being made.
func (s State) Page(check, provider string, at time.Time) (v PageView, ok bool) {
	now := TimeOf(at)
	i := s.paged(check, provider, now)
	if i < 0 {
		return PageView{}, false
	}
	c := s.Checks[i]
	p := c.Run.page(now)
	if !p.Making && p.Class == "" && !p.lives(now) {
		return PageView{}, false
	}
	v = PageView{Check: c.Name, Provider: c.Run.Provider, Making: p.Making, Class: p.Class, Why: p.Why}
	if p.lives(now) {
		v.URL, v.ExpiresAt, v.Lasts = p.URL, p.ExpiresAt.Std(), p.lasts(now)
	}
	return v, true
}

// paged returns the check whose page a request for one is about: the first that is being made, else the first that can be
// handed out, else the first that could not be made; -1 for none.
func (s *State) paged(check, provider string, now Time) int {
	best, rank := -1, 0
	for i := range s.Checks {
		c := s.Checks[i]
		if check != "" && check != c.Name || provider != "" && provider != c.Run.Provider {
			continue
		}
		p, is := c.Run.page(now), 0
		switch {
		case p == nil:
		case p.Making:
			is = 3
		case p.lives(now):
			is = 2
		default:
			is = 1
		}
		if is > rank {
			best, rank = i, is
		}
	}
	return best
}

// link takes in that somebody asks for a page. One that can be handed out is not made again, unless a new one is wanted.
func (m *machine) link(b LinkRequested) {
	if b.Fresh && !m.fresh("link", b.Dedupe) {
		return
	}
	if i := m.s.paged(b.Check, b.Provider, m.now); i >= 0 {
		p := m.s.Checks[i].Run.page(m.now)
		if p.Making || !b.Fresh && p.lasts(m.now) {
			return
		}
		if p.lives(m.now) {
			b.Check = m.s.Checks[i].Name
		}
	}
	i := m.linkable(b)
	if i < 0 {
		return
	}
	if m.s.Phase == Parked {
		m.reserve(i)
	}
	r := &m.own(i).Run
	next := Page{Making: true}
	if p := r.page(m.now); p != nil {
		next.URL = p.URL
	}
	r.Page, m.changed = &next, true
}

// linkable returns the check that a page is to be made for: one that goes on at a vendor that makes pages, or, on hold, one
// that such a vendor begins with. One whose page could not be made comes last. -1: there is none.
func (m *machine) linkable(b LinkRequested) int {
	last := -1
	if m.p == nil {
		return last
	}
	for i := range m.p.Checks {
		check := &m.p.Checks[i]
		at := m.turn(i)
		if at == "" || b.Check != "" && b.Check != check.Name || b.Provider != "" && b.Provider != at || !slices.Contains(b.Makers, at) {
			continue
		}
		if i < len(m.s.Checks) && m.s.Checks[i].Run.Page != nil && m.s.Checks[i].Run.Page.Class != "" {
			if last < 0 {
				last = i
			}
			continue
		}
		return i
	}
	return last
}

// turn returns the provider whose turn it is, or would be if a held verification was handed in now; "" for none.
func (m *machine) turn(i int) string {
	check := &m.p.Checks[i]
	if m.s.Phase == Started {
		if c := m.s.Checks[i]; c.Stage == Running && !c.over() {
			return c.Run.Provider
		}
		return ""
	}
	if len(check.After) > 0 || len(check.Providers) == 0 {
		return ""
	}
	if check.When != nil {
		if yes, err := check.When(m.facts()); err == nil && !yes {
			return ""
		}
	}
	return check.Providers[m.begins(i)].Provider
}

// begins returns where a check that has not been entered will begin.
func (m *machine) begins(i int) int {
	return begin(&m.p.Checks[i], chosen(m.p.Checks[i].Split, m.s.customer()))
}

// over reports whether a check waits for nobody any more.
func (c *Progress) over() bool {
	return !c.Stage.open() || c.Run.Status == AnswerCompleted || c.Run.Status == AnswerFailed
}

// reserve begins the run of a held check whose page is wanted. What its vendor needs for that is made under the operation
// that the check will have, so that it is not made again when the verification is handed in.
func (m *machine) reserve(i int) {
	if m.s.Checks == nil {
		m.s.Checks, m.owned = m.unbegun(), true
	}
	if r := &m.own(i).Run; r.Provider == "" {
		route := m.begins(i)
		*r = Run{Provider: m.p.Checks[i].Providers[route].Provider, Route: int32(route), Attempt: 1}
	}
}

// pages goes on with the pages that are being made. A run does one thing at a time: what a call says of the check at the
// vendor is what the next one begins with.
func (m *machine) pages() {
	for i := range m.s.Checks {
		r := &m.s.Checks[i].Run
		if r.Page == nil {
			continue
		}
		switch p := opens(r.Actions); {
		case m.s.Phase == Started && m.s.Checks[i].over():
			m.own(i).Run.Page, m.changed = nil, true
		case !r.Page.Making, r.Flight != "":
		case r.Status == AnswerAwaiting && p.lives(m.now) && p.URL != r.Page.URL: // the vendor was faster
			m.own(i).Run.Page, m.changed = p, true
		case m.s.Phase == Started && r.Status == "", r.Page.NextAt > m.now: // its send comes first
		default:
			r = &m.own(i).Run
			at, kind := r.NextAt, r.NextKind
			m.call(i, r, KindLink, nil)
			r.NextAt, r.NextKind = at, kind
		}
	}
}

// linked takes in what came of making a page.
func (m *machine) linked(i int, r *Run, a *Answered) {
	if a.Ref != "" {
		r.Ref = a.Ref
	}
	if r.Page == nil {
		return
	}
	p := *r.Page
	link := opens(a.Actions)
	switch {
	case a.Status == AnswerRetry && p.Fails < maxPageTries:
		p.Fails++
		p.NextAt = m.now.plus(max(min(a.RetryAfter, 24*time.Hour), m.backoff(m.s.Checks[i].Name, r, p.Fails, a.Class == "unauthorized")))
	case a.Status == AnswerRetry || a.Status == AnswerFailed:
		p = Page{Class: a.Class, Why: a.Why}
	case link == nil:
		p = Page{Class: "invalid", Why: "the vendor has no page for the subject"}
	default:
		p = *link
		if r.Status == AnswerAwaiting && a.Status == AnswerAwaiting { // the link that the subject was sent may lead nowhere now
			r.Actions = a.Actions
		}
	}
	r.Page = &p
}

// pageDue returns when the making of a run's page goes on; 0 for never.
func (s *State) pageDue(r *Run) Time {
	if r.Page == nil || !r.Page.Making || r.Flight != "" || s.Phase == Started && r.Status == "" {
		return 0
	}
	return r.Page.NextAt
}
