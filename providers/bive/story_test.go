package bive_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/bive"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/bive"
	"github.com/bonafide-id/bonafide/subject"
)

// place is a vendor on a clock that stands still, and a connection to it.
type place struct {
	t      *testing.T
	vendor *vendor.Sandbox
	clock  *sandbox.Clock
	client *providers.Client
	hooks  chan hook
	hookAt string
}

type hook struct {
	path   string
	header http.Header
	body   []byte
}

func newPlace(t *testing.T, php bool) *place {
	t.Helper()
	p := &place{t: t, clock: sandbox.NewManualClock(time.Now()), hooks: make(chan hook, 16)}
	p.vendor = vendor.New(vendor.Config{
		Config: sandbox.Config{Clock: p.clock}, APIKey: apiKey, PHPForm: php, Limit: sandbox.Limit{Requests: -1},
	})
	srv := httptest.NewServer(p.vendor)
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		io.Copy(&b, r.Body)
		p.hooks <- hook{r.URL.Path, r.Header.Clone(), []byte(b.String())}
	}))
	p.hookAt = ours.URL
	t.Cleanup(func() { p.vendor.Close(); srv.Close(); ours.Close() })
	var err error
	p.client, err = bive.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
		"BIVE_BASE_URL": srv.URL, "BIVE_API_KEY": apiKey,
	}), providers.Options{AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.client.Close)
	return p
}

// send starts a check and returns the request with its reference.
func (p *place) send(r providers.Request) providers.Request {
	p.t.Helper()
	reply, err := p.client.Send(p.t.Context(), r)
	if err != nil {
		p.t.Fatalf("Send: got %v, want no error", err)
	}
	r.Ref = reply.Ref
	return r
}

// poll reads a check.
func (p *place) poll(r providers.Request) providers.Outcome {
	p.t.Helper()
	reply, err := p.client.Poll(p.t.Context(), r)
	if err != nil {
		p.t.Fatalf("Poll: got %v, want no error", err)
	}
	o, err := p.client.Read(reply)
	if err != nil {
		p.t.Fatalf("Read: got %v, want an outcome", err)
	}
	return o
}

// results are the findings as words.
func results(o providers.Outcome) string {
	var words []string
	for _, f := range o.Findings {
		if f.Component == "document" || f.Component == "person" || f.Component == "business" || f.Component == "persons" {
			words = append(words, strings.TrimSuffix(f.Component+" "+f.Person, " ")+"="+f.Result)
		}
	}
	return strings.Join(append([]string{o.Status}, words...), " ")
}

func tagged(r providers.Request, tag string) providers.Request {
	r.Subject.Person.Contact.Email = "ana+" + tag + "@example.test"
	return r
}

