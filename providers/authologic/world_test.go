package authologic_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/authologic"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a sandbox on a clock that stands still, and a connection to it.
type world struct {
	t     *testing.T
	box   *vendor.Sandbox
	clock *sandbox.Clock
	c     *providers.Client
}

func newWorld(t *testing.T, change func(*vendor.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	c := vendor.Config{Config: sandbox.Config{Clock: w.clock}}
	if change != nil {
		change(&c)
	}
	w.box = vendor.New(c)
	srv, err := sandbox.Start("127.0.0.1:0", w.box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close(t.Context()) })
	w.c, err = authologic.DefinitionAt(w.clock.Now).Open(t.Context(), envconfig.MapLookuper(map[string]string{
		"AUTHOLOGIC_BASE_URL": srv.URL(), "AUTHOLOGIC_USERNAME": vendor.DefaultUsername, "AUTHOLOGIC_PASSWORD": vendor.DefaultPassword}), providers.Options{AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.c.Close)
	return w
}

func (w *world) heard(r *providers.Request, reply providers.Reply, err error) providers.Outcome {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: got %v, want no error", *r, err)
	}
	r.Ref = reply.Ref
	o, err := w.c.Read(reply)
	if err != nil {
		w.t.Fatalf("%s: read: got %v, want an outcome", *r, err)
	}
	return o
}

func (w *world) send(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.c.Send(w.t.Context(), *r)
	return w.heard(r, reply, err)
}

// poll lets vendor time pass and asks.
func (w *world) poll(r *providers.Request, d time.Duration) providers.Outcome {
	w.t.Helper()
	w.clock.Advance(d)
	reply, err := w.c.Poll(w.t.Context(), *r)
	return w.heard(r, reply, err)
}

func TestStories(t *testing.T) {
	for tag, want := range map[string]string{
		"":          "completed aml=true document=true selfie=true",
		"slow":      "completed aml=true document=true selfie=true",
		"reject":    "completed aml=true document=false:forged selfie=unknown:not_checked",
		"flag":      "completed aml=true document=flagged:data_invalid selfie=true national_id=flagged:data_invalid",
		"unknown":   "completed aml=true document=unknown:inconclusive selfie=unknown:not_checked",
		"sanctions": "completed aml=false:pep_hit,sanctions_hit document=true selfie=true",
		"never":     "awaiting_subject open_link",
	} {
		w := newWorld(t, nil)
		r := person(1, "Jan", tag, "document", "selfie", "aml")
		if got := told(w.send(&r)); got != "awaiting_subject open_link" {
			t.Errorf("+%s, at first: got %q, want the page", tag, got)
		}
		if got := told(w.poll(&r, sandbox.SlowDelay+time.Minute)); got != want {
			t.Errorf("+%s: got %q, want %q", tag, got, want)
		}
		if n := w.box.Ledger().Creates["conversation.create"]["vrf_1.identity"]; n != 1 {
			t.Errorf("+%s: %d conversations, want 1", tag, n)
		}
	}
}

func TestABlurredPictureIsAskedForInANewConversation(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Jan", "retry", "document")
	w.send(&r)
	if got := told(w.poll(&r, time.Minute)); got != "awaiting_subject resubmit:blurred" {
		t.Errorf("got %q, want a better picture asked for", got)
	}
	r.Attempt, r.Operation, r.Ref = 2, "vrf_1.identity.2", nil
	w.send(&r)
	if got := told(w.poll(&r, time.Minute)); got != "completed document=true" {
		t.Errorf("the second: got %q, want it valid", got)
	}
}

