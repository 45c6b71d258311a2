package personr_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/personr"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a sandbox on a clock that stands still, and a connection to it.
type world struct {
	t     *testing.T
	box   *vendor.Sandbox
	clock *sandbox.Clock
	url   string
	c     *providers.Client
}

func newWorld(t *testing.T, change func(*vendor.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	c := vendor.Config{Config: sandbox.Config{Clock: w.clock}, Limit: sandbox.Limit{Requests: -1}}
	if change != nil {
		change(&c)
	}
	w.box = vendor.New(c)
	srv, err := sandbox.Start("127.0.0.1:0", w.box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close(t.Context()) })
	w.url = srv.URL()
	w.c = w.connect()
	return w
}

// connect returns a connection of its own, as another dispatcher would have.
func (w *world) connect() *providers.Client {
	w.t.Helper()
	c, err := personr.DefinitionAt(w.clock.Now).Open(w.t.Context(), envconfig.MapLookuper(map[string]string{
		"PERSONR_BASE_URL": w.url, "PERSONR_EMAIL": vendor.DefaultEmail, "PERSONR_PASSWORD": vendor.DefaultPassword,
		"PERSONR_FLOW_NAME": vendor.DefaultFlow}), providers.Options{AllowInsecure: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// send starts a check and returns how it stands.
func (w *world) send(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.c.Send(w.t.Context(), *r)
	return w.heard(r, reply, err)
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

// poll lets vendor time pass and asks.
func (w *world) poll(r *providers.Request, d time.Duration) providers.Outcome {
	w.t.Helper()
	w.clock.Advance(d)
	reply, err := w.c.Poll(w.t.Context(), *r)
	return w.heard(r, reply, err)
}

func result(o providers.Outcome, component string) string {
	for _, f := range o.Findings {
		if f.Component == component {
			return f.Result + " " + strings.Join(f.Reasons, ",")
		}
	}
	return "none"
}

func TestStories(t *testing.T) {
	for _, tt := range []struct {
		tag, document, aml string
	}{
		{"", "true ", "true "},
		{"slow", "true ", "true "},
		{"reject", "false forged", "unknown inconclusive"},
		{"flag", "flagged document_anomaly", "true "},
		{"unknown", "unknown manual_review", "unknown manual_review"},
		{"sanctions", "unknown inconclusive", "false sanctions_hit"},
	} {
		t.Run("+"+tt.tag, func(t *testing.T) {
			w := newWorld(t, nil)
			r := person(1, "Ana", tt.tag, card()...)
			if o := w.send(&r); o.Status != "pending" {
				t.Fatalf("at first: got %s, want pending", o.Status)
			}
			o := w.poll(&r, sandbox.SlowDelay+3*time.Minute)
			if got := result(o, "document"); o.Status != "completed" || got != tt.document {
				t.Errorf("document: got %s, %q; want completed, %q", o.Status, got, tt.document)
			}
			if got := result(o, "aml"); got != tt.aml {
				t.Errorf("aml: got %q, want %q", got, tt.aml)
			}
			l := w.box.Ledger()
			if l.Creates["applicant.create"]["vrf_1.identity"] != 1 || l.Uploads["ID_CARD"] != 2 || l.Uploads["SELFIE"] != 1 || l.Others["check.request"] != 1 {
				t.Errorf("the ledger has %v creates, %v uploads, %v others; want one applicant, three images, one check", l.Creates, l.Uploads, l.Others)
			}
		})
	}
}

func TestWhatTheVendorReadIsExtracted(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "", card()...)
	w.send(&r)
	o := w.poll(&r, 3*time.Minute)
	if o.Extracted == nil || o.Extracted.Name.FirstName != "ANA" || o.Extracted.Name.LastName != "ROE" {
		t.Errorf("got %#v, want the name on the document", o.Extracted)
	}
}

func TestABlurredImageIsAskedForAgain(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "retry", card()...)
	w.send(&r)
	o := w.poll(&r, 3*time.Minute)
	if o.Status != "awaiting_subject" || len(o.Actions) != 2 || o.Actions[0].Document != "ID_CARD" || o.Actions[0].Side != "FRONT" || !slices.Contains(o.Actions[0].Reasons, "blurred") || o.Actions[0].Message == "" {
		t.Fatalf("got %s, %+v; want both sides of the card asked for, blurred", o.Status, o.Actions)
	}
	r.Documents, r.Attempt = card()[:2], 2
	before := r.Ref
	reply, err := w.c.Resubmit(t.Context(), r)
	if o := w.heard(&r, reply, err); o.Status != "pending" {
		t.Errorf("after the resubmission: got %s, want pending: the old verdict is old", o.Status)
	}
	reply, err = w.c.Resubmit(t.Context(), r) // its answer was lost, so it comes again
	if o := w.heard(&r, reply, err); o.Status != "pending" || w.box.Ledger().Others["check.request"] != 2 {
		t.Errorf("the same again: got %s after %d checks, want pending after 2: a third would cost an attempt", o.Status, w.box.Ledger().Others["check.request"])
	}
	if o := w.poll(&r, 3*time.Minute); o.Status != "completed" || result(o, "document") != "true " {
		t.Errorf("at last: got %s, %s; want completed, true", o.Status, result(o, "document"))
	}
	for what, ref := range map[string]jsontext.Value{"its first try was lost": before, "another try has seen the verdict": r.Ref} {
		r.Ref = ref
		reply, err = w.c.Resubmit(t.Context(), r)
		if o := w.heard(&r, reply, err); o.Status != "completed" || w.box.Ledger().Others["check.request"] != 2 {
			t.Errorf("the same when it is done and %s: got %s after %d checks, want completed after 2", what, o.Status, w.box.Ledger().Others["check.request"])
		}
	}
}

func TestWithoutDocumentsThePersonGoesToThePage(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.ManualVisit = true })
	r := person(1, "Ana", "")
	o := w.send(&r)
	if o.Status != "awaiting_subject" || len(o.Actions) != 1 || o.Actions[0].Type != "open_link" {
		t.Fatalf("got %s, %+v; want a link", o.Status, o.Actions)
	}
	reply, err := w.c.Link(t.Context(), r)
	if o := w.heard(&r, reply, err); len(o.Actions) != 1 || o.Actions[0].URL == "" {
		t.Errorf("another link: got %+v, want one", o.Actions)
	}
	res, err := http.Post(o.Actions[0].URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if o := w.poll(&r, 3*time.Minute); o.Status != "completed" || result(o, "selfie") != "true " {
		t.Errorf("after the visit: got %s, selfie %s; want completed, true", o.Status, result(o, "selfie"))
	}
	if n := w.box.Ledger().Others["check.request"]; n != 0 {
		t.Errorf("%d checks were asked for, want none: the page starts its own", n)
	}
}

func TestABusinessHasNoPageAndNothingIsMadeForOne(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "")
	r.Subject = subject.Subject{Type: "business", Company: &subject.Company{
		Name: &subject.CompanyName{Name: "Tern Logistics"}, IDs: &subject.CompanyIDs{AdditionalID: "ACN 000 000 001"}, Address: &subject.Address{Country: "AU"}}}
	if _, err := w.c.Link(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("got %v, want class invalid", err)
	}
	if l := w.box.Ledger(); len(l.Others) != 0 || len(l.Creates) != 0 {
		t.Errorf("the vendor was asked for %+v, want nothing", l)
	}
}

