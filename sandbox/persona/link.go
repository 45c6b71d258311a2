package persona

import (
	"io"
	"net/http"
	"time"
)

// link is a one-time link: single use, with a moment of grace.
type link struct {
	inquiry *inquiry
	expires time.Duration
	used    bool
	grace   time.Duration
}

// maxSessions is how many times an inquiry can be resumed or linked to.
const maxSessions = 25

// link makes a one-time link and, unless people do it by hand, lets its person
// use it a little later.
func (s *Sandbox) link(i *inquiry, life time.Duration) (long, short string) {
	code := s.stage.IDs.Token(32)
	s.links[code] = &link{inquiry: i, expires: s.clock.Elapsed() + life}
	i.sessions++
	if !s.config.ManualVisit {
		s.after(s.config.VisitDelay, func() { s.use(s.links[code]) })
	}
	return i.base + "/verify?code=" + code, i.base + "/verify?code=" + code
}

// session makes a session token. Whoever has one is in the flow at once.
func (s *Sandbox) session(i *inquiry) string {
	i.sessions++
	return s.stage.IDs.Token(20) + "." + s.stage.IDs.Token(40) + "." + s.stage.IDs.Token(20)
}

// use lets the person in; it reports whether the link still works.
func (s *Sandbox) use(l *link) bool {
	now := s.clock.Elapsed()
	if l == nil || now >= l.expires || l.used && now >= l.grace {
		return false
	}
	if !l.used {
		l.used, l.grace = true, now+linkGrace
	}
	s.visit(l.inquiry)
	return true
}

// generateLink is POST …/generate-one-time-link.
func (s *Sandbox) generateLink(c *call, i *inquiry) (reply, *refusal) {
	switch {
	case i.status == expired:
		return reply{}, conflict("Inquiry is expired; resume it first")
	case i.status != created && i.status != pending:
		return reply{}, conflict("Inquiry is finished")
	case i.sessions >= maxSessions:
		return reply{}, plain(http.StatusUnprocessableEntity, "Inquiry has too many sessions")
	}
	long, short := s.link(i, seconds(c.at("meta", "expires-in-seconds"), linkLife))
	return reply{data: i.view(c.version), included: i.included(c), meta: map[string]any{"one-time-link": long, "one-time-link-short": short}}, nil
}

// resume is POST …/resume: a session on the same inquiry.
func (s *Sandbox) resume(c *call, i *inquiry) (reply, *refusal) {
	if i.status != pending && i.status != expired {
		return reply{}, conflict("Inquiry is neither pending nor expired")
	}
	if i.sessions >= maxSessions {
		return reply{}, plain(http.StatusUnprocessableEntity, "Inquiry has too many sessions")
	}
	if i.status == expired {
		s.enter(i, pending)
		i.lapsed, i.expires = time.Time{}, s.clock.Now().Add(inquiryLife)
		s.lapse(i, inquiryLife)
	}
	return reply{data: i.view(c.version), included: i.included(c), meta: map[string]any{"session-token": s.session(i)}}, nil
}

// expireNow is POST …/expire.
func (s *Sandbox) expireNow(c *call, i *inquiry) (reply, *refusal) {
	if i.status != created && i.status != pending {
		return reply{}, conflict("Inquiry is finished")
	}
	s.expire(i)
	return reply{data: i.view(c.version), included: i.included(c)}, nil
}

// The pages behind a link. They show nobody's data.
const (
	pageOpen = `<!doctype html><meta charset="utf-8"><title>Verification</title>
<h1>Verification</h1><p>This sandbox has no camera. Press the button to show your document and your face.</p>
<form method="post"><button>Verify</button></form>
`
	pageDone = `<!doctype html><meta charset="utf-8"><title>Verification</title><h1>Thank you</h1><p>You can close this page.</p>
`
	pageGone = `<!doctype html><meta charset="utf-8"><title>Verification</title><h1>This link is no longer valid</h1>
`
)

// page is /verify?code=…: it has no key. A POST is the person's visit.
func (s *Sandbox) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.links[r.URL.Query().Get("code")]
	now := s.clock.Elapsed()
	status, text := http.StatusOK, pageOpen
	switch {
	case l == nil:
		status, text = http.StatusNotFound, pageGone
	case now >= l.expires || l.used && now >= l.grace || l.inquiry.status != created && l.inquiry.status != pending:
		status, text = http.StatusGone, pageGone
	case r.Method == http.MethodPost:
		s.use(l)
		text = pageDone
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text)
}