func TestListsAloneNeedNoPage(t *testing.T) {
	w := newWorld(t, nil)
	for name, want := range map[string]string{"Nowak": "completed aml=true", "Shoygu": "completed aml=false:sanctions_hit", "Biden": "completed aml=flagged:pep_hit"} {
		r := person(1, "Jan", "", "aml")
		r.Subject.Person.Name.LastName = name
		w.send(&r)
		if got := told(w.poll(&r, time.Second)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if n := w.box.Ledger().Reads["aml.list"]; n != 2 {
		t.Errorf("%d lists were read, want those two that were hit: they are gone later", n)
	}
}

// A list that cannot be read after the create is read later. If the Send failed over it, there would be a second conversation.
func TestAListThatCannotBeReadIsNotPaidForTwice(t *testing.T) {
	listed := `{"id":"c1","userKey":"k","url":"https://id.example.test/c/1","status":"FINISHED","result":{"aml":{"status":"FINISHED","found":["SANCTIONS"]}}}`
	for what, answer := range map[string]http.HandlerFunc{
		"the vendor fails": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"the line is cut":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/aml/") {
				answer(w, r)
				return
			}
			io.WriteString(w, listed)
		}))
		defer srv.Close()
		c, err := authologic.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
			"AUTHOLOGIC_BASE_URL": srv.URL, "AUTHOLOGIC_USERNAME": "account", "AUTHOLOGIC_PASSWORD": "key"}), providers.Options{AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := person(1, "Jan", "", "aml")
		reply, err := c.Send(t.Context(), r)
		if err != nil {
			t.Errorf("%s: Send: got %v, want no error: the conversation is made", what, err)
			continue
		}
		if o, err := c.Read(reply); err != nil || told(o) != "completed aml=false:sanctions_hit" {
			t.Errorf("%s: got %q, %v; want the hit", what, told(o), err)
		}
		r.Ref = reply.Ref
		if _, err := c.Poll(t.Context(), r); fault.ClassOf(err) != fault.Transient {
			t.Errorf("%s: Poll: got %v, want class transient: it is asked for again", what, err)
		}
	}
}

func TestTheAssociateOfSomebodySanctionedIsLookedAt(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.Associate = true })
	r := person(1, "Jan", "sanctions", "aml")
	w.send(&r)
	if got := told(w.poll(&r, time.Second)); got != "completed aml=flagged:pep_hit,possible_list_match" {
		t.Errorf("got %q, want it flagged", got)
	}
}

// A part that is known and a part that is uncertain are one person to the vendor.
func TestHintsAreKnownAndUncertainAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Jan", "reject", "document")
	r.Params = jsontext.Value(`{"hints":{"known":["name"],"uncertain":["info","contact"]}}`)
	w.send(&r)
	if got := told(w.poll(&r, time.Minute)); got != "completed document=false:forged" {
		t.Errorf("got %q, want the story of the address that is uncertain", got)
	}
}

func TestWatchedListsChangeAfterTheEnd(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Jan", "reversal", "aml")
	r.Params = jsontext.Value(`{"aml":{"checks":["PEP","SANCTIONS"],"subscription":true}}`)
	w.send(&r)
	if got := told(w.poll(&r, time.Second)); got != "completed aml=true" {
		t.Errorf("at first: got %q, want nothing found", got)
	}
	if got := told(w.poll(&r, sandbox.ReversalDelay)); got != "completed aml=false:sanctions_hit" {
		t.Errorf("later: got %q, want sanctions", got)
	}
}

func TestEveryProductIsAskedForAndRead(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Jan", "", "document", "name", "aml", "auth", "bank_account")
	r.Params = jsontext.Value(`{"verify":true}`)
	w.send(&r)
	o := w.poll(&r, time.Minute)
	if got := told(o); got != "completed aml=true auth=true bank_account=true document=true name=true" || o.Extracted == nil {
		t.Errorf("got %q, extracted %v; want all of them, and the person", got, o.Extracted != nil)
	}
	if n := w.box.Ledger().Reads["bank"]; n != 1 {
		t.Errorf("accounts were read %d times, want once", n)
	}
	r = person(2, "Jan", "", "auth")
	r.Params = jsontext.Value(`{"auth":{"challenge":"nobody-knows-it"}}`)
	if got := told(w.send(&r)); got != "completed auth=unknown:inconclusive" {
		t.Errorf("a challenge that is not known: got %q, want it closed at once", got)
	}
}

func TestALinkIsThePageAsLongAsThereIsSomethingToDo(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.Manual = true })
	r := person(1, "Jan", "", "document")
	first := w.send(&r)
	reply, err := w.c.Link(t.Context(), r)
	if o := w.heard(&r, reply, err); len(o.Actions) != 1 || o.Actions[0].URL != first.Actions[0].URL {
		t.Errorf("got %+v, want the same page", o.Actions)
	}
	res, err := http.Post(first.Actions[0].URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := told(w.poll(&r, 0)); got != "pending" {
		t.Errorf("while the subject is on the page: got %q, want pending", got)
	}
	reply, err = w.c.Link(t.Context(), r)
	if o := w.heard(&r, reply, err); len(o.Actions) != 1 || o.Actions[0].URL != first.Actions[0].URL {
		t.Errorf("while the subject is on the page: got %+v, want it handed out to who asks", o.Actions)
	}
	w.poll(&r, time.Minute)
	if _, err := w.c.Link(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("afterwards: got %v, want class invalid", err)
	}
}

