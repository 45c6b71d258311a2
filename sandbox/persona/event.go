package persona

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

// retries are the waits, in seconds, before the second to the eighth attempt.
var retries = []time.Duration{
	3 * time.Second, 64 * time.Second, 729 * time.Second, 4096 * time.Second, 15625 * time.Second, 46656 * time.Second, 117649 * time.Second,
}

// maxEvents bounds what is remembered of the past.
const maxEvents = 10_000

// secret signs webhooks. While one is rotated the old one signs too.
type secret struct {
	value string
	until time.Duration // vendor time; 0 is for ever
}

// emit tells an event about an inquiry.
func (s *Sandbox) emit(i *inquiry, name string, view map[string]any) {
	s.send(i.id, i.story, name, view, nil)
}

// emitVerification tells an event about a verification.
func (s *Sandbox) emitVerification(v *verification, what string) {
	s.send(v.inquiry.id, v.inquiry.story, "verification."+what, v.view(), v.inquiry)
}

func (s *Sandbox) emitReport(r *report, what string) {
	if r.inquiry == nil {
		s.send(r.id, sandbox.Story{}, r.kind+"."+what, r.view(s.config.WebhookVersion), nil)
		return
	}
	s.send(r.inquiry.id, r.inquiry.story, r.kind+"."+what, r.view(s.config.WebhookVersion), r.inquiry)
}

// send remembers an event and delivers it. Events of one inquiry start in order;
// the vendor promises none.
func (s *Sandbox) send(entity string, story sandbox.Story, name string, view map[string]any, of *inquiry) {
	included := []any{}
	if of != nil && s.config.WebhookInclude {
		included = append(included, of.view(s.config.WebhookVersion))
	}
	event := map[string]any{"type": "event", "id": s.id("evt_"), "attributes": map[string]any{
		"name": name, "created-at": stamp(s.clock.Now()), "payload": map[string]any{"data": view, "included": included},
	}}
	if s.events = append(s.events, event); len(s.events) > maxEvents {
		s.events = slices.Clone(s.events[maxEvents/2:])
	}
	if s.config.WebhookURL == "" || len(s.config.WebhookEvents) > 0 && !slices.Contains(s.config.WebhookEvents, name) {
		return
	}
	body, err := json.Marshal(inflect(map[string]any{"data": event}, inflections[s.config.WebhookKeys], s.config.WebhookVersion), json.Deterministic(true))
	if err != nil {
		panic(err) // an event holds nothing that cannot be encoded
	}
	first := s.clock.Now().Unix()
	s.stage.Hooks.Send(sandbox.Delivery{
		Event: name, Entity: entity, Target: s.config.WebhookURL, Body: body, Retries: retries, Timeout: 5 * time.Second, Story: story,
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Sign: func(h http.Header, body []byte, n int) {
			h.Set("Persona-Signature", s.signature(body))
			h.Set("Persona-Webhook-Attempts-Made", strconv.Itoa(n))
			h.Set("Persona-Webhook-Attempts-Left", strconv.Itoa(len(retries)+1-n))
			h.Set("Persona-Webhook-First-Attempted-At", strconv.FormatInt(first, 10))
		},
	})
}

// signature signs a body, at the moment when it is sent, with every secret that lives.
func (s *Sandbox) signature(body []byte) string {
	s.mu.Lock()
	secrets := slices.Clone(s.secrets)
	s.mu.Unlock()
	t := strconv.FormatInt(s.clock.Now().Unix(), 10)
	var groups []string
	for _, k := range secrets {
		if k.until != 0 && s.clock.Elapsed() >= k.until {
			continue
		}
		mac := hmac.New(sha256.New, []byte(k.value))
		mac.Write([]byte(t + "."))
		mac.Write(body)
		groups = append(groups, "t="+t+",v1="+hex.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(groups, " ")
}

// rotate is POST /webhooks/{id}/rotate-secret: the old secret lives on for a while.
func (s *Sandbox) rotate(c *call) (reply, *refusal) {
	now := s.clock.Elapsed()
	s.secrets[0].until = now + seconds(c.at("meta", "expires-in-seconds"), 2*time.Hour)
	live := slices.DeleteFunc(s.secrets, func(k secret) bool { return k.until <= now })
	fresh := secret{value: "wbhsec_" + s.stage.IDs.Token(32)}
	s.secrets = append([]secret{fresh}, live...)
	var all []any
	for _, k := range s.secrets {
		var until any
		if k.until != 0 {
			until = stamp(s.clock.Now().Add(s.clock.Scale(k.until - now)))
		}
		all = append(all, map[string]any{"value": k.value, "expires-at": until})
	}
	return reply{data: map[string]any{"type": "webhook", "id": c.path("id"), "attributes": map[string]any{"secret": fresh.value, "secrets": all}}}, nil
}

// listEvents is GET /events: what a receiver that was away has missed.
func (s *Sandbox) listEvents(c *call) (reply, *refusal) {
	q := c.r.URL.Query()
	var all []item
	for _, e := range s.events {
		a := e["attributes"].(map[string]any)
		object := a["payload"].(map[string]any)["data"].(map[string]any)["id"]
		if q.Get("filter[name]") != "" && q.Get("filter[name]") != a["name"] || q.Get("filter[object-id]") != "" && q.Get("filter[object-id]") != object {
			continue
		}
		all = append(all, item{e["id"].(string), e})
	}
	return page("/api/v1/events", q, all)
}

func (s *Sandbox) readEvent(c *call) (reply, *refusal) {
	for _, e := range s.events {
		if e["id"] == c.path("id") {
			return reply{data: e}, nil
		}
	}
	return reply{}, noRecord()
}
