package authologic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// WebhookConfig is what authenticating callbacks needs: the account's signature key, or two while it is changed.
type WebhookConfig struct {
	Secrets providers.Secrets `env:"WEBHOOK_SECRETS"`
	// Tolerance is how far a signature's time may be from ours. The vendor says five minutes, and nothing of whether a
	// repetition is signed afresh.
	Tolerance time.Duration `env:"WEBHOOK_TOLERANCE, default=5m"`
}

const (
	signature = "X-Signature"
	timestamp = "X-Signature-Timestamp"
)

type webhook struct {
	secrets   providers.Secrets
	tolerance time.Duration
}

func openWebhook(c WebhookConfig) (providers.Webhook, error) {
	if len(c.Secrets) == 0 {
		return nil, errors.New("AUTHOLOGIC_WEBHOOK_SECRETS is required")
	}
	if c.Tolerance <= 0 {
		return nil, errors.New("AUTHOLOGIC_WEBHOOK_TOLERANCE is not positive")
	}
	return &webhook{c.Secrets, c.Tolerance}, nil
}

// Authenticate accepts an HMAC-SHA256, in lower-case hex, over the timestamp, a colon and the bytes as received.
func (w *webhook) Authenticate(h http.Header, body []byte, now time.Time) error {
	refused := func(why string) error { return fault.New(fault.Unauthorized, "authologic.webhook", why) }
	if len(h.Values(signature)) != 1 || len(h.Values(timestamp)) != 1 {
		return refused("not exactly one signature and one time")
	}
	at := h.Get(timestamp)
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return refused("no time that can be read")
	}
	sent := h.Get(signature)
	got, err := hex.DecodeString(sent)
	if err != nil || len(got) != sha256.Size || strings.ToLower(sent) != sent {
		return refused("no signature that can be read")
	}
	if !w.secrets.Any(func(secret string) bool {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(at + ":"))
		mac.Write(body)
		return hmac.Equal(mac.Sum(nil), got)
	}) {
		return refused("the signature does not match")
	}
	if now.Sub(time.UnixMilli(ms)).Abs() > w.tolerance {
		return refused("the signature is of another time")
	}
	return nil
}

// Route takes verification and check from the userKey that we gave, else the verification from the path. The callback's own
// id is the same for repetitions. What is about nothing that we know of is none of our business.
func (w *webhook) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	var b struct {
		ID      string `json:"id"`
		Target  string `json:"target"`
		Event   string `json:"event"`
		Payload struct {
			Conversation struct {
				ID      string `json:"id"`
				UserKey string `json:"userKey"`
			} `json:"conversation"`
		} `json:"payload"`
	}
	if err := strictjson.Unmarshal(body, &b); err != nil {
		return providers.Hint{}, fault.Wrap(fault.Malformed, "authologic.webhook", err)
	}
	if b.ID == "" || b.Target == "" || b.Event == "" {
		return providers.Hint{}, fault.New(fault.Malformed, "authologic.webhook", "no id, target or event")
	}
	hint := providers.Hint{Verification: pathID, Event: eventOf(b.Target, b.Event), Dedupe: b.ID}
	if v, check, ok := strings.Cut(b.Payload.Conversation.UserKey, "."); ok && strings.HasPrefix(v, "vrf_") {
		hint.Verification, hint.Check = v, check
	}
	if hint.Verification == "" || b.Payload.Conversation.ID == "" {
		return providers.Hint{Event: hint.Event, Ignore: true}, nil
	}
	return hint, nil
}

// eventOf is the vendor's name for it, if it is one that we know. Others are hints all the same.
func eventOf(target, event string) string {
	switch s := target + "/" + event; s {
	case "CONVERSATION/FINISHED", "CONVERSATION/EXPIRED", "SUBSCRIPTION/NEW_DATA":
		return s
	}
	return "other"
}