func TestWhoeverGivesUpIsNoVerdict(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.Manual = true })
	r := person(1, "Jan", "", "document")
	o := w.send(&r)
	res, err := http.Post(o.Actions[0].URL+"?cancel", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := told(w.poll(&r, 0)); got != "completed document=unknown:abandoned" {
		t.Errorf("canceled: got %q, want unknown", got)
	}
	r = person(2, "Jan", "", "document")
	w.send(&r)
	if got := told(w.poll(&r, 8*24*time.Hour)); got != "completed document=unknown:link_expired" {
		t.Errorf("expired: got %q, want unknown", got)
	}
}

func TestASpentQuotaWaitsForAnOperator(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.Quota = 1 })
	r := person(1, "Jan", "", "document")
	w.send(&r)
	_, err := w.c.Send(t.Context(), person(2, "Jan", "", "document"))
	if fault.ClassOf(err) != fault.Unauthorized || !strings.Contains(err.Error(), "402") {
		t.Errorf("got %v, want class unauthorized that names 402", err)
	}
}

func TestErasedIsGone(t *testing.T) {
	w := newWorld(t, nil)
	for n, params := range []string{`{}`, `{"aml":{"subscription":true}}`} {
		r := person(n, "Jan", "", "document", "aml")
		r.Params = jsontext.Value(params)
		w.send(&r)
		w.poll(&r, time.Minute)
		for range 2 {
			if _, err := w.c.Erase(t.Context(), r); err != nil {
				t.Errorf("%s: got %v, want no error, also the second time", params, err)
			}
			w.clock.Advance(time.Minute)
		}
		if _, err := w.c.Poll(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("%s: afterwards: got %v, want class invalid: it is no verdict", params, err)
		}
	}
	r := person(7, "Jan", "never", "document")
	w.send(&r)
	if _, err := w.c.Erase(t.Context(), r); err != nil {
		t.Errorf("one that runs: got %v, want it ended", err)
	}
	if got := told(w.poll(&r, time.Minute)); got != "completed document=unknown:link_expired" {
		t.Errorf("one that ran: got %q, want it expired", got)
	}
}

func TestCallbacksOfTheSandboxAreAuthentic(t *testing.T) {
	got := make(chan error, 8)
	hook := webhookOf(t, vendor.DefaultWebhookSecret)
	var w *world
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = hook.Authenticate(r.Header, body, w.clock.Now())
		}
		if err == nil {
			var h providers.Hint
			if h, err = hook.Route(strings.TrimPrefix(r.URL.Path, "/webhooks/authologic/"), r.Header, body); err == nil && (h.Verification != "vrf_1" || h.Check != "identity" || r.URL.Query().Get("event") != "FINISHED") {
				err = fault.New(fault.Malformed, "test", "another check or event")
			}
		}
		got <- err
	}))
	defer srv.Close()
	w = newWorld(t, nil)
	r := person(1, "Jan", "dup", "document")
	r.CallbackURL = srv.URL + "/webhooks/authologic/vrf_1"
	w.send(&r)
	w.poll(&r, time.Minute)
	for range 2 {
		if err := <-got; err != nil {
			t.Errorf("got %v, want an authentic callback about the check", err)
		}
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	w := newWorld(t, nil)
	for name, r := range map[string]providers.Request{
		"no subject":     {Components: []string{"document"}},
		"nothing to ask": {Subject: subject.Subject{Type: "person", Person: &subject.Person{}}},
		"unknown params": {Components: []string{"document"}, Params: jsontext.Value(`{"identiy":{}}`), Subject: subject.Subject{Type: "person", Person: &subject.Person{}}},
	} {
		if _, err := w.c.Send(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want class invalid", name, err)
		}
	}
	if n := len(w.box.Ledger().Creates); n != 0 {
		t.Errorf("%d conversations were made", n)
	}
}
