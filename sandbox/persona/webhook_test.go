package persona_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestAWebhookIsTriedEightTimesAndSignedEachTime(t *testing.T) {
	v := newVendor(t)
	v.answers = []int{500, 401, 302, 503, 500, 500, 500, 500, 500}
	v.do("POST", "/api/v1/reports", object{"data": object{"type": "report/watchlist", "attributes": object{"report-template-id": "rptp_1", "query": object{"term": "Ana"}}},
		"meta": object{"processing-mode": "sync"}})
	for n, wait := range []int{0, 3, 64, 729, 4096, 15625, 46656, 117649} {
		v.clock.Advance(time.Duration(max(0, wait-1)) * time.Second)
		if got := len(v.inbox()); got != n && n > 0 {
			t.Fatalf("a second before attempt %d: got %d attempts", n+1, got)
		}
		v.clock.Advance(time.Duration(min(1, wait)) * time.Second)
		all := v.inbox()
		if len(all) != n+1 {
			t.Fatalf("%d s after attempt %d: got %d attempts, want one more", wait, n, len(all))
		}
		h := all[n].header
		if !authentic(h.Get("Persona-Signature"), persona.DefaultWebhookSecret, all[n].body) {
			t.Errorf("attempt %d: the signature %q is not right", n+1, h.Get("Persona-Signature"))
		}
		if h.Get("Persona-Webhook-Attempts-Made") != strconv.Itoa(n+1) || h.Get("Persona-Webhook-Attempts-Left") != strconv.Itoa(7-n) {
			t.Errorf("attempt %d: got %s made and %s left", n+1, h.Get("Persona-Webhook-Attempts-Made"), h.Get("Persona-Webhook-Attempts-Left"))
		}
		if n > 0 && h.Get("Persona-Signature") == all[n-1].header.Get("Persona-Signature") {
			t.Errorf("attempt %d is not signed afresh", n+1)
		}
	}
	v.clock.Advance(1000 * time.Hour)
	if got := len(v.inbox()); got != 8 {
		t.Errorf("in the end: got %d attempts, want 8", got)
	}
}

func TestRotationSignsWithBothSecrets(t *testing.T) {
	v := newVendor(t)
	_, o := v.do("POST", "/api/v1/webhooks/wbh_1/rotate-secret", object{"meta": object{"expires-in-seconds": 7200}})
	fresh := in(o, "data", "attributes", "secret").(string)
	v.create("")
	v.clock.Advance(time.Second)
	h := v.inbox()[0]
	groups := strings.Split(h.header.Get("Persona-Signature"), " ")
	if len(groups) != 2 || !authentic(groups[0], fresh, h.body) || !authentic(groups[1], persona.DefaultWebhookSecret, h.body) {
		t.Errorf("while rotating: got %q, want a group of each secret, the new one first", groups)
	}
	v.clock.Advance(3 * time.Hour)
	before := len(v.inbox())
	v.create("")
	v.clock.Advance(time.Second)
	h = v.inbox()[before]
	if groups = strings.Split(h.header.Get("Persona-Signature"), " "); len(groups) != 1 || !authentic(groups[0], fresh, h.body) {
		t.Errorf("afterwards: got %q, want the new secret alone", groups)
	}
}

func TestAWebhookHasItsOwnInflectionAndInclusion(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) {
		c.WebhookKeys, c.WebhookInclude, c.WebhookVersion, c.WebhookEvents = "camel", true, "2025-10-27", []string{"verification.passed"}
	})
	v.create("")
	v.clock.Advance(15 * time.Minute)
	if got, want := v.news(), "verification.passed verification.passed verification.passed"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	var e object
	if err := json.Unmarshal(v.inbox()[0].body, &e); err != nil {
		t.Fatal(err)
	}
	included := in(e, "data", "attributes", "payload", "included").([]any)
	if in(e, "data", "attributes", "createdAt") == nil || len(included) != 1 || in(included[0], "attributes", "referenceId") != "cust-1" {
		t.Errorf("got %v, want camel keys and the inquiry beside it", e)
	}
}

func TestEventsCanBeReadLater(t *testing.T) {
	v := newVendor(t)
	v.create("+lost")
	v.clock.Advance(15 * time.Minute)
	_, o := v.do("GET", "/api/v1/events?filter%5Bname%5D=inquiry.approved", nil)
	all := in(o, "data").([]any)
	if len(all) != 1 || in(all[0], "attributes", "payload", "data", "attributes", "status") != "approved" {
		t.Fatalf("got %v, want the one approval", o)
	}
	if resp, _ := v.do("GET", "/api/v1/events/"+in(all[0], "id").(string), nil); resp.StatusCode != 200 {
		t.Errorf("by id: got %d, want 200", resp.StatusCode)
	}
}
