// Package bive is a sandbox of Bive's Person Verification API: a local server
// with its uploads, person and business workflows, liveness links, records and
// signed webhooks. README.md says what is documented, what is assumed and what
// each story does.
package bive

import (
	"net/http"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The vendor's times, in vendor time.
const (
	stepDelay         = time.Second         // between two states that wait for nobody
	defaultProcessing = 5 * time.Second     // from Running to Completed
	defaultLiveness   = 20 * time.Second    // how long a person takes, when nobody is there to do it
	livenessExpiry    = 24 * time.Hour      // AwaitingLivenessCheck becomes Failed
	retention         = 30 * 24 * time.Hour // records and files are deleted
)

// Config of a sandbox. Only APIKey is required.
type Config struct {
	sandbox.Config

	APIKey        string        // what the Api-Key header must be
	WebhookSecret string        // key of the webhook signature; the API key unless given
	PHPForm       bool          // sign webhooks as the vendor's PHP sample checks them, not the raw bytes
	Limit         sandbox.Limit // 60 a minute unless given; negative Requests: none

	ManualLiveness bool          // links are completed only by a POST to them
	LivenessDelay  time.Duration // vendor time until a link is completed without one; 20 s unless given
	Processing     time.Duration // vendor time from Running to Completed; 5 s unless given
	PublicURL      string        // base of the liveness links; the host of the request unless given
	StatusHooks    bool          // a webhook for every change of status, not only for completed
}

// Sandbox is a Bive of one API key. It is safe for concurrent use.
type Sandbox struct {
	config  Config
	stage   *sandbox.Stage
	limiter *sandbox.Limiter
	handler http.Handler

	mu      sync.Mutex
	files   map[string]file            // by name
	records []*record                  // oldest first
	byID    map[string]*record         // by id
	links   map[string]*livenessCheck  // by token
	seen    map[string]map[string]bool // identity, then digests of the documents it came with
	seq     int64
}

// New returns a sandbox. Whoever makes one closes it. It panics without an API
// key, because every call would be refused.
func New(c Config) *Sandbox {
	if c.APIKey == "" {
		panic("sandbox/bive: Config.APIKey is empty")
	}
	if c.WebhookSecret == "" {
		c.WebhookSecret = c.APIKey
	}
	if c.Limit == (sandbox.Limit{}) {
		c.Limit = sandbox.Limit{Requests: 60, Window: time.Minute}
	}
	if c.LivenessDelay <= 0 {
		c.LivenessDelay = defaultLiveness
	}
	if c.Processing <= 0 {
		c.Processing = defaultProcessing
	}
	stage := sandbox.NewStage(c.Config)
	s := &Sandbox{
		config: c, stage: stage, limiter: sandbox.NewLimiter(stage.Clock, c.Limit),
		files: make(map[string]file), byID: make(map[string]*record),
		links: make(map[string]*livenessCheck), seen: make(map[string]map[string]bool),
	}
	s.handler = stage.Handler(s.routes(), fail)
	return s
}

// ServeHTTP serves the vendor's paths, the liveness pages and /_sandbox/.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all timers and deliveries and waits for them.
func (s *Sandbox) Close() { s.stage.Close() }

// Ledger returns what was asked of the sandbox so far. Creations are counted
// under person.create and business.create by [PersonIdentity] or
// [BusinessIdentity].
func (s *Sandbox) Ledger() sandbox.Snapshot { return s.stage.Ledger.Snapshot() }

// Faults returns the faults, to be switched on and off.
func (s *Sandbox) Faults() *sandbox.Faults { return s.stage.Faults }

// Webhooks returns what became of the webhooks so far.
func (s *Sandbox) Webhooks() []sandbox.Attempt { return s.stage.Hooks.Attempts() }

// PersonIdentity is the name under which the ledger counts a person, for Bive
// takes no identifier of its customer's.
func PersonIdentity(firstName, lastName, dateOfBirth, email string) string {
	return sandbox.Fingerprint("person", firstName, lastName, dateOfBirth, email)
}

// BusinessIdentity is the name under which the ledger counts a business.
func BusinessIdentity(name, email string) string {
	return sandbox.Fingerprint("business", name, email)
}
