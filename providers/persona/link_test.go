package persona_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	vendor "github.com/bonafide-id/bonafide/sandbox/persona"
)

// byHand lets people open their links themselves.
func byHand(c *vendor.Config) { c.ManualVisit = true }

// visit opens a link, as the subject does.
func (w *world) visit(url string) int {
	w.t.Helper()
	res, err := http.Post(url, "application/x-www-form-urlencoded", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// link asks for a link and returns it.
func (w *world) link(r *providers.Request) providers.Action {
	w.t.Helper()
	reply, err := w.client.Link(w.t.Context(), *r)
	r.Ref = reply.Ref
	o := w.read(reply, err)
	if o.Status != "awaiting_subject" || len(o.Actions) != 1 || o.Actions[0].Type != "open_link" || o.Actions[0].ExpiresAt.Before(time.Now()) {
		w.t.Fatalf("Link: got %s, want a page that does not expire at once", summary(o))
	}
	return o.Actions[0]
}

func TestALinkIsMadeAgain(t *testing.T) {
	w := newWorld(t, byHand)
	r := person(1, "Ana", "")
	first := w.send(&r).Actions[0].URL
	second := w.link(&r).URL
	if first == second {
		t.Errorf("got %s twice, want another page", first)
	}
	if got := w.poll(&r).Actions[0].URL; got != second {
		t.Errorf("polled: got %s, want the newest page %s", got, second)
	}
	if got := w.visit(second); got != 200 {
		t.Fatalf("the page: got %d, want 200", got)
	}
	w.clock.Advance(time.Minute)
	if got := results(w.poll(&r)); got != good {
		t.Errorf("after the visit: got\n%s\nwant\n%s", got, good)
	}
	if _, err := w.client.Link(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("a page for an inquiry that is over: got %v, want class invalid", err)
	}
}

// An inquiry that nobody finished waits for whoever asks for a page, and is resumed then. Asking how it is does not resume it:
// that would never end.
func TestAnExpiredInquiryIsResumed(t *testing.T) {
	w := newWorld(t, byHand)
	linked := person(1, "Ana", "")
	old := w.send(&linked).Actions[0].URL
	w.clock.Advance(25 * time.Hour)
	for range 2 {
		if o := w.poll(&linked); summary(o) != "awaiting_subject" {
			t.Errorf("expired: got %s, want it to wait, without the page that leads nowhere", summary(o))
		}
	}
	page := w.link(&linked).URL
	if got := w.visit(page); got != 200 {
		t.Errorf("the page that was asked for: got %d, want 200", got)
	}
	if got := w.visit(old); got != 410 {
		t.Errorf("the old page: got %d, want 410", got)
	}
	w.clock.Advance(time.Minute)
	if got := results(w.poll(&linked)); got != good {
		t.Errorf("after the visit: got\n%s\nwant\n%s", got, good)
	}
}

// A photograph that is not good enough is asked for again, by a page that works.
func TestABlurredDocumentIsAskedForAgain(t *testing.T) {
	w := newWorld(t, byHand)
	r := person(1, "Ana", "+retry")
	w.visit(w.send(&r).Actions[0].URL)
	w.clock.Advance(6 * time.Minute) // past the grace of the first link
	o := w.poll(&r)
	if o.Status != "awaiting_subject" || len(o.Actions) != 1 || strings.Join(o.Actions[0].Reasons, " ") != "blurred" {
		t.Fatalf("got %s, want another page because of the blurred document", summary(o))
	}
	if again := w.poll(&r); again.Actions[0].URL != o.Actions[0].URL {
		t.Errorf("polled twice: got another page %s, want %s", again.Actions[0].URL, o.Actions[0].URL)
	}
	if got := w.visit(o.Actions[0].URL); got != 200 {
		t.Fatalf("the page: got %d, want 200", got)
	}
	w.clock.Advance(time.Minute)
	if got := results(w.poll(&r)); got != good {
		t.Errorf("got\n%s\nwant\n%s", got, good)
	}
	strict := r
	strict.Params = []byte(`{"all_attempts":true}`)
	if got := w.poll(&strict); !strings.Contains(results(got), "document=unknown") {
		t.Errorf("with the stricter rule: got %s, want unknown, because the first attempt did not pass", results(got))
	}
}

func TestConclusionsAreToldOnce(t *testing.T) {
	for _, tt := range []struct{ tag, first, then, want string }{
		{"+unknown", "true", "true", "inquiry.approved"},
		{"+unknown", "false", "false", "inquiry.declined"},
		{"+unknown", "unknown", "unknown", "inquiry.marked-for-review"},
		{"+unknown", "true", "false", "inquiry.approved inquiry.declined"},
		{"", "unknown", "unknown", ""}, // the vendor's workflow has approved: its word stands
		{"", "true", "true", ""},
		{"+never", "unknown", "unknown", ""}, // the vendor may still answer
		{"+never", "false", "false", "inquiry.declined"},
	} {
		w := newWorld(t)
		r := person(1, "Ana", tt.tag)
		w.send(&r)
		w.clock.Advance(15 * time.Minute)
		before, earlier := w.poll(&r), len(w.heard("vrf_1"))
		for _, conclusion := range []string{tt.first, tt.then} {
			r.Conclusion = conclusion
			reply, err := w.client.Conclude(t.Context(), r)
			r.Ref = reply.Ref
			if got := w.read(reply, err); results(got) != results(before) {
				t.Errorf("%q concluded %s: got %s, want %s: our own word is no evidence", tt.tag, conclusion, results(got), results(before))
			}
		}
		w.clock.Advance(time.Minute)
		if got := strings.Join(w.heard("vrf_1")[earlier:], " "); got != tt.want {
			t.Errorf("%q, %s then %s: the vendor told %q, want %q", tt.tag, tt.first, tt.then, got, tt.want)
		}
		if got := w.poll(&r); results(got) != results(before) {
			t.Errorf("%q, polled: got %s, want %s", tt.tag, results(got), results(before))
		}
	}
}

func TestErasingRedactsEveryAttempt(t *testing.T) {
	w := newWorld(t)
	first := person(1, "Ana", "")
	w.send(&first)
	second := person(1, "Ana", "")
	second.Attempt, second.Operation = 2, "vrf_1.identity.2"
	w.send(&second)
	w.clock.Advance(15 * time.Minute)
	for n := range 2 { // twice does no harm
		if _, err := w.client.Erase(t.Context(), second); err != nil {
			t.Fatalf("Erase %d: got %v, want no error", n+1, err)
		}
	}
	for _, r := range []*providers.Request{&first, &second} {
		if o := w.poll(r); o.Status != "failed" || len(o.Findings) != 0 || o.Extracted != nil {
			t.Errorf("%s: got %s, want nothing of the person", r.Operation, summary(o))
		}
	}
}