func TestAReversalIsRead(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "reversal", card()...)
	w.send(&r)
	if o := w.poll(&r, 2*time.Minute); result(o, "aml") != "true " {
		t.Errorf("at first: got %s, want true", result(o, "aml"))
	}
	if o := w.poll(&r, sandbox.ReversalDelay); result(o, "aml") != "false sanctions_hit" {
		t.Errorf("later: got %s, want false", result(o, "aml"))
	}
}

func TestWhatIsStuckStaysPending(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "never", card()...)
	w.send(&r)
	if o := w.poll(&r, 30*24*time.Hour); o.Status != "pending" {
		t.Errorf("after a month: got %s, want pending: the flow's deadline ends it", o.Status)
	}
}

func TestABusinessIsLookedUpInItsRegister(t *testing.T) {
	w := newWorld(t, func(c *vendor.Config) { c.Flows = append(c.Flows, vendor.DefaultFlow, vendor.DefaultEntityFlow) })
	for n, tt := range []struct{ tag, registry, aml string }{{"", "true ", "true "}, {"+sanctions", "unknown inconclusive", "false sanctions_hit"}} {
		r := person(n, "Ana", "")
		r.Components = []string{"registry", "aml"}
		r.Subject = subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: "Tern Logistics" + tt.tag}, IDs: &subject.CompanyIDs{AdditionalID: "ACN 000 000 001"}, Address: &subject.Address{Country: "AU"}}}
		w.send(&r)
		o := w.poll(&r, 3*time.Minute)
		if o.Status != "completed" || result(o, "registry") != tt.registry || result(o, "aml") != tt.aml {
			t.Errorf("%q: got %s, registry %s, aml %s; want completed, %s, %s", tt.tag, o.Status, result(o, "registry"), result(o, "aml"), tt.registry, tt.aml)
		}
	}
}

// A new token kills the one before it.
func TestATokenThatSomebodyElseKilledIsMadeAnewOnce(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "", card()...)
	w.send(&r)
	other := w.connect()
	s := person(2, "Bo", "", card()...)
	if _, err := other.Send(t.Context(), s); err != nil {
		t.Fatalf("another connection: got %v, want no error", err)
	}
	if o := w.poll(&r, 0); o.Status != "pending" {
		t.Errorf("with a token that is dead: got %s, want it read again with a new one", o.Status)
	}
	if n := w.box.Ledger().Others["token.generate"]; n != 3 {
		t.Errorf("%d tokens were made, want 3", n)
	}
	w.poll(&r, 0)
	w.poll(&r, 0)
	if n := w.box.Ledger().Others["token.generate"]; n != 3 {
		t.Errorf("after two more calls: %d tokens, want still 3: one is shared by all calls", n)
	}
}

