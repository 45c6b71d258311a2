package sumsub_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

func TestStoriesOfTheSandbox(t *testing.T) {
	tests := []struct {
		tag, status string
		results     map[string]string
		reason      string
	}{
		{"ana@example.test", "completed", map[string]string{"document": "true", "name": "true", "birth_date": "true", "selfie": "true"}, ""},
		{"ana+reject@example.test", "completed", map[string]string{"document": "false", "name": "unknown", "selfie": "unknown"}, "forged"},
		{"ana+flag@example.test", "completed", map[string]string{"document": "flagged", "name": "true", "birth_date": "true", "selfie": "true"}, "document_anomaly"},
		{"ana+sanctions@example.test", "completed", map[string]string{"aml": "false", "document": "unknown", "name": "unknown", "selfie": "unknown"}, "sanctions_hit"},
		{"ana+unknown@example.test", "in_review", map[string]string{}, ""},
		{"ana+never@example.test", "pending", map[string]string{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.tag, func(t *testing.T) {
			w := newWorld(t)
			r := person(tt.tag, picture("PASSPORT", "", 1), picture("SELFIE", "", 1), picture("PROOF_OF_ADDRESS", "", 1))
			if out := w.send(&r); out.Status != "pending" {
				t.Fatalf("Send reads as %+v, want pending", out)
			}
			w.clock.Advance(10 * time.Second)
			out := w.poll(&r)
			if out.Status != tt.status || len(out.Unknown) > 0 {
				t.Errorf("status = %q with unknown words %v, want %q with none", out.Status, out.Unknown, tt.status)
			}
			if got := results(out); !equal(got, tt.results) {
				t.Errorf("findings = %v, want %v", got, tt.results)
			}
			if tt.reason != "" && !slices.ContainsFunc(out.Findings, func(f providers.Finding) bool { return slices.Contains(f.Reasons, tt.reason) }) {
				t.Errorf("findings %+v, want one with reason %s", out.Findings, tt.reason)
			}
		})
	}
}

func equal(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

func TestABlurredFrontIsAskedForAgainAndOnlyThat(t *testing.T) {
	w := newWorld(t)
	r := person("ana+retry@example.test", picture("ID_CARD", "FRONT", 1), picture("ID_CARD", "BACK", 2), picture("SELFIE", "", 3))
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	out := w.poll(&r)
	if out.Status != "awaiting_subject" || len(out.Actions) != 1 {
		t.Fatalf("outcome = %+v, want one action", out)
	}
	if a := out.Actions[0]; a.Type != "resubmit" || a.Document != "ID_CARD" || a.Side != "FRONT" || a.Message == "" {
		t.Fatalf("action = %+v, want the front of the ID card", a)
	}
	first := out.ObservedAt

	r.Attempt, r.Operation, r.Documents = 2, "vrf_1.identity.2", []providers.Document{picture("ID_CARD", "FRONT", 9)}
	before := w.sandbox.Ledger().Snapshot().Uploads
	reply, err := w.client.Resubmit(t.Context(), r)
	if out := w.read(reply, err); out.Status != "pending" {
		t.Fatalf("Resubmit reads as %+v, want pending", out)
	}
	if n := total(w.sandbox.Ledger().Snapshot().Uploads) - total(before); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
	w.clock.Advance(10 * time.Second)
	reply, err = w.client.Resubmit(t.Context(), r) // as after a crash: the check has begun and ended in the meantime
	again := w.read(reply, err)
	if again.Status != "completed" || results(again)["document"] != "true" || !again.ObservedAt.After(first) {
		t.Errorf("repeated Resubmit reads as %+v, want the approval, observed after %v", again, first)
	}
	if n := w.sandbox.Ledger().Snapshot().Creates["check.request"]["vrf_1.identity"]; n != 2 {
		t.Errorf("%d checks were asked for, want 2", n)
	}
}

// Who has typed something wrong corrects it; nothing is uploaded again, and who has not corrected it is asked again.
func TestWhatWasTypedWrongIsCorrected(t *testing.T) {
	w := newWorld(t)
	r := person("ana+correct@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 3))
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	out := w.poll(&r)
	if out.Status != "awaiting_subject" || len(out.Actions) != 1 || out.Actions[0].Type != "correct_data" || out.Actions[0].Message == "" {
		t.Fatalf("outcome = %+v, want one action, to correct the data", out)
	}
	r.Attempt, r.Operation, r.Documents, r.Corrected = 2, "vrf_1.identity.2", nil, true
	r.Subject.Person.Name = &subject.PersonName{FirstName: "Ana", LastName: "Corrected"}
	before := total(w.sandbox.Ledger().Snapshot().Uploads)
	reply, err := w.client.Resubmit(t.Context(), r)
	if out := w.read(reply, err); out.Status != "pending" {
		t.Fatalf("Resubmit reads as %+v, want pending", out)
	}
	w.clock.Advance(10 * time.Second)
	reply, err = w.client.Resubmit(t.Context(), r) // as after a crash
	out = w.read(reply, err)
	if out.Status != "completed" || results(out)["document"] != "true" || out.Extracted.Name.LastName != "CORRECTED" {
		t.Errorf("repeated Resubmit reads as %+v, want the approval", out)
	}
	s := w.sandbox.Ledger().Snapshot()
	if n := total(s.Uploads) - before; n != 0 || s.Creates["check.request"]["vrf_1.identity"] != 2 {
		t.Errorf("%d uploads and %d checks, want none and 2", n, s.Creates["check.request"]["vrf_1.identity"])
	}
}

func total(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

func TestARepeatedSendCostsNothing(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	for i := range 3 {
		again := r // as after a crash: nothing of the earlier answer is known
		again.Ref = nil
		if out := w.send(&again); i == 2 && out.Status != "completed" {
			t.Errorf("Send after the verdict reads as %+v, want completed", out)
		}
		w.clock.Advance(4 * time.Second)
	}
	s := w.sandbox.Ledger().Snapshot()
	if s.Creates["applicant.create"]["vrf_1.identity"] != 1 || s.Creates["check.request"]["vrf_1.identity"] != 1 || total(s.Uploads) != 2 {
		t.Errorf("ledger = %+v, want one applicant, one check, two uploads", s)
	}
}

// A try can have seen the verdict of its check and not be able to say so: the next one has what it knew.
func TestATryAfterOneThatSawTheVerdictCostsNothing(t *testing.T) {
	for _, tag := range []string{"ana@example.test", "ana+retry@example.test"} {
		t.Run(tag, func(t *testing.T) {
			w := newWorld(t)
			r := person(tag, picture("ID_CARD", "FRONT", 1), picture("ID_CARD", "BACK", 2), picture("SELFIE", "", 3))
			w.send(&r)
			w.clock.Advance(10 * time.Second)
			want := w.poll(&r).Status
			if out := w.send(&r); out.Status != want {
				t.Errorf("Send after the verdict reads as %+v, want %s", out, want)
			}
			if n := w.sandbox.Ledger().Snapshot().Creates["check.request"]["vrf_1.identity"]; n != 1 {
				t.Errorf("%d checks were asked for, want 1", n)
			}
			if want == "completed" {
				return
			}
			r.Attempt, r.Operation, r.Documents = 2, "vrf_1.identity.2", []providers.Document{picture("ID_CARD", "FRONT", 9)}
			for range 2 {
				reply, err := w.client.Resubmit(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				r.Ref = reply.Ref
				w.clock.Advance(10 * time.Second)
				w.poll(&r)
			}
			if n := w.sandbox.Ledger().Snapshot().Creates["check.request"]["vrf_1.identity"]; n != 2 {
				t.Errorf("%d checks were asked for after a resubmission and its repetition, want 2", n)
			}
		})
	}
}

func TestARecheckAsksAgain(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	w.poll(&r)
	again := r
	again.Attempt, again.Operation, again.Ref, again.Earlier = 2, "vrf_1.identity.2", nil, r.Ref
	if out := w.send(&again); out.Status != "pending" {
		t.Errorf("recheck reads as %+v, want pending", out)
	}
	w.clock.Advance(10 * time.Second)
	again.Ref = nil // as after a crash
	for _, why := range []string{"whose answer was lost", "that has its verdict"} {
		if out := w.send(&again); out.Status != "completed" {
			t.Errorf("a recheck %s reads as %+v, want completed", why, out)
		}
	}
	if n := w.sandbox.Ledger().Snapshot().Creates["check.request"]["vrf_1.identity"]; n != 2 {
		t.Errorf("%d checks were asked for, want 2", n)
	}
}

// A recheck that gets as far as finding the applicant is one when it is tried again.
func TestARecheckAsksAgainThoughItsFirstTryFailed(t *testing.T) {
	for _, pages := range [][]providers.Document{{picture("PASSPORT", "", 1), picture("SELFIE", "", 1)}, nil} {
		w := newWorld(t)
		r := person("ana@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
		w.send(&r)
		w.clock.Advance(10 * time.Second)
		w.poll(&r)
		asked := 0
		w.open(serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/status/pending") {
				if asked++; asked == 1 {
					rw.WriteHeader(http.StatusInternalServerError)
					return
				}
			}
			w.sandbox.ServeHTTP(rw, r)
		})))
		r.Attempt, r.Operation, r.Documents, r.Ref, r.Earlier = 2, "vrf_1.identity.2", pages, nil, r.Ref
		reply, err := w.client.Send(t.Context(), r)
		if r.Ref = reply.Ref; err == nil || len(r.Ref) == 0 {
			t.Fatalf("%d documents: the first try: got %v and ref %s, want an error and a ref", len(pages), err, r.Ref)
		}
		if out := w.send(&r); out.Status != "pending" {
			t.Errorf("%d documents: the second try reads as %+v, want pending", len(pages), out)
		}
		if n := w.sandbox.Ledger().Snapshot().Creates["check.request"]["vrf_1.identity"]; n != 2 {
			t.Errorf("%d documents: %d checks were asked for, want 2", len(pages), n)
		}
	}
}

func TestWithoutDocumentsTheSubjectGetsALink(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test")
	r.Components = []string{"document", "selfie", "liveness"}
	r.ReturnURL = "https://shop.example.test/done"
	out := w.send(&r)
	if out.Status != "awaiting_subject" || len(out.Actions) != 1 || out.Actions[0].Type != "open_link" {
		t.Fatalf("outcome = %+v, want a link", out)
	}
	url := out.Actions[0].URL
	if out = w.poll(&r); len(out.Actions) != 1 || out.Actions[0].URL != url {
		t.Errorf("Poll before the subject acts reads as %+v, want the same link", out)
	}
	none := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := none.Post(url, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	w.clock.Advance(10 * time.Second)
	if got := results(w.poll(&r)); got["liveness"] != "true" || got["selfie"] != "true" || got["document"] != "true" {
		t.Errorf("findings after the hosted page = %v, want liveness too", got)
	}
}

// link asks for a page and returns what there is to open.
func (w *world) link(r *providers.Request) (url string, until time.Time) {
	w.t.Helper()
	reply, err := w.client.Link(w.t.Context(), *r)
	r.Ref = reply.Ref
	for _, a := range w.read(reply, err).Actions {
		if a.Type == "open_link" {
			return a.URL, a.ExpiresAt
		}
	}
	return "", time.Time{}
}

func TestALinkIsMadeAsLongAsTheSubjectCanAct(t *testing.T) {
	w := newWorld(t)
	r := person("ana+retry@example.test")
	w.send(&r)
	first, _ := w.link(&r)
	w.clock.Advance(30 * time.Minute)
	second, until := w.link(&r)
	if first == "" || second == "" || until.IsZero() {
		t.Errorf("links %q and %q until %v, want two, and when the last one ends", first, second, until)
	}
	r.Documents = []providers.Document{picture("PASSPORT", "", 1), picture("SELFIE", "", 2)}
	r.Attempt++
	reply, err := w.client.Resubmit(t.Context(), r)
	r.Ref = reply.Ref
	w.read(reply, err)
	if url, _ := w.link(&r); url != "" {
		t.Errorf("a link while the vendor reviews: %q, want none", url)
	}
	w.clock.Advance(10 * time.Second)
	if url, _ := w.link(&r); url == "" {
		t.Error("no link after RED RETRY, want one: the page takes better documents too")
	}
	if out := w.poll(&r); len(out.Actions) != 2 || out.Actions[1].Type != "open_link" {
		t.Errorf("a poll asks for %+v, want a resubmission or the page", out.Actions)
	}
	r.Documents = []providers.Document{picture("PASSPORT", "", 9)}
	r.Attempt++
	reply, err = w.client.Resubmit(t.Context(), r)
	r.Ref = reply.Ref
	w.read(reply, err)
	w.clock.Advance(10 * time.Second)
	if url, _ := w.link(&r); url != "" {
		t.Errorf("a link after the approval: %q, want none", url)
	}
}

// Screening goes on after an approval: a hit a week later is read like the first verdict, and a reset says nothing is true.
func TestWhatChangesAfterAnApprovalIsRead(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	r.Components = append(r.Components, "aml")
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	if got := results(w.poll(&r)); got["aml"] != "true" || got["document"] != "true" {
		t.Fatalf("findings = %v, want an approval with nobody on a list", got)
	}
	w.clock.Advance(7 * 24 * time.Hour)
	w.vendor("status/testCompleted", `{"reviewAnswer":"RED","rejectLabels":["SANCTIONS"],"reviewRejectType":"FINAL","clientComment":"x","moderationComment":""}`, r)
	out := w.poll(&r)
	if got := results(out); out.Status != "completed" || got["aml"] != "false" || got["document"] == "true" {
		t.Errorf("after a hit of the monitoring: %s %v, want aml false and nothing true", out.Status, got)
	}
	w.vendor("reset", ``, r)
	out = w.poll(&r)
	for component, result := range results(out) {
		if result == "true" {
			t.Errorf("after a reset %s is true", component)
		}
	}
	if out.Status != "awaiting_subject" {
		t.Errorf("after a reset: %s, want that the subject must act", out.Status)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test", picture("ID_CARD", "FRONT", 1))
	out := w.send(&r)
	var asked []string
	for _, a := range out.Actions {
		asked = append(asked, a.Type+" "+a.Document+" "+a.Side)
	}
	want := []string{"resubmit ID_CARD BACK", "resubmit SELFIE ", "open_link  "}
	if out.Status != "awaiting_subject" || !slices.Equal(asked, want) {
		t.Errorf("outcome %s asks for %q, want %q", out.Status, asked, want)
	}
	r.Documents = []providers.Document{picture("ID_CARD", "BACK", 2), picture("SELFIE", "", 3)}
	reply, err := w.client.Resubmit(t.Context(), r)
	if out := w.read(reply, err); out.Status != "pending" {
		t.Errorf("after the rest was handed in: %+v, want pending", out)
	}
}

func TestALaterRevocationIsRead(t *testing.T) {
	w := newWorld(t)
	r := person("ana+reversal@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	w.send(&r)
	var seen []string
	for _, wait := range []time.Duration{10 * time.Second, 117 * time.Second, time.Minute} {
		w.clock.Advance(wait)
		out := w.poll(&r)
		seen = append(seen, out.Status+" "+results(out)["document"])
	}
	if want := []string{"completed true", "in_review ", "completed false"}; !slices.Equal(seen, want) {
		t.Errorf("read %q, want %q", seen, want)
	}
}

// firm is a request about a business and its one owner.
func firm(owner string) providers.Request {
	r := providers.Request{
		Operation: "vrf_2.kyb.1", ExternalID: "vrf_2.kyb", Verification: "vrf_2", Check: "kyb", Attempt: 1,
		Components: []string{"registry", "ownership"},
		Params:     jsontext.Value(`{"level":"basic-kyb-level","personLevel":"basic-kyc-level"}`),
		Subject: subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: "Example Trading"}, IDs: &subject.CompanyIDs{TaxID: "1234567890"},
			Address: &subject.Address{Text: "1 Elm Rd, Gdynia", Country: "PL"}, Contact: &subject.Contact{Email: "office@example.test"},
		}},
		Parties: []providers.Party{{Reference: "ubo-1", Role: "UBO", Ownership: 60, Person: *person(owner).Subject.Person}},
	}
	passport, selfie := picture("PASSPORT", "", 1), picture("SELFIE", "", 2)
	passport.Person, selfie.Person = "ubo-1", "ubo-1"
	r.Documents = []providers.Document{passport, selfie}
	return r
}

func TestABusinessIsFinishedWithItsPeople(t *testing.T) {
	w, r := newWorld(t), firm("ana@example.test")
	w.send(&r)
	w.send(&r) // repeated: nobody is linked or asked for twice
	w.clock.Advance(10 * time.Second)
	out := w.poll(&r)
	if got := results(out); out.Status != "completed" || got["registry"] != "true" || got["ubo-1/document"] != "true" || got["ubo-1/selfie"] != "true" {
		t.Errorf("outcome = %s %v, want the business and its owner approved", out.Status, got)
	}
	for _, h := range w.hints() {
		if !h.Ignore && (h.Verification != "vrf_2" || h.Check != "kyb") {
			t.Errorf("hint = %+v, want vrf_2.kyb", h)
		}
	}
	s := w.sandbox.Ledger().Snapshot()
	if len(s.Creates["applicant.create"]) != 2 || len(s.Creates["check.request"]) != 2 {
		t.Errorf("ledger = %+v, want two applicants and two checks", s.Creates)
	}
}

// The try before got as far as the owner's check, and that has ended by now.
func TestAnOwnerIsAskedForTheBadPictureOnlyThoughTheBusinessHasNotBegun(t *testing.T) {
	w, r := newWorld(t), firm("ana+retry@example.test")
	checks := 0
	front := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/status/pending") {
			if checks++; checks == 2 {
				rw.WriteHeader(http.StatusInternalServerError)
				return
			}
		}
		w.sandbox.ServeHTTP(rw, r)
	}))
	w.open(front)
	reply, err := w.client.Send(t.Context(), r)
	if r.Ref = reply.Ref; err == nil || checks != 2 {
		t.Fatalf("the first try: got %v after %d checks, want the business's to fail", err, checks)
	}
	w.clock.Advance(10 * time.Second)
	out := w.send(&r)
	if len(out.Actions) != 1 || out.Actions[0].Document != "PASSPORT" || out.Actions[0].Person != "ubo-1" {
		t.Errorf("actions = %+v, want the owner's passport alone", out.Actions)
	}
}