func TestStories(t *testing.T) {
	for tag, want := range map[string]string{
		"approve": "completed document=true person=true",
		"reject":  "completed document=false person=false",
		"flag":    "completed document=flagged person=true",
		"unknown": "completed document=unknown person=unknown",
	} {
		t.Run(tag, func(t *testing.T) {
			p := newPlace(t, false)
			r := p.send(tagged(person(1, "Ana", passport("")...), tag))
			if got := p.poll(r); got.Status != "pending" {
				t.Errorf("before it is decided: got %s, want pending", results(got))
			}
			p.clock.Advance(time.Minute)
			if got := results(p.poll(r)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestALinkIsAnActionForItsPerson(t *testing.T) {
	p := newPlace(t, false)
	r := person(1, "Ana")
	r.Components = []string{"liveness"}
	r = p.send(r)
	p.clock.Advance(5 * time.Second)
	o := p.poll(r)
	if o.Status != "awaiting_subject" || len(o.Actions) != 1 || o.Actions[0].Type != "open_link" || !strings.Contains(o.Actions[0].URL, "/l/") {
		t.Fatalf("got %s, %d actions; want awaiting_subject and a link", o.Status, len(o.Actions))
	}
	p.clock.Advance(time.Minute)
	if got := p.poll(r); got.Status != "completed" {
		t.Errorf("after the link was used: got %s, want completed", got.Status)
	}
}

// An unknown result asks for a document once: if the vendor cannot read the first, or always, or never, as the flow wants.
func TestAnUnknownResultAsksForADocumentIfThatMayHelp(t *testing.T) {
	for _, k := range []struct{ tag, params, asks string }{
		{"retry", "", "PASSPORT blurred"}, {"retry", `{"resubmit":true}`, "PASSPORT blurred"}, {"retry", `{"resubmit":false}`, ""},
		{"unknown", "", ""}, {"unknown", `{"resubmit":true}`, "PASSPORT document_unverified"},
	} {
		for attempt := 1; attempt <= 2; attempt++ {
			p := newPlace(t, false)
			r := tagged(person(1, "Ana", passport("")...), k.tag)
			r.Params, r.Attempt = jsontext.Value(k.params), attempt
			r = p.send(r)
			p.clock.Advance(time.Minute)
			o, got := p.poll(r), ""
			for _, a := range o.Actions {
				got += a.Document + " " + strings.Join(a.Reasons, " ")
			}
			want, status := k.asks, "awaiting_subject"
			if attempt > 1 {
				want = ""
			}
			if want == "" {
				status = "completed"
			}
			if got != want || o.Status != status {
				t.Errorf("%s, params %s, attempt %d: got %s and %q, want %s and %q", k.tag, k.params, attempt, o.Status, got, status, want)
			}
		}
	}
}

func TestResubmissionIsANewRun(t *testing.T) {
	p := newPlace(t, false)
	r := tagged(person(1, "Ana", passport("")...), "retry")
	r = p.send(r)
	p.clock.Advance(time.Minute)
	if o := p.poll(r); o.Status != "awaiting_subject" || len(o.Actions) != 1 || o.Actions[0].Type != "resubmit" {
		t.Fatalf("first run: got %s with %d actions, want awaiting_subject and resubmit", o.Status, len(o.Actions))
	}
	if p.client.CanResubmit() {
		t.Fatal("CanResubmit: got true, want false: a resubmission is a new Send")
	}
	r.Attempt, r.Operation = 2, "vrf_1.identity.2"
	r.Documents = []providers.Document{image("PASSPORT", "", "a better photograph"), image("SELFIE", "", "face")}
	r = p.send(r)
	p.clock.Advance(time.Minute)
	if got, want := results(p.poll(r)), "completed document=true person=true"; got != want {
		t.Errorf("second run: got %s, want %s", got, want)
	}
}

// company is a check of a business with two persons.
func company(tag string) providers.Request {
	ana, jan := person(1, "Ana").Subject.Person, tagged(person(2, "Jan"), tag).Subject.Person
	return providers.Request{
		Operation: "vrf_9.business.1", ExternalID: "vrf_9.business", Verification: "vrf_9", Check: "business", Attempt: 1,
		Components: []string{"document", "name", "persons"},
		Subject: subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: "Tern Logistics"}, Contact: &subject.Contact{Email: "office@tern.example.test"},
			Address: &subject.Address{AddressLine: "Portowa 2", City: "Gdynia", Country: "PL"},
		}},
		Parties: []providers.Party{{Reference: "ubo-1", Role: "UBO", Person: *ana}, {Reference: "ubo-2", Role: "UBO", Person: *jan}},
		Documents: append(append([]providers.Document{document("COMPANY_REGISTRATION", "", "application/pdf", "%PDF-1.7 x")},
			passport("ubo-1")...), passport("ubo-2")...),
	}
}

func TestABusinessIsItsPersonsToo(t *testing.T) {
	for tag, want := range map[string]string{
		"approve": "completed document=true business=true persons ubo-1=true persons ubo-2=true",
		"reject":  "completed document=true business=true persons ubo-1=true persons ubo-2=false",
	} {
		t.Run(tag, func(t *testing.T) {
			p := newPlace(t, false)
			r := p.send(company(tag))
			p.clock.Advance(time.Minute)
			if got := results(p.poll(r)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestLinksOfABusinessNameTheirPersons(t *testing.T) {
	p := newPlace(t, false)
	r := company("approve")
	r.Documents = r.Documents[:1]
	r = p.send(r)
	p.clock.Advance(5 * time.Second)
	o := p.poll(r)
	if len(o.Actions) != 2 || o.Actions[0].Person != "ubo-1" || o.Actions[1].Person != "ubo-2" {
		t.Errorf("got %d actions for %+v, want one each for ubo-1 and ubo-2", len(o.Actions), o.Actions)
	}
}

// A create whose answer was lost is found again, and is not paid twice.
func TestLookFindsWhatWasCreated(t *testing.T) {
	p := newPlace(t, false)
	began := p.clock.Now()
	r := person(1, "Ana", passport("")...)
	if _, found, err := p.client.Look(t.Context(), r, began, nobodys); err != nil || found {
		t.Fatalf("before: got found %v, %v; want nothing", found, err)
	}
	if err := p.vendor.Faults().Add(sandbox.Fault{Mode: sandbox.ModeStatus, Status: 500, After: true, Count: 1, Path: "/identity/workflow/person"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.Send(t.Context(), r); fault.ClassOf(err) != fault.Ambiguous {
		t.Fatalf("Send with a lost answer: got %v, want class ambiguous", err)
	}
	reply, found, err := p.client.Look(t.Context(), r, began, nobodys)
	if err != nil || !found || reply.Made == "" {
		t.Fatalf("after: got found %v made %q, %v; want it and its id", found, reply.Made, err)
	}
	r.Ref = reply.Ref
	p.clock.Advance(time.Minute)
	if got, want := results(p.poll(r)), "completed document=true person=true"; got != want {
		t.Errorf("what was found: got %s, want %s", got, want)
	}

	t.Run("though a try before has told its reference", func(t *testing.T) {
		if again, found, err := p.client.Look(t.Context(), r, began, nobodys); err != nil || !found || again.Made != reply.Made {
			t.Errorf("got found %v made %q, %v; want %q", found, again.Made, err, reply.Made)
		}
	})
	t.Run("not an old one", func(t *testing.T) {
		fresh := person(1, "Ana", passport("")...)
		if _, found, err := p.client.Look(t.Context(), fresh, began.Add(time.Hour), nobodys); err != nil || found {
			t.Errorf("got found %v, %v; want nothing", found, err)
		}
	})
	t.Run("not one of several", func(t *testing.T) {
		fresh := person(1, "Ana", passport("")...)
		p.send(fresh)
		if _, found, err := p.client.Look(t.Context(), fresh, began, nobodys); found || fault.ClassOf(err) != fault.Ambiguous {
			t.Errorf("got found %v, %v; want class ambiguous", found, err)
		}
	})
	t.Run("not another's", func(t *testing.T) {
		fresh := person(1, "Ana", passport("")...)
		all := func(context.Context, string) (bool, error) { return true, nil }
		if _, found, err := p.client.Look(t.Context(), fresh, began, all); err != nil || found {
			t.Errorf("got found %v, %v; want nothing: all of that name are others'", found, err)
		}
		refused := fault.New(fault.Transient, "dispatch.taken", "not now")
		down := func(context.Context, string) (bool, error) { return false, refused }
		if _, found, err := p.client.Look(t.Context(), fresh, began, down); found || fault.ClassOf(err) != fault.Transient {
			t.Errorf("got found %v, %v; want class transient: whose they are is not known", found, err)
		}
	})
}

// nobodys says that everything may be ours.
func nobodys(context.Context, string) (bool, error) { return false, nil }

// After 30 days the vendor has deleted the record: that is not a verdict, and not a reason to create it again. What it said
// at completion is whole in what was kept.
func TestADeletedRecordIsNotAVerdict(t *testing.T) {
	p := newPlace(t, false)
	r := p.send(person(1, "Ana", passport("")...))
	p.clock.Advance(time.Minute)
	kept, err := p.client.Poll(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	p.clock.Advance(31 * 24 * time.Hour)
	if _, err := p.client.Poll(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("got %v, want class invalid", err)
	}
	out, err := p.client.Read(kept)
	if err != nil || out.Status != "completed" || len(out.Findings) < 4 || !bytes.Contains(kept.Exchanges[0].Body, []byte("reasoning")) {
		t.Errorf("what was kept reads as %+v, %v; want the whole record", out, err)
	}
}

// The webhook of the vendor, signed either way, with the API key when there is no other secret.
func TestWebhooksInBothForms(t *testing.T) {
	for _, php := range []bool{false, true} {
		p := newPlace(t, php)
		w, err := bive.Definition.OpenWebhook(t.Context(), envconfig.MapLookuper(map[string]string{"BIVE_API_KEY": apiKey, "BIVE_WEBHOOK_SECRETS": ""}))
		if err != nil {
			t.Fatal(err)
		}
		r := person(1, "Zoë", passport("")...)
		r.CallbackURL = p.hookAt + "/webhooks/bive/vrf_1"
		p.send(r)
		p.clock.Advance(time.Minute)
		select {
		case h := <-p.hooks:
			if err := w.Authenticate(h.header, h.body, time.Now()); err != nil {
				t.Errorf("php form %v: got %v, want no error", php, err)
			}
			hint, err := w.Route("vrf_1", h.header, h.body)
			if err != nil || hint.Verification != "vrf_1" || hint.Event != "verification.completed" {
				t.Errorf("php form %v: got %+v, %v; want a completed vrf_1", php, hint, err)
			}
			if hint, err := w.Route("", h.header, h.body); err != nil || !hint.Ignore {
				t.Errorf("without an id in the path: got %+v, %v; want it ignored", hint, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("php form %v: no webhook came", php)
		}
	}
}
