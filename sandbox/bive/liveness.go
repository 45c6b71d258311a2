package bive

import (
	"io"
	"net/http"
)

// The pages behind a liveness link. They show nobody's data.
const (
	pageOpen = `<!doctype html><meta charset="utf-8"><title>Liveness check</title>
<h1>Liveness check</h1><p>This sandbox has no camera. Press the button to pass.</p>
<form method="post"><button>Take the selfie</button></form>
`
	pageDone = `<!doctype html><meta charset="utf-8"><title>Liveness check</title>
<h1>Thank you</h1><p>The check is done. You can close this page.</p>
`
	pageGone = `<!doctype html><meta charset="utf-8"><title>Liveness check</title>
<h1>This link is no longer valid</h1>
`
)

func (s *Sandbox) livenessPage(w http.ResponseWriter, r *http.Request) { s.link(w, r, false) }
func (s *Sandbox) livenessDone(w http.ResponseWriter, r *http.Request) { s.link(w, r, true) }

// link shows the page of a token, and completes the check first if asked to.
func (s *Sandbox) link(w http.ResponseWriter, r *http.Request, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, page := http.StatusOK, pageOpen
	c := s.links[r.PathValue("token")]
	if c != nil && complete {
		s.pass(c)
	}
	switch {
	case c == nil:
		status, page = http.StatusNotFound, pageGone
	case c.done:
		page = pageDone
	case c.record.status != AwaitingLivenessCheck:
		status, page = http.StatusGone, pageGone
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, page)
}
