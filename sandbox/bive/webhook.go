package bive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The events. Only the first is documented; the second carries the other changes
// of status, when they are sent.
const (
	EventCompleted     = "verification.completed"
	EventStatusChanged = "verification.status_changed"
)

// hookRetries are the waits before the second to fifth attempt.
var hookRetries = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour}

// announce sends a record to its webhook if its status calls for that; the lock
// is held. A story of shuffled webhooks needs several to shuffle.
func (s *Sandbox) announce(b *record) {
	event := EventCompleted
	if b.status != Completed {
		if !s.config.StatusHooks && !b.story.Shuffle {
			return
		}
		event = EventStatusChanged
	}
	if b.webhook == "" {
		return
	}
	body, err := json.Marshal(map[string]any{"event": event, "data": b.view()}, json.Deterministic(true))
	if err != nil {
		s.stage.Log.Error("webhook not encoded", "event", event)
		return
	}
	s.stage.Hooks.Send(sandbox.Delivery{
		Event: event, Entity: b.id, Target: b.webhook, Body: body,
		Sign: s.sign, Retries: hookRetries, Story: b.story,
	})
}

// sign adds the signature: over the bytes that are sent, or over what PHP makes
// of them.
func (s *Sandbox) sign(h http.Header, body []byte, _ int) {
	if s.config.PHPForm {
		body = phpForm(body)
	}
	mac := hmac.New(sha256.New, []byte(s.config.WebhookSecret))
	mac.Write(body)
	h.Set("X-Biveai-Signature", hex.EncodeToString(mac.Sum(nil)))
}
