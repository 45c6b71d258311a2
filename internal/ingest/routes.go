package ingest

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// route is one line of the API: how it is called, who may, what serves it, and what is said of it in the description.
type route struct {
	method, path string
	scope        string // "" is public
	serve        func(*call) error
	about        about
}

// call is one request being served.
type call struct {
	*http.Request
	w    http.ResponseWriter
	cred *Credential // nil on public routes
	id   string      // of the verification, for the log

	name  string // of its span
	begun time.Time
	span  *trace.Span // nil until it is known to whose trace it belongs
	from  string      // traceparent of what the call causes; "" when nobody traces
}

// routes is the API.
func (s *Service) routes() []route {
	return []route{
		{"POST", "/v1/verifications", ScopeWrite, s.create, aboutCreate},
		{"GET", "/v1/verifications", ScopeRead, s.list, aboutList},
		{"GET", "/v1/verifications/{id}", ScopeRead, s.get, aboutGet},
		{"GET", "/v1/verifications/{id}/timeline", ScopeRead, s.timeline, aboutTimeline},
		{"POST", "/v1/verifications/{id}/documents", ScopeWrite, s.addDocuments, aboutDocuments},
		{"POST", "/v1/verifications/{id}/submit", ScopeWrite, s.submit, aboutSubmit},
		{"POST", "/v1/verifications/{id}/cancel", ScopeWrite, s.cancel, aboutCancel},
		{"POST", "/v1/verifications/{id}/recheck", ScopeWrite, s.recheck, aboutRecheck},
		{"POST", "/v1/verifications/{id}/links", ScopeWrite, s.link, aboutLink},
		{"POST", "/v1/verifications/{id}/reviews", ScopeReview, s.review, aboutReview},
		{"GET", "/v1/verifications/{id}/reviews", ScopeReview, s.reviews, aboutReviews},
		{"POST", "/v1/verifications/{id}/claims", ScopeReview, s.takeClaim, aboutClaim},
		{"DELETE", "/v1/verifications/{id}/claims", ScopeReview, s.endClaim, aboutUnclaim},
		{"POST", "/v1/verifications/{id}/subject", ScopeWrite, s.correct, aboutCorrect},
		{"DELETE", "/v1/verifications/{id}/subject", ScopeWrite, s.erase, aboutErase},
		{"GET", "/v1/timeline", ScopeRead, s.follow, aboutFollow},
		{"GET", "/v1/decisions", ScopeRead, s.decisions, aboutDecisions},
		{"POST", "/v1/events", ScopeWrite, s.acceptEvents, aboutEvents},
		{"POST", "/webhooks/{provider}", "", s.webhook, aboutWebhook},
		{"POST", "/webhooks/{provider}/{id}", "", s.webhook, aboutWebhookOf},
		{"GET", "/v1/keys", "", s.signingKeys, aboutKeys},
		{"GET", "/.well-known/jwks.json", "", s.signingKeys, aboutKeySet},
		{"GET", "/openapi.json", "", s.describe, aboutOpenAPI},
		{"GET", "/schemas/{file}", "", s.schema, aboutSchema},
	}
}

// mux returns the handler of all routes.
func (s *Service) mux(routes []route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.method+" "+r.path, s.handle(r))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			s.unrouted(mux, w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unrouted answers what no route serves: 404, or 405 with Allow, as a problem.
func (s *Service) unrouted(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	probe := &blind{header: http.Header{}}
	mux.ServeHTTP(probe, r)
	p := notFound()
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.header.Get("Allow"))
		p = newProblem(http.StatusMethodNotAllowed, "method-not-allowed", "The method is not allowed here", "")
	case probe.status >= 300 && probe.status < 400:
		p = malformed("The path is not in its clean form.")
	}
	s.metrics.requests.WithLabelValues("none", "none", strconv.Itoa(p.Status)).Inc()
	p.write(w)
}

// blind is a ResponseWriter that keeps only the status and the header.
type blind struct {
	header http.Header
	status int
}

func (b *blind) Header() http.Header         { return b.header }
func (b *blind) Write(p []byte) (int, error) { return len(p), nil }
func (b *blind) WriteHeader(status int)      { b.status = status }

// handle serves one route: who is it, may they, not too fast; then the route's own work; then log and metrics.
func (s *Service) handle(rt route) http.Handler {
	name := rt.method + " " + rt.path
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		out := &recorder{ResponseWriter: w}
		c := &call{Request: r, w: out, name: name, begun: begun}
		if rt.scope != "" {
			s.join(c, traceParent(r.Header.Get("Traceparent")))
		}
		if id := r.PathValue("id"); events.ValidID(id) {
			c.id = id
		}
		err := s.admit(rt, c)
		if err == nil {
			err = rt.serve(c)
		}
		if err != nil && out.status == 0 {
			p := problemOf(err)
			if p.Status == http.StatusRequestTimeout || p.Status == http.StatusRequestEntityTooLarge {
				h.Set("Connection", "close") // the rest of the body is not wanted
			}
			p.write(out)
		}
		s.report(rt, c, out.status, time.Since(begun), err)
		s.leave(rt, c, out.status, err)
	})
}

// admit finds out who calls and refuses who may not.
func (s *Service) admit(rt route, c *call) error {
	if rt.scope == "" {
		return nil
	}
	cred, ok := s.cfg.Keys.find(c.Header.Get("Authorization"))
	if !ok {
		return unauthenticated()
	}
	c.cred = cred
	if !cred.May(rt.scope) {
		return forbidden(rt.scope)
	}
	return s.limits[cred].take(s.cfg.Now())
}

// report writes the access log and counts.
func (s *Service) report(rt route, c *call, status int, took time.Duration, err error) {
	s.metrics.requests.WithLabelValues(rt.path, rt.method, strconv.Itoa(status)).Inc()
	s.metrics.duration.WithLabelValues(rt.path).Observe(took.Seconds())
	level := slog.LevelDebug
	switch {
	case status >= 500:
		level = slog.LevelWarn
	case status >= 400:
		level = slog.LevelInfo
	}
	if !s.cfg.Log.Enabled(c.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("route", rt.method+" "+rt.path), slog.Int("status", status), slog.Duration("took", took)}
	if c.id != "" {
		attrs = append(attrs, slog.String("verification", c.id))
	}
	if c.cred != nil {
		attrs = append(attrs, slog.String("tenant", c.cred.Tenant), slog.String("key", c.cred.ID))
	}
	if status >= 500 && err != nil {
		attrs = append(attrs, slog.String("class", string(fault.ClassOf(err))), slog.String("cause", err.Error()))
	}
	s.cfg.Log.LogAttrs(c.Context(), level, "request", attrs...)
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// mediaType returns the media type of a request in lower case, without parameters. A compressed body has none that we
// take, and neither has one in another character set than UTF-8.
func mediaType(r *http.Request) string {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return ""
	}
	t, params, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	if _, charset, ok := strings.Cut(params, "charset="); ok {
		charset, _, _ = strings.Cut(charset, ";")
		if charset = strings.Trim(charset, `" `); charset != "utf-8" && charset != "us-ascii" {
			return ""
		}
	}
	return strings.TrimSpace(t)
}

func isJSON(mediaType string) bool { return mediaType == "application/json" }
