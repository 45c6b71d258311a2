package authologic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

// retries are the waits before the second to twentieth attempt: the first at once, the last four days after the first.
var retries = func() []time.Duration {
	waits := []time.Duration{0}
	for _, minutes := range []int{1, 2, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 720, 720, 840, 1080} {
		waits = append(waits, time.Duration(minutes)*time.Minute)
	}
	return waits
}()

// tell sends a callback; the lock is held.
func (s *Sandbox) tell(c *conversation, target, event string) {
	if c.CallbackURL == "" {
		return
	}
	now := s.stage.Clock.Now()
	body, err := json.Marshal(map[string]any{
		"id": s.stage.IDs.UUID(), "created": stamp(now), "target": target, "event": event, "payload": map[string]any{"conversation": c.view()},
	}, json.Deterministic(true))
	if err != nil {
		s.stage.Log.Error("callback cannot be written")
		return
	}
	s.stage.Hooks.Send(sandbox.Delivery{
		Event: target + "/" + event, Entity: c.id, Target: strings.NewReplacer("{conversationId}", c.id, "{target}", target, "{event}", event).Replace(c.CallbackURL),
		Header: http.Header{"Content-Type": {"application/json;charset=UTF-8"}}, Body: body, Sign: s.sign, Retries: retries, Timeout: 10 * time.Second, Story: c.story,
	})
}

// sign adds the signature of an attempt: of this moment and the bytes that are sent.
func (s *Sandbox) sign(h http.Header, body []byte, _ int) {
	at := strconv.FormatInt(s.stage.Clock.Now().UnixMilli(), 10)
	h.Set("X-Signature-Timestamp", at)
	h.Set("X-Signature", Signature(s.config.Secret, at, body))
}

// Signature is the signature of a callback's bytes at a time in milliseconds.
func Signature(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + ":"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