func TestErasedIsGone(t *testing.T) {
	w := newWorld(t)
	r := person("ana@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	w.send(&r)
	w.clock.Advance(10 * time.Second)
	if _, err := w.client.Erase(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Erase(t.Context(), r); err != nil {
		t.Errorf("second Erase = %v, want it to be done", err)
	}
}

func TestTechnicalTroubleHasAClass(t *testing.T) {
	w := newWorld(t)
	r := person("ana+error@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	for range 2 {
		if _, err := w.client.Send(t.Context(), r); fault.ClassOf(err) != fault.Transient {
			t.Fatalf("Send while the vendor answers 500 = %v (%s), want transient", err, fault.ClassOf(err))
		}
	}
	if out := w.send(&r); out.Status != "pending" {
		t.Errorf("Send after the trouble reads as %+v", out)
	}
	r.Params = jsontext.Value(`{"level":"no such level"}`)
	r.Ref, r.ExternalID = nil, "vrf_9.identity"
	r.Subject.Person.Contact.Email = "ana@example.test"
	if _, err := w.client.Send(t.Context(), r); fault.ClassOf(err) != fault.Invalid {
		t.Errorf("Send with an unknown level = %v (%s), want invalid", err, fault.ClassOf(err))
	}
}

func TestWebhooksOfAStoryNameTheCheck(t *testing.T) {
	w := newWorld(t)
	r := person("ana+dup@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 1))
	w.send(&r)
	w.clock.Advance(time.Minute)
	count := map[string]int{}
	for _, h := range w.hints() {
		if h.Verification != "vrf_1" || h.Check != "identity" || h.Ignore || h.At.IsZero() {
			t.Errorf("hint = %+v, want vrf_1.identity with a time", h)
		}
		count[h.Dedupe]++
	}
	if len(count) == 0 {
		t.Fatal("no webhook came")
	}
	for dedupe, n := range count {
		if n != 2 {
			t.Errorf("%s came %d times, want each event twice under one name", dedupe, n)
		}
	}
}
