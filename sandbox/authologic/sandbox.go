// Package authologic is a sandbox of Authologic's API: a local server with conversations, the page a user goes to, AML lists
// with monitoring, bank data, metadata, deletion and signed callbacks. README.md says what is documented, what is assumed
// and what each story does.
package authologic

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// What a Config that does not say otherwise means.
const (
	DefaultUsername      = "bonafide-sandbox"
	DefaultPassword      = "authologic-sandbox-api-key"
	DefaultWebhookSecret = "authologic-sandbox-signature-key"
)

// The vendor's times, in vendor time.
const (
	defaultVisit      = 20 * time.Second // how long a user takes, when nobody is there
	defaultProcessing = 5 * time.Second  // from the user's last step to the end
	defaultExpiry     = 7 * 24 * time.Hour
)

// Config of a sandbox. The zero value works.
type Config struct {
	sandbox.Config

	Username   string
	Password   string        // the API key
	Secret     string        // of callbacks' signatures
	Strategies []string      // those that the account may use; public:default and public:sandbox unless given
	Quota      int           // conversations until the plan is spent (402); 0 is none
	Visit      time.Duration // vendor time until a page is used without anybody; 20 s unless given
	Processing time.Duration // vendor time after it; 5 s unless given
	Expiry     time.Duration // of a conversation that nobody finishes; a week unless given
	Manual     bool          // pages are used only by a POST to them
	Associate  bool          // who is on a list is there as a relative or close associate of somebody
	Between    bool          // a callback for each product that ends before the conversation does
	PublicURL  string        // base of the pages; the host of the request unless given
}

// Sandbox is one account at the vendor. It is safe for concurrent use.
type Sandbox struct {
	config  Config
	stage   *sandbox.Stage
	handler http.Handler

	mu      sync.Mutex
	made    int
	byID    map[string]*conversation
	byPage  map[string]*conversation
	tokens  map[string]time.Time // until when a bearer token is good
	refused map[string]int       // conversations of somebody that failed, by who it is: the next goes better
}

// New returns a sandbox. Whoever makes one closes it.
func New(c Config) *Sandbox {
	or := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	or(&c.Username, DefaultUsername)
	or(&c.Password, DefaultPassword)
	or(&c.Secret, DefaultWebhookSecret)
	if c.Strategies == nil {
		c.Strategies = []string{"public:default", "public:sandbox"}
	}
	for d, otherwise := range map[*time.Duration]time.Duration{&c.Visit: defaultVisit, &c.Processing: defaultProcessing, &c.Expiry: defaultExpiry} {
		if *d <= 0 {
			*d = otherwise
		}
	}
	s := &Sandbox{config: c, stage: sandbox.NewStage(c.Config), byID: map[string]*conversation{}, byPage: map[string]*conversation{}, tokens: map[string]time.Time{}, refused: map[string]int{}}
	s.handler = s.stage.Handler(s.routes(), func(w http.ResponseWriter, status int) { refuse(w, status, "", http.StatusText(status)) })
	return s
}

// ServeHTTP answers as the vendor does; /_sandbox/ is the kit's own.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all stories and deliveries and waits for those that run.
func (s *Sandbox) Close() { s.stage.Close() }

// Ledger returns what was asked of the sandbox so far. Conversations are counted under conversation.create, by userKey.
func (s *Sandbox) Ledger() sandbox.Snapshot { return s.stage.Ledger.Snapshot() }

// Faults returns the faults, to be switched on and off.
func (s *Sandbox) Faults() *sandbox.Faults { return s.stage.Faults }

// Webhooks returns what became of the callbacks so far.
func (s *Sandbox) Webhooks() []sandbox.Attempt { return s.stage.Hooks.Attempts() }

// after runs do under the lock when d of vendor time has passed.
func (s *Sandbox) after(d time.Duration, do func()) {
	s.stage.Clock.After(d, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	})
}

// base returns the address that pages begin with.
func (s *Sandbox) base(r *http.Request) string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	return "http://" + r.Host
}
