// Package sumsub is a local server that speaks Sumsub's HTTP contract: signed
// requests, applicants, documents, reviews and signed webhooks.
//
// It checks nobody: the plus tag of the applicant's e-mail address decides how a
// review ends (see the README). It is made for tests and demonstrations and keeps
// everything in memory.
package sumsub

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// What a Config that does not say otherwise means.
const (
	DefaultAppToken      = "sbx:bonafide.sandbox"
	DefaultSecretKey     = "sumsub-sandbox-secret"
	DefaultWebhookSecret = "sumsub-sandbox-webhook-secret"
	DefaultClientID      = "bonafide"
)

// Config says which account the sandbox is. The zero value works and sends no
// webhooks.
type Config struct {
	sandbox.Config

	AppToken  string // "sbx:<public>.<private>"; "prd:…" makes sandboxMode false
	SecretKey string // signs requests
	ClientID  string
	Levels    []Level // DefaultLevels() unless given
	NoLimits  bool    // requests are not counted: the vendor's windows do not exist

	WebhookURL    string // empty sends none
	WebhookSecret string // signs webhooks; not the SecretKey
	WebhookAlg    string // SHA1, SHA256 (unless given) or SHA512
}

// Sandbox is an account at the vendor. It is safe for concurrent use.
type Sandbox struct {
	stage   *sandbox.Stage
	clock   *sandbox.Clock
	ids     *sandbox.IDs
	ledger  *sandbox.Ledger
	handler http.Handler
	mux     *http.ServeMux
	limits  limits

	token, secret, clientID string
	sandboxMode             bool
	levels                  []Level
	webhook                 struct{ url, secret, alg string }

	mu         sync.Mutex
	applicants map[string]*applicant
	byExternal map[string]*applicant
	actions    map[string]*action
	links      map[string]*link
	lastImage  int64
}

// New returns a sandbox. Whoever makes one closes it. It panics when the app token
// or the digest algorithm of the Config does not exist at the vendor.
func New(c Config) *Sandbox {
	stage := sandbox.NewStage(c.Config)
	s := &Sandbox{
		stage: stage, clock: stage.Clock, ids: stage.IDs, ledger: stage.Ledger,
		token: or(c.AppToken, DefaultAppToken), secret: or(c.SecretKey, DefaultSecretKey),
		clientID: or(c.ClientID, DefaultClientID), levels: c.Levels,
		applicants: map[string]*applicant{}, byExternal: map[string]*applicant{},
		actions: map[string]*action{}, links: map[string]*link{}, lastImage: 100_000_000,
	}
	if !c.NoLimits {
		s.limits = newLimits(stage.Clock)
	}
	s.webhook.url, s.webhook.secret = c.WebhookURL, or(c.WebhookSecret, DefaultWebhookSecret)
	s.webhook.alg = or(c.WebhookAlg, SHA256)
	if s.levels == nil {
		s.levels = DefaultLevels()
	}
	s.sandboxMode = !strings.HasPrefix(s.token, "prd:")
	if digests[s.webhook.alg] == nil || !tokenPattern.MatchString(s.token) {
		stage.Close()
		panic("sumsub sandbox: invalid app token or webhook algorithm")
	}
	s.mux = http.NewServeMux()
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.pattern, s.serve(r))
	}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /websdk/p/{token}", s.linkPage)
	pages.HandleFunc("POST /websdk/p/{token}", s.linkPage)
	pages.HandleFunc("/", s.api)
	s.handler = stage.Handler(pages, func(w http.ResponseWriter, status int) { s.refuse(w, statusOnly(status)) })
	return s
}

// ServeHTTP answers as the vendor does; /_sandbox/ is the kit's own.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all stories and deliveries and waits for those that run.
func (s *Sandbox) Close() { s.stage.Close() }

// Ledger counts what the vendor was asked to do.
func (s *Sandbox) Ledger() *sandbox.Ledger { return s.ledger }

