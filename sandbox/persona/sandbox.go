// Package persona is a sandbox of Persona's API: a local server with inquiries,
// verifications, reports, one-time links, decisions and signed webhooks.
// README.md says what is documented, what is assumed and what each story does.
package persona

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// What a Config that does not say otherwise means.
const (
	DefaultAPIKey        = "persona_sandbox_bonafide"
	DefaultWebhookSecret = "wbhsec_persona-sandbox"
	DefaultTemplate      = "itmpl_bonafide"
)

// The vendor's times, in vendor time.
const (
	defaultVisit      = 20 * time.Second // how long a person takes, when nobody is there to do it
	defaultProcessing = 5 * time.Second  // from submitted to an answer
	reportDelay       = 2 * time.Second  // from pending to ready
	workflowDelay     = 2 * time.Second  // from the last report to the workflow's decision
	reviewDelay       = time.Minute      // from needs_review to the reviewer's decision
	inquiryLife       = 24 * time.Hour   // until an inquiry that nobody finishes expires
	linkLife          = 24 * time.Hour   // of a one-time link
	linkGrace         = 5 * time.Minute  // in which a used link still works
)

// Config of a sandbox. The zero value works and sends no webhooks.
type Config struct {
	sandbox.Config

	APIKey   string   // bearer token
	Version  string   // what a request without Persona-Version gets; 2023-01-05 unless given
	Template string   // the inquiry template that exists
	NoLimits bool     // requests are not counted
	Reports  []string // what the template's workflow runs; watchlist, PEP and adverse media when nil

	NoWorkflow  bool          // nothing decides: inquiries end as completed or failed
	ManualVisit bool          // links are used only by a POST to their page
	VisitDelay  time.Duration // vendor time until a link is used without one; 20 s unless given
	Processing  time.Duration // vendor time of one verification; 5 s unless given
	PublicURL   string        // base of the links; the host of the request unless given

	WebhookURL     string // empty sends none
	WebhookSecret  string
	WebhookVersion string   // shape of the payloads; 2023-01-05 unless given
	WebhookKeys    string   // inflection of the payloads: kebab (unless given), camel, snake
	WebhookInclude bool     // verification and report events include their inquiry
	WebhookEvents  []string // names; all when empty
}

// Sandbox is one environment at the vendor. It is safe for concurrent use.
type Sandbox struct {
	config  Config
	stage   *sandbox.Stage
	clock   *sandbox.Clock
	limiter *sandbox.Limiter
	quota   *sandbox.Limiter
	handler http.Handler

	mu        sync.Mutex
	inquiries []*inquiry // oldest first
	byID      map[string]*inquiry
	checked   map[string]*verification
	shows     map[string]*artifact
	reports   map[string]*report
	accounts  map[string]string // by reference id
	links     map[string]*link  // by code
	replays   map[string]replay
	events    []map[string]any // oldest first
	secrets   []secret
}

// New returns a sandbox. Whoever makes one closes it.
func New(c Config) *Sandbox {
	c.APIKey, c.Template = or(c.APIKey, DefaultAPIKey), or(c.Template, DefaultTemplate)
	c.Version, c.WebhookVersion = or(c.Version, version2023), or(c.WebhookVersion, version2023)
	c.WebhookSecret, c.WebhookKeys = or(c.WebhookSecret, DefaultWebhookSecret), or(c.WebhookKeys, "kebab")
	if c.Reports == nil {
		c.Reports = []string{watchlist, politician, adverseMedia}
	}
	if c.VisitDelay <= 0 {
		c.VisitDelay = defaultVisit
	}
	if c.Processing <= 0 {
		c.Processing = defaultProcessing
	}
	stage := sandbox.NewStage(c.Config)
	limit, quota := sandbox.Limit{Requests: 300, Window: time.Minute}, sandbox.Limit{Requests: 150, Window: time.Minute}
	if c.NoLimits {
		limit, quota = sandbox.Limit{}, sandbox.Limit{}
	}
	s := &Sandbox{
		config: c, stage: stage, clock: stage.Clock,
		limiter: sandbox.NewLimiter(stage.Clock, limit), quota: sandbox.NewLimiter(stage.Clock, quota),
		byID: map[string]*inquiry{}, checked: map[string]*verification{}, shows: map[string]*artifact{}, reports: map[string]*report{},
		accounts: map[string]string{}, links: map[string]*link{}, replays: map[string]replay{},
		secrets: []secret{{value: c.WebhookSecret}},
	}
	s.handler = stage.Handler(s.routes(), func(w http.ResponseWriter, status int) { s.refuse(w, plain(status, "")) })
	return s
}

// ServeHTTP answers as the vendor does; /_sandbox/ is the kit's own.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all stories and deliveries and waits for those that run.
func (s *Sandbox) Close() { s.stage.Close() }

// Ledger returns what was asked of the sandbox so far. Inquiries are counted
// under inquiry.create, reports under report.create, by reference id.
func (s *Sandbox) Ledger() sandbox.Snapshot { return s.stage.Ledger.Snapshot() }

// Faults returns the faults, to be switched on and off.
func (s *Sandbox) Faults() *sandbox.Faults { return s.stage.Faults }

// Webhooks returns what became of the webhooks so far.
func (s *Sandbox) Webhooks() []sandbox.Attempt { return s.stage.Hooks.Attempts() }

// id returns a new identifier, as opaque as the vendor's.
func (s *Sandbox) id(prefix string) string { return prefix + s.stage.IDs.Token(24) }

// base returns the address that links begin with.
func (s *Sandbox) base(r *http.Request) string {
	return or(strings.TrimSuffix(s.config.PublicURL, "/"), "http://"+r.Host)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
