package persona_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/persona"
)

// created is how many inquiries the vendor has made for a check.
func (w *world) created(r providers.Request) int {
	return w.sandbox.Ledger().Creates["inquiry.create"][r.ExternalID]
}

// again sends as the dispatcher does after a failure: with what the failed Send remembered.
func (w *world) again(r *providers.Request) error {
	reply, err := w.client.Send(w.t.Context(), *r)
	if len(reply.Ref) > 0 {
		r.Ref = reply.Ref
	}
	return err
}

func TestARepeatedSendIsOneInquiry(t *testing.T) {
	w := newWorld(t)
	r := person(1, "Ana", "")
	first, second := r, r
	w.send(&first)
	w.send(&second)
	if string(first.Ref) == "" || !strings.Contains(string(second.Ref), idOf(first.Ref)) || w.created(r) != 1 {
		t.Errorf("got %s and %s, %d inquiries; want one", first.Ref, second.Ref, w.created(r))
	}
	next := r
	next.Attempt, next.Operation, next.Ref = 2, "vrf_1.identity.2", first.Ref
	w.send(&next)
	if idOf(next.Ref) == idOf(first.Ref) || w.created(r) != 2 {
		t.Errorf("attempt 2: got %s, %d inquiries; want a second one", next.Ref, w.created(r))
	}
}

// idOf cuts the inquiry's id out of a reference.
func idOf(ref jsontext.Value) string {
	_, rest, _ := strings.Cut(string(ref), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// The vendor keeps a 500 under its key for a day: the next Send takes another one.
func TestA500SpoilsItsKey(t *testing.T) {
	w := newWorld(t)
	r := person(1, "Ana", "+error")
	for n := range sandbox.ErrorAnswers {
		if err := w.again(&r); fault.ClassOf(err) != fault.Transient {
			t.Fatalf("Send %d: got %v, want class transient", n+1, err)
		}
	}
	if err := w.again(&r); err != nil || w.created(r) != 1 {
		t.Errorf("in the end: got %v, %d inquiries; want one", err, w.created(r))
	}
}

// The vendor made the inquiry and its answer was lost: it is found again, not made again.
func TestALostAnswerIsNotPaidTwice(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{
		"a 500 after it was made": {Mode: sandbox.ModeStatus, Status: 500, After: true, Count: 1, Method: http.MethodPost},
		"a 403 after it was made": {Mode: sandbox.ModeStatus, Status: 403, After: true, Count: 1, Method: http.MethodPost},
		"half an answer":          {Mode: sandbox.ModeTruncate, Count: 1, Method: http.MethodPost},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.sandbox.Faults().Add(f); err != nil {
				t.Fatal(err)
			}
			r := person(1, "Ana", "")
			if err := w.again(&r); err == nil {
				t.Fatal("the lost answer: got no error")
			}
			if err := w.again(&r); err != nil || w.created(r) != 1 || idOf(r.Ref) == "" {
				t.Errorf("the next Send: got %v, reference %s, %d inquiries; want the one that is there", err, r.Ref, w.created(r))
			}
			w.clock.Advance(15 * time.Minute)
			if got := results(w.poll(&r)); got != good {
				t.Errorf("got\n%s\nwant\n%s", got, good)
			}
		})
	}
}

// A webhook about an inquiry can come before the answer that made it.
func TestPollFindsWhatTheAnswerDidNotTell(t *testing.T) {
	w := newWorld(t)
	r := person(1, "Ana", "")
	r.Ref = jsontext.Value(`{"attempt":1,"keys":1}`)
	if _, err := w.client.Poll(t.Context(), r); fault.ClassOf(err) != fault.Transient {
		t.Errorf("before: got %v, want class transient", err)
	}
	sent := person(1, "Ana", "")
	w.send(&sent)
	if o := w.poll(&r); o.Status != "awaiting_subject" || idOf(r.Ref) != idOf(sent.Ref) || len(o.Actions) != 1 {
		t.Errorf("after: got %s, reference %s; want the inquiry and a link to it", summary(o), r.Ref)
	}
}

// A key that was used for something else tells nothing of our inquiry.
func TestAConflictIsLookedInto(t *testing.T) {
	w := newWorld(t)
	r := person(1, "Ana", "")
	sent := r
	w.send(&sent)
	other := person(1, "Eva", "") // the same operation with other contents
	if err := w.again(&other); err != nil || idOf(other.Ref) != idOf(sent.Ref) || w.created(r) != 1 {
		t.Errorf("got %v, reference %s, %d inquiries; want the one of this operation", err, other.Ref, w.created(r))
	}
}

func TestTheWindowSaysWhenToComeAgain(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.NoLimits = false })
	r := person(1, "Ana", "")
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	var err error
	for n := 0; err == nil && n < 400; n++ {
		_, err = w.client.Poll(t.Context(), r)
	}
	if fault.ClassOf(err) != fault.RateLimited || fault.RetryAfter(err) != 50*time.Second {
		t.Errorf("got %v in %v, want class rate_limited and the 50 s that the window has left", err, fault.RetryAfter(err))
	}
	if err := w.sandbox.Faults().Add(sandbox.Fault{Mode: sandbox.ModeStatus, Status: 403, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Poll(t.Context(), r); fault.ClassOf(err) != fault.Unauthorized {
		t.Errorf("403: got %v, want class unauthorized", err)
	}
}

// The vendor's monitoring finds an approved person on a list: that is told, and read.
func TestALaterMatchIsRead(t *testing.T) {
	w := newWorld(t)
	r := person(1, "Ana", "")
	w.send(&r)
	w.clock.Advance(15 * time.Minute)
	before := w.poll(&r)
	w.api(http.MethodPatch, "/inquiries/"+idOf(r.Ref), `{"data":{"attributes":{"fields":{"name-first":"Kim","name-last":"Jong Un"}}}}`)
	for _, id := range w.reports(r) {
		w.api(http.MethodPost, "/reports/"+id+"/run", "")
	}
	w.clock.Advance(time.Minute)
	if got := w.heard("vrf_1"); !slices.Contains(got, "report/watchlist.matched") {
		t.Errorf("got %q, want the match to be told", got)
	}
	after := w.poll(&r)
	if want := strings.Replace(good, "aml=true", "aml=false", 1); results(after) != want || !after.ObservedAt.After(before.ObservedAt) {
		t.Errorf("got %s at %v, want %s and later than %v", results(after), after.ObservedAt, want, before.ObservedAt)
	}
}

// Both ends of the versions that differ, verifications beside the inquiry and one by one: the same outcome.
func TestVersionsReadTheSame(t *testing.T) {
	for _, version := range []string{"2021-07-05", "2023-01-05", "2025-10-27", "2025-12-08"} {
		w := newWorld(t, func(c *vendor.Config) { c.Version, c.WebhookVersion, c.WebhookKeys = version, version, "snake" })
		r := person(1, "Ana", "+retry")
		w.send(&r)
		w.clock.Advance(15 * time.Minute)
		o := w.poll(&r)
		if got := results(o); got != good || o.Extracted == nil || o.Extracted.Name.FirstName != "ANA" {
			t.Errorf("%s: got %s, want %s and the name on the document", version, got, good)
		}
		if got := w.heard("vrf_1"); len(got) == 0 || got[len(got)-1] != "inquiry.approved" {
			t.Errorf("%s: got webhooks %q, want them routed", version, got)
		}
	}
}
