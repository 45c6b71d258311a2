package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Delays that the stories need, in vendor time.
const (
	SlowDelay     = 10 * time.Minute // how much later a slow vendor answers
	ReversalDelay = 2 * time.Minute  // from the approval to its revocation
)

// ErrorAnswers is how often a vendor answers 500 to each person whose story has
// an error, before it works.
const ErrorAnswers = 2

// Config is what every vendor's sandbox can be given. The zero value works.
type Config struct {
	Speed        float64          // vendor seconds per second; 1 unless positive
	Now          func() time.Time // what timestamps show; time.Now unless given
	Clock        *Clock           // replaces Speed and Now; the stage closes it
	Seed         uint64           // of all identifiers; 0: different each time
	Logger       *slog.Logger     // gets no personal data; silent unless given
	WebhookHosts []string         // hosts that webhooks may go to besides loopback
}

// Stage is what a vendor's sandbox stands on. Its fields are ready to use.
type Stage struct {
	Clock  *Clock
	IDs    *IDs
	Ledger *Ledger
	Faults *Faults
	Hooks  *Courier
	Log    *slog.Logger

	closed context.Context
	close  context.CancelFunc

	mu       sync.Mutex
	stumbles map[string]int
}

// FailFunc answers in the vendor's own error format; the status is at least 400,
// or what a fault of mode status asks for.
type FailFunc func(w http.ResponseWriter, status int)

// NewStage returns a stage. Whoever makes one closes it.
func NewStage(c Config) *Stage {
	s := &Stage{
		Clock: c.Clock, IDs: NewIDs(c.Seed), Ledger: NewLedger(), Faults: NewFaults(), Log: c.Logger,
		stumbles: make(map[string]int),
	}
	if s.Clock == nil {
		s.Clock = NewClock(c.Speed, c.Now)
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.Hooks = NewCourier(s.Clock, s.Ledger, s.Log, c.WebhookHosts...)
	s.closed, s.close = context.WithCancel(context.Background())
	return s
}

// Close ends all timers, deliveries and hanging requests, and waits for the
// timers and deliveries. A second call does nothing.
func (s *Stage) Close() {
	s.close()
	s.Clock.Close()
	s.Hooks.close()
}

// Stumble reports whether a request must be answered 500: ErrorAnswers times for
// each identity whose story has an error. Call it once per request.
func (s *Stage) Stumble(story Story, identity string) bool {
	if !story.Error {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stumbles[identity] == ErrorAnswers {
		return false
	}
	s.stumbles[identity]++
	return true
}

// Handler returns the handler of a sandbox: the vendor's paths, which meet the
// faults and are counted in the ledger, and under /_sandbox/ our own.
func (s *Stage) Handler(vendor http.Handler, fail FailFunc) http.Handler {
	admin := s.admin()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
			admin.ServeHTTP(w, r)
			return
		}
		watched := &watched{ResponseWriter: w}
		defer func() {
			s.Ledger.answer(watched.status)
			s.Log.Debug("request", "method", r.Method, "status", watched.status)
		}()
		if f, cleared, ok := s.Faults.take(r.Method, r.URL.Path); ok {
			s.Ledger.fault(string(f.Mode))
			misbehave(watched, r, f, vendor, fail, s.closed, cleared)
			return
		}
		vendor.ServeHTTP(watched, r)
		if watched.status == 0 {
			watched.status = http.StatusOK
		}
	})
}

// watched remembers the status that was sent.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
