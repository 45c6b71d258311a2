package ingest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// paged is a rig whose only vendor makes pages.
func paged(t *testing.T, wait time.Duration) *rig {
	return newRig(t, func(c *ingest.Config) { c.Pages, c.PageWait = []string{"acme"}, wait })
}

// wishes returns the requests for pages of a verification that are stored.
func (r *rig) wishes(id string) (all []events.LinkRequested) {
	for _, in := range r.inputs() {
		if w, ok := in.Event.Data.(events.LinkRequested); ok && w.ID == id {
			all = append(all, w)
		}
	}
	return all
}

// make answers, as a dispatcher would, the try-th call, which is for a page.
func (r *rig) make(id string, try int, a events.CheckAnswered) {
	r.t.Helper()
	a.ID, a.Tenant, a.Check, a.Provider, a.Attempt, a.Try, a.Kind, a.ObservedAt = id, "acme", "identity", "acme", 1, try, events.CallLink, time.Now()
	a.Operation = id + ".identity.1"
	if _, err := r.bus.Put(r.t.Context(), events.Event{ID: a.Operation + ".link." + time.Now().String(), Source: "/test", Subject: id, Time: time.Now(), Data: a}); err != nil {
		r.t.Fatalf("put: %v", err)
	}
}

// page is a vendor's answer that holds a page.
func page(url string, lasts time.Duration) events.CheckAnswered {
	return events.CheckAnswered{Status: events.AnswerAwaiting, Ref: []byte(`{"id":"a1"}`), Actions: []events.Action{{Type: "open_link", URL: url, ExpiresAt: time.Now().Add(lasts)}}}
}

// asks makes a request for a page and answers its n-th wish with what the vendor says.
func (r *rig) asks(id, body string, n int, a events.CheckAnswered) response {
	r.t.Helper()
	got := make(chan response, 1)
	go func() {
		p, err := r.try("POST", "/v1/verifications/"+id+"/links", acme, body)
		if err != nil {
			r.t.Errorf("links: %v", err)
		}
		got <- p
	}()
	r.eventually("the page is asked for", func() bool { return len(r.wishes(id)) == n })
	r.make(id, n, a)
	return <-got
}

const held = `{"flow":"person-test","hold":true,"subject":{"type":"person","person":{"name":{"firstName":"Jan","lastName":"Kowalski"}}}}`

type link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
	Provider  string    `json:"provider"`
}

func TestAPageIsMadeForAVerificationOnHoldAndIsTheSameWhileItLasts(t *testing.T) {
	r := paged(t, 0)
	id := r.open(held).ID
	var first, again, fresh, next link
	r.want(201, r.asks(id, "", 1, page("https://acme.example/1", time.Hour))).into(t, &first)
	if first.URL != "https://acme.example/1" || first.Provider != "acme" || time.Until(first.ExpiresAt) < 59*time.Minute {
		t.Errorf("first: got %+v, want the page by acme, and when it ends", first)
	}
	r.want(201, r.call("POST", "/v1/verifications/"+id+"/links", acme, `{"check":"identity","provider":"acme"}`)).into(t, &again)
	if again != first || len(r.wishes(id)) != 1 {
		t.Errorf("again: got %+v after %d wishes, want the same page and one wish", again, len(r.wishes(id)))
	}
	r.want(201, r.asks(id, `{"fresh":true}`, 2, page("https://acme.example/2", 10*time.Second))).into(t, &fresh)
	if fresh.URL != "https://acme.example/2" {
		t.Errorf("fresh: got %+v, want another page", fresh)
	}
	r.want(201, r.asks(id, `{}`, 3, page("https://acme.example/3", time.Hour))).into(t, &next)
	if next.URL != "https://acme.example/3" {
		t.Errorf("after one that is about to expire: got %+v, want a new one", next)
	}
	var v events.View
	r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(t, &v)
	if v.Status != "initiated" || len(v.Actions) != 0 {
		t.Errorf("the view: got %s with %+v, want it initiated and silent about pages that were asked for", v.Status, v.Actions)
	}
	if items := r.call("GET", "/v1/verifications/"+id+"/timeline", reader, nil); bytes.Contains(items.body, []byte("acme.example")) {
		t.Errorf("the timeline tells everybody of the page: %s", items.body)
	}
}

func TestAVendorWithoutAPageIsSaidSo(t *testing.T) {
	r := paged(t, 0)
	id := r.open(minimal).ID
	refused := r.call("POST", "/v1/verifications/"+id+"/links", acme, `{"provider":"bive"}`)
	if p := r.want(409, refused).problem(t); p.Type != "https://bonafide-id.github.io/problems/no-link" {
		t.Errorf("a provider without pages: got %+v, want no-link", p)
	}
	r.want(409, r.call("POST", "/v1/verifications/"+id+"/links", acme, `{"check":"screening"}`))
	r.want(422, r.call("POST", "/v1/verifications/"+id+"/links", acme, `{"check":1}`))
	r.want(422, r.call("POST", "/v1/verifications/"+id+"/links", acme, `{"page":"x"}`))
	r.want(404, r.call("POST", "/v1/verifications/"+id+"/links", other, nil))

	heldID := r.open(held).ID
	p := r.want(409, r.asks(heldID, "", 1, events.CheckAnswered{Status: events.AnswerFailed, Class: "invalid", Why: "the register needs no page"})).problem(t)
	if p.Type != "https://bonafide-id.github.io/problems/no-link" || !strings.Contains(p.Detail, "acme makes no page: the register needs no page") {
		t.Errorf("a vendor that refuses: got %+v, want no-link and its reason", p)
	}
}

func TestAVendorThatIsAwayOrSlowIsWorthAskingAgain(t *testing.T) {
	r := paged(t, 300*time.Millisecond)
	id := r.open(held).ID
	late := r.want(503, r.call("POST", "/v1/verifications/"+id+"/links", acme, nil))
	if p := late.problem(t); p.Type != "https://bonafide-id.github.io/problems/link-pending" || late.header.Get("Retry-After") == "" {
		t.Errorf("slow: got %+v, Retry-After %q; want link-pending and when to ask again", p, late.header.Get("Retry-After"))
	}
	r.make(id, 1, page("https://acme.example/1", time.Hour))
	var got link
	r.eventually("the page is there", func() bool {
		p := r.call("POST", "/v1/verifications/"+id+"/links", acme, nil)
		if p.status == 201 {
			p.into(t, &got)
		}
		return p.status == 201
	})
	if got.URL != "https://acme.example/1" {
		t.Errorf("asked again: got %+v, want the page that was being made", got)
	}
	away := r.open(held).ID
	r.call("POST", "/v1/verifications/"+away+"/links", acme, nil)
	r.make(away, 1, events.CheckAnswered{Status: events.AnswerFailed, Class: "transient", Why: "away"})
	r.eventually("the vendor is given up", func() bool {
		p := r.call("POST", "/v1/verifications/"+away+"/links", acme, nil)
		return p.status == 503 && p.header.Get("Retry-After") != ""
	})
}