// maxBody leaves room for the parts around the largest file.
const maxBody = maxFile + 1<<20

// api reads and authenticates a request before anything looks at it.
func (s *Sandbox) api(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, &fileTooBig)
		return
	}
	if no := authenticate(s.token, s.secret, s.clock.Now(), r.Header, r.Method, r.RequestURI, body); no != nil {
		s.refuse(w, no)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.refuse(w, s.noRoute(r))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mux.ServeHTTP(w, r)
}

// noRoute tells a wrong verb from a wrong path.
func (s *Sandbox) noRoute(r *http.Request) *refusal {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "" {
			return statusOnly(http.StatusMethodNotAllowed)
		}
	}
	return statusOnly(http.StatusNotFound)
}

// serve counts a request, handles it alone and writes the answer.
func (s *Sandbox) serve(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := s.limits.exceeded(s.token, r, route.pattern); no != nil {
			s.refuse(w, no)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			s.refuse(w, statusOnly(http.StatusBadRequest))
			return
		}
		s.mu.Lock()
		result, no := route.handle(&call{r: r, body: body, header: w.Header()})
		s.mu.Unlock()
		if no != nil {
			s.refuse(w, no)
			return
		}
		switch {
		case route.op == "":
		case r.Method == http.MethodGet:
			s.ledger.Read(route.op)
		default:
			s.ledger.Other(route.op)
		}
		reply(w, result)
	}
}

func reply(w http.ResponseWriter, result any) {
	switch v := result.(type) {
	case raw:
		w.Header().Set("Content-Type", v.contentType)
		_, _ = w.Write(v.data)
	case answer:
		if v.body == nil {
			w.WriteHeader(v.status)
			return
		}
		sandbox.WriteJSON(w, v.status, v.body)
	default:
		sandbox.WriteJSON(w, http.StatusOK, v)
	}
}

func (s *Sandbox) refuse(w http.ResponseWriter, r *refusal) {
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.retryAfter))
	}
	sandbox.WriteJSON(w, r.status, r.body(s.ids.Hex(32)))
}

// stumble is the 500 of a story with an error.
func (s *Sandbox) stumble(externalUserID string, story sandbox.Story) *refusal {
	if s.stage.Stumble(story, externalUserID) {
		return statusOnly(http.StatusInternalServerError)
	}
	return nil
}

// level returns the level of a name, which is case-sensitive, or nil.
func (s *Sandbox) level(name string) *Level {
	for i := range s.levels {
		if s.levels[i].Name == name {
			return &s.levels[i]
		}
	}
	return nil
}

// firstLevel returns the first level for a type of applicant, or nil.
func (s *Sandbox) firstLevel(kind string) *Level {
	for i := range s.levels {
		if s.levels[i].ApplicantType == kind {
			return &s.levels[i]
		}
	}
	return nil
}

// The waits before a webhook is repeated, in vendor time.
var (
	retries       = []time.Duration{5 * time.Minute, time.Hour, 5 * time.Hour, 18 * time.Hour}
	actionRetries = []time.Duration{30 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute}
)

// emit sends an event. The body of all its attempts is the same.
func (s *Sandbox) emit(a *applicant, kind string, h happened) {
	if s.webhook.url == "" {
		return
	}
	body, err := pretty(s.describe(a, kind, h))
	if err != nil {
		panic(err) // an event holds nothing that cannot be encoded
	}
	d := sandbox.Delivery{
		Event: kind, Entity: a.id, Target: s.webhook.url, Body: body, Retries: retries, Story: a.story,
		Sign: func(header http.Header, body []byte, _ int) {
			sum, _ := digest(s.webhook.alg, s.webhook.secret, body) // New has checked the algorithm
			header.Set("X-Payload-Digest", sum)
			header.Set("X-Payload-Digest-Alg", s.webhook.alg)
		},
	}
	if h.action != nil {
		d.Retries = actionRetries
	}
	s.stage.Hooks.Send(d)
}

// isJSON reports whether a Content-Type is JSON.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
