package dispatch

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// Whoever looks at the metrics sees whether a connection works: when the vendor last did something for us, whether it refuses
// our credentials, and what of its rate is left.
func TestTheHealthOfAConnectionIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := httptest.NewServer(&counter{})
	t.Cleanup(s.Close)
	spec := acmeSpec
	spec.Rate = providers.Rate{Calls: 10, Per: time.Minute}
	w.start("a", func(c *Config) { c.Registerer = w.reg }, open(t, spec, over(s.URL, 1), plainly))
	if got := w.gauge("bonafide_connection_last_success_seconds"); got != -1 {
		t.Errorf("last success before any call: %v, want none", got)
	}
	began := time.Now()
	w.post(w.task(1, events.Call{}), w.task(2, events.Call{}))
	w.await(2)
	if got := w.gauge("bonafide_connection_rate_left"); got != 8 {
		t.Errorf("left of 10 requests after two: %v, want 8", got)
	}
	if got := w.gauge("bonafide_connection_last_success_seconds"); got < float64(began.Unix()) || got > float64(time.Now().Unix()+1) {
		t.Errorf("last success: %v, want now", got)
	}
	if got := w.gauge("bonafide_connection_refused"); got != 0 {
		t.Errorf("refused: %v, want 0", got)
	}
}

func TestRefusedCredentialsAreSeenUntilTheyWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := make(chan error, 2)
	answer <- fault.New(fault.Unauthorized, "acme.send", "no")
	answer <- nil
	v := &vendor{send: func(_ context.Context, _ *http.Client, _ providers.Request) (providers.Reply, error) {
		return says("completed"), <-answer
	}}
	w.start("a", func(c *Config) { c.Registerer = w.reg }, open(t, acmeSpec, v, plainly))
	for n, want := range []float64{1, 0} {
		w.post(w.task(n, events.Call{}))
		w.await(n + 1)
		if got := w.gauge("bonafide_connection_refused"); got != want {
			t.Errorf("refused after call %d: %v, want %v", n+1, got, want)
		}
	}
}
