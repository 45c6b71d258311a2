package ingest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

// signer is a vendor that signs "<verification> <event>" with HMAC-SHA-256.
type signer struct{}

func sign(body string) string {
	h := hmac.New(sha256.New, []byte("secret"))
	h.Write([]byte(body))
	return hex.EncodeToString(h.Sum(nil))
}

func (signer) Authenticate(h http.Header, body []byte, _ time.Time) error {
	if !hmac.Equal([]byte(h.Get("X-Signature")), []byte(sign(string(body)))) {
		return fault.New(fault.Unauthorized, "signer.webhook", "the signature is wrong")
	}
	return nil
}

func (signer) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	id, event, ok := strings.Cut(string(body), " ")
	if !ok {
		return providers.Hint{}, fault.Wrap(fault.Malformed, "signer.route", errors.New("no space"))
	}
	if pathID != "" {
		id = pathID
	}
	return providers.Hint{Verification: id, Event: event[:min(len(event), 32)], Dedupe: event[:min(len(event), 32)], Ignore: event == "ping"}, nil
}

func TestWebhooksAreAuthenticatedStoredAndThenAcknowledged(t *testing.T) {
	r := newRig(t, func(c *ingest.Config) { c.Webhooks = map[string]ingest.Webhook{"acme": {Webhook: signer{}}} })
	id := r.open(minimal).ID
	tests := []struct {
		name, path, body, signature string
		status, stored              int
	}{
		{"signed", "/webhooks/acme", id + " reviewed", "", 200, 1},
		{"signed, id in the path", "/webhooks/acme/" + id, "x reviewed-2", "", 200, 1},
		{"large", "/webhooks/acme", id + " " + strings.Repeat("x", 900<<10), "", 200, 1},
		{"forged", "/webhooks/acme", id + " reviewed", strings.Repeat("0", 64), 401, 0},
		{"unsigned", "/webhooks/acme", id + " reviewed", "-", 401, 0},
		{"none of our business", "/webhooks/acme", id + " ping", "", 200, 0},
		{"about nothing", "/webhooks/acme", "other reviewed", "", 200, 0},
		{"too large", "/webhooks/acme", strings.Repeat("x", 1<<20+1), "", 413, 0},
		{"not readable", "/webhooks/acme", "nospace", "", 200, 0},
		{"nobody's", "/webhooks/nobody", "x", "", 404, 0},
	}
	count := func() (n int) {
		for _, in := range r.inputs() {
			if _, ok := in.Event.Data.(events.WebhookReceived); ok {
				n++
			}
		}
		return n
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := count()
			signature := tt.signature
			if signature == "" {
				signature = sign(tt.body)
			}
			p := r.call("POST", tt.path, "", tt.body, "X-Signature", signature, "Content-Type", "text/plain")
			if p.status != tt.status || count()-before != tt.stored {
				t.Errorf("status = %d and %d stored, want %d and %d; answer %s", p.status, count()-before, tt.status, tt.stored, p.body)
			}
		})
	}
	for _, in := range r.inputs() {
		w, ok := in.Event.Data.(events.WebhookReceived)
		if !ok || w.Body.Sealed == nil {
			continue
		}
		plain, err := r.opener.Open(t.Context(), seal.AAD{Verification: id, Kind: seal.KindWebhook}, *w.Body.Sealed)
		if err != nil || !strings.Contains(string(plain), "reviewed") || !w.Signed {
			t.Errorf("webhook opens to %q, %v; signed %t", plain, err, w.Signed)
		}
	}
}
