package single_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
)

// creates is the call by which each vendor that has pages makes a check.
var creates = map[string]string{
	"sumsub": "POST /resources/applicants", "persona": "POST /api/v1/inquiries", "authologic": "POST /api/conversations", "personr": "POST /api/1.1/wf/api-applicant-create",
}

type link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
	Provider  string    `json:"provider"`
}

// link asks for a page.
func (w *world) link(id, body string) (l link) {
	w.t.Helper()
	status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/links", []byte(body))
	if err := json.Unmarshal(b, &l); err != nil || status != http.StatusCreated {
		w.t.Fatalf("links of %s: status %d, %v: %s", id, status, err, b)
	}
	return l
}

// A page is made while the verification is on hold, and the subject goes there. Handing the verification in afterwards goes on with
// what was made for the page: the vendor is paid once. The same with pictures, where nobody goes to the page.
func TestEveryVendorWithPagesMakesOneOnHoldAndIsPaidOnce(t *testing.T) {
	for _, d := range catalog.All() {
		if d.Spec.Pages != (creates[d.Spec.Name] != "") {
			t.Errorf("%s: Pages is %v, and the table of this test says otherwise", d.Spec.Name, d.Spec.Pages)
		}
	}
	w := newWorld(t, "in order")
	ids, made := map[string]string{}, map[string]int{}
	for _, v := range vendors {
		if creates[v.name] == "" {
			continue
		}
		v.pictures = false
		id := w.askFor(v, "", len(ids), true)
		l := w.link(id, "")
		if l.Provider != v.name || !strings.HasPrefix(l.URL, "http") || !l.ExpiresAt.IsZero() && time.Until(l.ExpiresAt) < time.Minute {
			t.Errorf("%s: got %+v, want a page of it that lasts", v.name, l)
		}
		if again := w.link(id, `{"provider":"`+v.name+`"}`); again != l {
			t.Errorf("%s: asked again: got %+v, want the same, %+v", v.name, again, l)
		}
		if got := w.view(id); got.Status != "initiated" {
			t.Errorf("%s: on hold with a page: got %s, want initiated", v.name, got.Status)
		}
		w.visit(l.URL)
		ids[v.name+", its page"], made[v.name] = id, made[v.name]+1
		if v.name == "sumsub" || v.name == "personr" { // the others take no pictures
			v.pictures = true
			id = w.askFor(v, "", len(ids), true)
			w.link(id, "")
			ids[v.name+", pictures"], made[v.name] = id, made[v.name]+1
		}
	}
	for _, id := range ids {
		if status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/submit", nil); status != http.StatusAccepted {
			t.Fatalf("submit: status %d: %s", status, b)
		}
	}
	for what, id := range ids {
		w.await(what+" decides", func() bool { return w.view(id).Decision != nil })
		if d := w.view(id).Decision; d.Result != "true" {
			t.Errorf("%s: got %s: %s, want true", what, d.Result, d.Reasoning)
		}
		if status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/links", nil); status != http.StatusConflict {
			t.Errorf("%s: a link after the decision: got status %d: %s, want 409", what, status, b)
		}
	}
	for name, call := range creates {
		if n := w.post.called(call); n != made[name] {
			t.Errorf("%s: %s was called %d times for %d verifications, want once each", name, call, n, made[name])
		}
	}
}

// visit is the subject who does on a page what it asks for.
func (w *world) visit(url string) {
	w.t.Helper()
	res, err := http.Post(url, "application/x-www-form-urlencoded", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		w.t.Fatalf("the page answers %d", res.StatusCode)
	}
}

// A verification that runs is asked for a page: it is the one that the subject was asked to open, and a new one takes its place
// in the view. A vendor without pages, and a check that needs none, are said so.
func TestAPageOfAVerificationThatRuns(t *testing.T) {
	w := newWorld(t, "in order")
	id := w.ask(vendorCase{flow: "sumsub-person"}, "never", 1)
	first := w.link(id, "")
	w.await("the subject is asked", func() bool { return w.view(id).Status == "awaiting_subject" })
	if !w.opens(id, first.URL) {
		t.Errorf("asked for %+v, and the link handed out is %s", w.view(id).Actions, first.URL)
	}
	fresh := w.link(id, `{"check":"identity","fresh":true}`)
	if fresh.URL == first.URL {
		t.Errorf("fresh: got %s again, want another link", fresh.URL)
	}
	if !w.opens(id, fresh.URL) {
		t.Errorf("the view asks for %+v, want the new link %s", w.view(id).Actions, fresh.URL)
	}
	for flow, want := range map[string]string{"opensanctions-person": "state", "authologic-screening": "no-link"} {
		id := w.askFor(vendorCase{flow: flow}, "", 2, flow == "authologic-screening")
		if flow == "opensanctions-person" {
			w.await("it is decided", func() bool { return w.view(id).Decision != nil })
		}
		status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/links", nil)
		if status != http.StatusConflict || !strings.Contains(string(b), "/problems/"+want+`"`) {
			t.Errorf("%s: got status %d: %s, want 409 %s", flow, status, b, want)
		}
	}
	if n := w.post.called(creates["authologic"]); n != 0 {
		t.Errorf("authologic made %d conversations for a page that nobody needs, want none", n)
	}
}

func (w *world) opens(id, url string) bool {
	return slices.ContainsFunc(w.view(id).Actions, func(a events.Action) bool { return a.Type == "open_link" && a.URL == url })
}
