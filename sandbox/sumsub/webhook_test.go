package sumsub_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestTheDigestCoversTheRawBody(t *testing.T) {
	for alg, newHash := range map[string]func() hash.Hash{
		"": sha256.New, sumsub.SHA1: sha1.New, sumsub.SHA256: sha256.New, sumsub.SHA512: sha512.New,
	} {
		a := open(t, func(c *sumsub.Config) { c.WebhookAlg = alg })
		a.create("u-1", "")
		h := a.received()[0]
		want := alg
		if alg == "" {
			want = sumsub.SHA256 // the default
		}
		if got := h.header.Get("X-Payload-Digest-Alg"); got != want {
			t.Errorf("algorithm %q: got %q, want %q", alg, got, want)
		}
		mac := hmac.New(newHash, []byte(webhookSecret))
		mac.Write(h.raw)
		if got, want := h.header.Get("X-Payload-Digest"), hex.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("%s digest: got %s, want %s", alg, got, want)
		}
		r := a.send(a.request("POST", "/resources/inspectionCallbacks/testDigest?secretKey="+webhookSecret+"&digestAlg="+alg, "text/plain", h.raw))
		if got := r.at("digest"); got != h.header.Get("X-Payload-Digest") {
			t.Errorf("testDigest %s: got %v, want %s", alg, r, h.header.Get("X-Payload-Digest"))
		}
	}
}

func TestAnEventIsPrettyPrintedAndDated(t *testing.T) {
	a := open(t)
	id := a.create("u-77", "")
	h := a.received()[0]
	if !strings.HasPrefix(string(h.raw), "{\n  \"applicantId\" : \""+id+"\",\n  \"inspectionId\" : \"") {
		t.Errorf("body: got %s, want it pretty-printed", h.raw)
	}
	for name, want := range map[string]any{
		"applicantType": "individual", "levelName": "basic-kyc-level", "sandboxMode": true, "externalUserId": "u-77",
		"type": "applicantCreated", "reviewStatus": "init", "createdAt": "2026-01-02 03:04:05+0000",
		"createdAtMs": "2026-01-02 03:04:05.678", "clientId": sumsub.DefaultClientID,
	} {
		if got := h.body[name]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if strings.Contains(string(h.raw), "Reyes") {
		t.Errorf("body names a person: %s", h.raw)
	}
}

func TestTwoEventsShareACorrelationIDAndAResultMayBeNull(t *testing.T) {
	a := open(t)
	a.submit("ana@example.test")
	a.clock.Advance(check)
	var pending, changed, reviewed hook
	for _, h := range a.received() {
		switch h.body["type"] {
		case "applicantPending":
			pending = h
		case "applicantPersonalInfoChanged":
			changed = h
		case "applicantReviewed":
			reviewed = h
		}
	}
	if pending.body["correlationId"] != changed.body["correlationId"] || pending.body["correlationId"] == reviewed.body["correlationId"] {
		t.Errorf("correlation ids: pending %v, changed %v, reviewed %v; want the first two equal, the third not",
			pending.body["correlationId"], changed.body["correlationId"], reviewed.body["correlationId"])
	}
	if v, there := pending.body["reviewResult"]; !there || v != nil {
		t.Errorf("reviewResult of applicantPending: got %v (there: %t), want null", v, there)
	}
	if got, want := changed.body["createdAtMs"], "2026-01-02 03:04:05.737"; got != want {
		t.Errorf("createdAtMs: got %v, want %v", got, want)
	}
}

func TestFailedWebhooksAreRepeatedFourTimesUnchanged(t *testing.T) {
	a := open(t)
	a.code = http.StatusInternalServerError
	a.create("u-1", "")
	for n, wait := range []time.Duration{0, 5 * time.Minute, time.Hour, 5 * time.Hour, 18 * time.Hour} {
		if wait > 0 {
			a.clock.Advance(wait - time.Second)
			if got := len(a.received()); got != n {
				t.Errorf("before wait %v is over: got %d attempts, want %d", wait, got, n)
			}
			a.clock.Advance(time.Second)
		}
		if got := len(a.received()); got != n+1 {
			t.Errorf("after wait %v: got %d attempts, want %d", wait, got, n+1)
		}
	}
	a.clock.Advance(1000 * time.Hour)
	hooks := a.received()
	if len(hooks) != 5 {
		t.Errorf("attempts: got %d, want 5", len(hooks))
	}
	for _, h := range hooks[1:] {
		if string(h.raw) != string(hooks[0].raw) || h.header.Get("X-Payload-Digest") != hooks[0].header.Get("X-Payload-Digest") {
			t.Errorf("a repetition differs: got %s, want %s", h.raw, hooks[0].raw)
		}
	}
}

func TestTheConfiguredWebhookIsListedWithItsSecret(t *testing.T) {
	a := open(t)
	r := a.want("GET", "/resources/api/clientWebhooks", "")
	items, _ := r.at("list.items").([]any)
	if len(items) != 1 {
		t.Fatalf("webhooks: got %v, want one", r)
	}
	hook := items[0].(map[string]any)
	if hook["secretKey"] != webhookSecret || hook["signatureAlgorithm"] != sumsub.SHA256 || hook["targetType"] != "http" {
		t.Errorf("webhook: got %v", hook)
	}
	if got := a.want("GET", "/resources/api/clientWebhooks/"+hook["id"].(string), "").at("id"); got != hook["id"] {
		t.Errorf("webhook by id: got %v, want %v", got, hook["id"])
	}
	a.refused(404, 0, "GET", "/resources/api/clientWebhooks/other", "")
}