func TestATokenThatWasSetAndIsDeadIsReplacedByWhatMakesOne(t *testing.T) {
	w := newWorld(t, nil)
	for name, tt := range map[string]struct {
		email string
		class fault.Class
	}{"with an account": {vendor.DefaultEmail, fault.None}, "without": {"", fault.Unauthorized}} {
		c, err := personr.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
			"PERSONR_BASE_URL": w.url, "PERSONR_TOKEN": "bus|dead", "PERSONR_EMAIL": tt.email, "PERSONR_PASSWORD": vendor.DefaultPassword,
			"PERSONR_FLOW_NAME": vendor.DefaultFlow}), providers.Options{AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Send(t.Context(), person(1, "Ana", "", card()...)); fault.ClassOf(err) != tt.class {
			t.Errorf("%s: got %v, want class %q", name, err, tt.class)
		}
	}
}

func TestAnImageThatTheVendorDoesNotTakeIsNoCheck(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "", document("PASSPORT", "", "image/png", "no picture"), image("SELFIE", ""))
	if _, err := w.c.Send(t.Context(), r); fault.ClassOf(err) != fault.Invalid { // the vendor says so with status 200
		t.Errorf("got %v, want class invalid", err)
	}
	if n := w.box.Ledger().Others["check.request"]; n != 0 {
		t.Errorf("%d checks were asked for, want none", n)
	}
}

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	w := newWorld(t, nil)
	r := person(1, "Ana", "never", card()...)
	w.send(&r)
	w.poll(&r, 330*24*time.Hour)
	if n, refused := w.box.Ledger().Others["token.generate"], w.box.Ledger().Answers["401"]; n != 2 || refused != 0 {
		t.Errorf("got %d tokens and %d refusals, want 2 and none", n, refused)
	}
}

// What an earlier try has created is gone on with, whichever step it failed at.
func TestAStepThatFailsIsGoneOnWith(t *testing.T) {
	for _, path := range []string{"/api/1.1/wf/api-document-upload", "/api/1.1/wf/api-request-applicant-check", "/api/1.1/wf/api-applicant-status"} {
		for _, lost := range []bool{false, true} { // the answer, not the request
			w := newWorld(t, nil)
			if err := w.box.Faults().Add(sandbox.Fault{Mode: sandbox.ModeStatus, Status: 502, Count: 1, Path: path, After: lost}); err != nil {
				t.Fatal(err)
			}
			r := person(1, "Ana", "", card()...)
			reply, err := w.c.Send(t.Context(), r)
			if err == nil || len(reply.Ref) == 0 {
				t.Fatalf("%s: got %v, ref %s; want an error and the applicant", path, err, reply.Ref)
			}
			r.Ref = reply.Ref
			if fault.ClassOf(err) == fault.Ambiguous {
				var found bool
				if reply, found, err = w.c.Look(t.Context(), r, time.Time{}, nil); !found {
					t.Errorf("%s: look: got nothing, %v; want the applicant", path, err)
				}
			} else {
				reply, err = w.c.Send(t.Context(), r)
			}
			w.heard(&r, reply, err)
			if o := w.poll(&r, 3*time.Minute); o.Status != "completed" || result(o, "document") != "true " {
				t.Errorf("%s: got %s, %s; want completed, true", path, o.Status, result(o, "document"))
			}
			l := w.box.Ledger()
			if l.Creates["applicant.create"]["vrf_1.identity"] != 1 || l.Others["check.request"] != 1 {
				t.Errorf("%s (lost: %v): %v creates and %d checks, want 1 and 1", path, lost, l.Creates, l.Others["check.request"])
			}
		}
	}
}

func TestALostCreateIsNotPaidTwice(t *testing.T) {
	w := newWorld(t, nil)
	if _, _, err := w.c.Look(t.Context(), person(1, "Ana", "", card()...), time.Time{}, nil); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("look without a reference: got %v, want class invalid: the vendor has no search", err)
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	w := newWorld(t, nil)
	change := func(f func(*providers.Request)) providers.Request {
		r := person(1, "Ana", "", card()...)
		f(&r)
		return r
	}
	for name, r := range map[string]providers.Request{
		"no phone":   change(func(r *providers.Request) { r.Subject.Person.Contact.Phone = "" }),
		"no subject": change(func(r *providers.Request) { r.Subject = subject.Subject{} }),
		"webp":       change(func(r *providers.Request) { r.Documents[0].MediaType = "image/webp" }),
		"no country": change(func(r *providers.Request) { r.Documents[0].Country, r.Subject.Person.Info = "", nil }),
		"large":      change(func(r *providers.Request) { r.Documents[0].Size = 17 << 20 }),
		"business":   change(func(r *providers.Request) { r.Subject = subject.Subject{Type: "business", Company: &subject.Company{}} }),
	} {
		if _, err := w.c.Send(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want class invalid", name, err)
		}
	}
	if l := w.box.Ledger(); len(l.Creates) != 0 {
		t.Errorf("the vendor was asked: %v", l.Creates)
	}
}
