// Package personr is a sandbox of Personr's API: a local server with its tokens, applicants, hosted pages, uploads, checks,
// entities and webhooks, in the platform's own three envelopes. README.md says what is documented, what is assumed and what
// each story does.
package personr

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// What a Config that does not say otherwise means.
const (
	DefaultEmail        = "service@sandbox.example.test"
	DefaultPassword     = "personr-sandbox-password"
	DefaultFlow         = "KYC basic"
	DefaultEntityFlow   = "KYB basic"
	DefaultWebhookToken = "personr-sandbox-webhook-token"
)

// The vendor's times, in vendor time.
const (
	tokenLife         = 365 * 24 * time.Hour
	defaultVisit      = 20 * time.Second // how long a person takes, when nobody is there to do it
	defaultProcessing = 2 * time.Minute  // "about two minutes"
	precheck          = 5 * time.Second  // of them, until the images are processed
	maxAttempts       = 5
)

// Config of a sandbox. The zero value works and sends no webhooks.
type Config struct {
	sandbox.Config

	Email    string
	Password string
	Token    string   // one that is good from the start, besides those that are generated
	Flows    []string // the names that exist; DefaultFlow and DefaultEntityFlow unless given

	Limit       sandbox.Limit // 100 per 60 s and token unless given; negative Requests: none
	Processing  time.Duration // vendor time of a check; two minutes unless given
	VisitDelay  time.Duration // vendor time until a link is used without anybody; 20 s unless given
	ManualVisit bool          // links are used only by a POST to their page
	PublicURL   string        // base of the links; the host of the request unless given

	WebhookURL   string // empty sends none
	WebhookToken string // bearer of the webhooks; "-" sends none
	OldWebhooks  bool   // in the older shape: a copy of the status answer
}

// Sandbox is one workspace at the vendor. It is safe for concurrent use.
type Sandbox struct {
	config  Config
	stage   *sandbox.Stage
	limiter *sandbox.Limiter
	handler http.Handler

	mu     sync.Mutex
	token  string // the only one that is good; "" before the first
	until  time.Time
	byID   map[string]*applicant
	byPage map[string]*applicant
	visits map[string]int // completed checks by who it is: a second applicant of one person goes on where the first was
}

// New returns a sandbox. Whoever makes one closes it.
func New(c Config) *Sandbox {
	or := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	or(&c.Email, DefaultEmail)
	or(&c.Password, DefaultPassword)
	or(&c.WebhookToken, DefaultWebhookToken)
	if c.Flows == nil {
		c.Flows = []string{DefaultFlow, DefaultEntityFlow}
	}
	if c.Limit == (sandbox.Limit{}) {
		c.Limit = sandbox.Limit{Requests: 100, Window: time.Minute}
	}
	if c.Processing <= 0 {
		c.Processing = defaultProcessing
	}
	if c.VisitDelay <= 0 {
		c.VisitDelay = defaultVisit
	}
	stage := sandbox.NewStage(c.Config)
	s := &Sandbox{
		config: c, stage: stage, limiter: sandbox.NewLimiter(stage.Clock, c.Limit),
		byID: map[string]*applicant{}, byPage: map[string]*applicant{}, visits: map[string]int{},
	}
	if c.Token != "" {
		s.token, s.until = c.Token, stage.Clock.Now().Add(tokenLife)
	}
	s.handler = stage.Handler(s.routes(), func(w http.ResponseWriter, status int) { refuse(w, status, "NOT_RUN", "The workflow was not run") })
	return s
}

// ServeHTTP answers as the vendor does; /_sandbox/ is the kit's own.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all stories and deliveries and waits for those that run.
func (s *Sandbox) Close() { s.stage.Close() }

// Ledger returns what was asked of the sandbox so far. Creations are counted under applicant.create and entity.create, by
// the first externalUserId or, where there is none, by [Identity].
func (s *Sandbox) Ledger() sandbox.Snapshot { return s.stage.Ledger.Snapshot() }

// Faults returns the faults, to be switched on and off.
func (s *Sandbox) Faults() *sandbox.Faults { return s.stage.Faults }

// Webhooks returns what became of the webhooks so far.
func (s *Sandbox) Webhooks() []sandbox.Attempt { return s.stage.Hooks.Attempts() }

// Identity is the name under which the ledger counts somebody who has no externalUserId.
func Identity(email, phone string) string { return sandbox.Fingerprint("applicant", email, phone) }

// id returns a new identifier in the platform's form: thirteen digits of milliseconds, x, eighteen digits.
func (s *Sandbox) id() string {
	digits := make([]byte, 18)
	for i, b := range s.stage.IDs.Bytes(len(digits)) {
		digits[i] = '0' + b%10
	}
	return milliseconds(s.stage.Clock.Now()) + "x" + string(digits)
}

// base returns the address that links begin with.
func (s *Sandbox) base(r *http.Request) string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	return "http://" + r.Host
}
