// Package opensanctions is a sandbox of OpenSanctions' matching API, as the hosted service and a yente server of one's own
// speak it: a small list of people and companies that do not exist, searched by example. README.md says what is
// documented, what is assumed and what each story does.
package opensanctions

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// Config of a sandbox. The zero value works.
type Config struct {
	sandbox.Config

	APIKey string // what "Authorization: ApiKey …" must say; "" asks for none, as a server of one's own does
}

// Sandbox is a list server. It is safe for concurrent use.
type Sandbox struct {
	config  Config
	stage   *sandbox.Stage
	handler http.Handler
	ctx     context.Context // ends with Close: lets requests go that would never be answered
	cancel  context.CancelFunc

	mu    sync.Mutex
	first map[string]bool // whoever is listed only later (+reversal) and has been searched for
}

// New returns a sandbox. Whoever makes one closes it.
func New(c Config) *Sandbox {
	s := &Sandbox{config: c, stage: sandbox.NewStage(c.Config), first: make(map[string]bool)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.handler = s.stage.Handler(s.routes(), func(w http.ResponseWriter, status int) { refuse(w, status, http.StatusText(status)) })
	return s
}

// ServeHTTP serves the vendor's paths and /_sandbox/.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends all timers and lets waiting requests go.
func (s *Sandbox) Close() {
	s.cancel()
	s.stage.Close()
}

// Ledger returns what was asked of the sandbox so far. Nothing is billed: queries are counted as reads under "match".
func (s *Sandbox) Ledger() sandbox.Snapshot { return s.stage.Ledger.Snapshot() }

// Faults returns the faults, to be switched on and off.
func (s *Sandbox) Faults() *sandbox.Faults { return s.stage.Faults }

// wait keeps an answer back for a time of the vendor's. It reports false when nobody waits for it any more.
func (s *Sandbox) wait(r *http.Request, d time.Duration) bool {
	due := make(chan struct{})
	if d > 0 {
		s.stage.Clock.After(d, func(context.Context) { close(due) })
	}
	select {
	case <-due:
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}
