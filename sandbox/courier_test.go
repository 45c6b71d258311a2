package sandbox_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

func newStage(t *testing.T) *sandbox.Stage {
	t.Helper()
	s := sandbox.NewStage(sandbox.Config{Clock: sandbox.NewManualClock(start), Seed: 1})
	t.Cleanup(s.Close)
	return s
}

func deliver(to, entity, body string, story sandbox.Story) sandbox.Delivery {
	return sandbox.Delivery{
		Event: "done", Entity: entity, Target: to, Body: []byte(body), Story: story,
		Retries: []time.Duration{10 * time.Second, time.Minute},
		Sign:    func(h http.Header, _ []byte, n int) { h.Set("X-Attempt", strconv.Itoa(n)) },
	}
}

func TestUnansweredWebhookIsRepeatedOnItsLadderThenGivenUp(t *testing.T) {
	s, in := newStage(t), newInbox(t, 500, 302, 404)
	s.Hooks.Send(deliver(in.URL, "e", "a", sandbox.Story{}))
	s.Clock.Advance(0)
	in.want(t, "at once", "a1")
	s.Clock.Advance(9 * time.Second)
	in.want(t, "after 9 s", "a1")
	s.Clock.Advance(time.Second)
	in.want(t, "after 10 s (redirect not followed)", "a1", "a2")
	s.Clock.Advance(59 * time.Second)
	in.want(t, "after 69 s", "a1", "a2")
	s.Clock.Advance(time.Second)
	in.want(t, "after 70 s", "a1", "a2", "a3")
	s.Clock.Advance(100 * time.Hour)
	in.want(t, "for ever after", "a1", "a2", "a3")
	want := sandbox.WebhookCount{Queued: 1, Attempts: 3, Failed: 3}
	if got := s.Ledger.Snapshot().Webhooks["done"]; got != want {
		t.Errorf("ledger: got %+v, want %+v", got, want)
	}
}

func TestAcceptedWebhookIsNotRepeated(t *testing.T) {
	s, in := newStage(t), newInbox(t, 503)
	var seen []sandbox.Attempt
	d := deliver(in.URL, "e", "a", sandbox.Story{})
	d.Observe = func(a sandbox.Attempt) { seen = append(seen, a) }
	s.Hooks.Send(d)
	s.Clock.Advance(time.Hour)
	in.want(t, "in an hour", "a1", "a2")
	if len(seen) != 2 || seen[0].Fate != sandbox.Failed || seen[1].Fate != sandbox.Delivered || seen[1].Status != 204 {
		t.Errorf("observed %+v, want a failed and a delivered attempt", seen)
	}
}

func TestStoryDoublesShufflesAndLosesWebhooks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		story  sandbox.Story
		want   []string
		ledger sandbox.WebhookCount
	}{
		{"plain keeps the order", sandbox.Story{}, []string{"a1", "b1", "c1"},
			sandbox.WebhookCount{Queued: 3, Attempts: 3, Delivered: 3}},
		{"dup", sandbox.Story{Dup: true}, []string{"a1", "a1", "b1", "b1", "c1", "c1"},
			sandbox.WebhookCount{Queued: 6, Attempts: 6, Delivered: 6, Doubled: 3}},
		{"shuffle", sandbox.Story{Shuffle: true}, []string{"c1", "b1", "a1"},
			sandbox.WebhookCount{Queued: 3, Attempts: 3, Delivered: 3}},
		{"lost", sandbox.Story{Lost: true}, nil,
			sandbox.WebhookCount{Queued: 3, Lost: 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, in := newStage(t), newInbox(t)
			for _, body := range []string{"a", "b", "c"} {
				s.Hooks.Send(deliver(in.URL, "e", body, tt.story))
				s.Clock.Advance(time.Second)
			}
			s.Clock.Advance(sandbox.ShuffleHold)
			in.want(t, tt.name, tt.want...)
			if got := s.Ledger.Snapshot().Webhooks["done"]; got != tt.ledger {
				t.Errorf("ledger: got %+v, want %+v", got, tt.ledger)
			}
		})
	}
}

func TestWebhookGoesOnlyToLoopbackAndNamedHosts(t *testing.T) {
	clock := sandbox.NewManualClock(start)
	s := sandbox.NewStage(sandbox.Config{Clock: clock, WebhookHosts: []string{"hooks.example.test", "ingest:8080"}})
	defer s.Close()
	for target, want := range map[string]bool{
		"http://127.0.0.1:8080/x":        true,
		"http://[::1]:8080/x":            true,
		"http://localhost/x":             true,
		"https://hooks.example.test/x":   true,
		"http://ingest:8080/x":           true,
		"http://ingest:8081/x":           false,
		"http://192.0.2.1/x":             false,
		"http://localhost.evil.test/x":   false,
		"http://127.0.0.1@evil.test/":    false,
		"ftp://127.0.0.1/x":              false,
		"/webhooks/bive":                 false,
		"http://hooks.example.test.b/":   false,
		"http://169.254.169.254/latest/": false,
	} {
		if got := s.Hooks.Allowed(target); got != want {
			t.Errorf("Allowed(%q) = %v, want %v", target, got, want)
		}
	}
	s.Hooks.Send(deliver("http://192.0.2.1/x", "e", "a", sandbox.Story{}))
	clock.Advance(time.Hour)
	if a := s.Hooks.Attempts(); len(a) != 1 || a[0].Fate != sandbox.Refused {
		t.Errorf("attempts = %+v, want one that was refused", a)
	}
}

func TestCloseEndsADeliveryThatHangs(t *testing.T) {
	arrived := make(chan struct{})
	s := sandbox.NewStage(sandbox.Config{Speed: 1})
	server, err := sandbox.Start("127.0.0.1:0", hanging{arrived})
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks.Send(deliver(server.URL(), "e", "a", sandbox.Story{}))
	<-arrived
	s.Close()
	if err := server.Close(context.Background()); err != nil {
		t.Errorf("closing the receiver: %v", err)
	}
	if a := s.Hooks.Attempts(); len(a) != 0 {
		t.Errorf("attempts = %+v, want none: it was cut off, not answered", a)
	}
}

// hanging answers nobody.
type hanging struct{ arrived chan struct{} }

func (h hanging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body.Read(make([]byte, 10))
	close(h.arrived)
	<-r.Context().Done()
}
func (hanging) Close() {}
