package bive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

const signature = "X-Biveai-Signature"

// webhook authenticates with any of its secrets.
type webhook struct{ secrets providers.Secrets }

func openWebhook(c WebhookConfig) (providers.Webhook, error) {
	if len(c.Secrets) == 0 && !c.APIKey.IsZero() {
		c.Secrets = providers.Secrets{c.APIKey}
	}
	if len(c.Secrets) == 0 {
		return nil, errors.New("BIVE_WEBHOOK_SECRETS is missing, and there is no BIVE_API_KEY to use instead")
	}
	return &webhook{c.Secrets}, nil
}

// Authenticate accepts an HMAC-SHA256, in hex, over the bytes as received or over PHP's form of them: the vendor's page
// describes the one and shows the other. Both need the secret. There is no time in it: repetitions are told apart by
// what they say.
func (w *webhook) Authenticate(h http.Header, body []byte, _ time.Time) error {
	refused := fault.New(fault.Unauthorized, "bive.webhook", "the signature is missing or wrong")
	got, err := hex.DecodeString(h.Get(signature))
	if err != nil || len(got) != sha256.Size || len(h.Values(signature)) != 1 {
		return refused
	}
	if w.signed(got, body) {
		return nil
	}
	if form, ok := phpForm(body); ok && w.signed(got, form) {
		return nil
	}
	return refused
}

func (w *webhook) signed(got, body []byte) bool {
	return w.secrets.Any(func(secret string) bool {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		return hmac.Equal(mac.Sum(nil), got)
	})
}

// Route takes the verification from the path, because the vendor's bytes do not name it. A repetition has the bytes of
// the first: there is no event id.
func (w *webhook) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	var b struct {
		Event string `json:"event"`
		Data  record `json:"data"`
	}
	if err := strictjson.Unmarshal(body, &b); err != nil {
		return providers.Hint{}, fault.Wrap(fault.Malformed, "bive.webhook", err)
	}
	if b.Event == "" || b.Data.id() == "" {
		return providers.Hint{}, fault.New(fault.Malformed, "bive.webhook", "no event or no id")
	}
	if pathID == "" {
		return providers.Hint{Event: event(b.Event), Ignore: true}, nil
	}
	sum := sha256.New()
	for _, part := range []string{b.Data.id(), b.Data.Status, string(body)} {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	return providers.Hint{Verification: pathID, Event: event(b.Event), Dedupe: hex.EncodeToString(sum.Sum(nil)[:16])}, nil
}

// event is the vendor's name for it, if it is one that we know.
func event(s string) string {
	switch s {
	case "verification.completed", "verification.status_changed":
		return s
	}
	return "other"
}
