package bive_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox/bive"
)

// news returns event, status and result of what was received, in order.
func (v *vendor) news() string {
	v.t.Helper()
	var out []string
	for _, h := range v.inbox() {
		var o struct {
			Event string
			Data  object
		}
		if err := json.Unmarshal(h.body, &o, json.MatchCaseInsensitiveNames(true)); err != nil {
			v.t.Fatalf("webhook %s: %v", h.body, err)
		}
		out = append(out, strings.TrimPrefix(o.Event, "verification.")+" "+o.Data["status"].(string))
	}
	return strings.Join(out, ", ")
}

func TestCompletionIsAnnouncedOnceWithTheRecord(t *testing.T) {
	v := newVendor(t)
	id := v.create("person", v.ana("+reject"))
	v.clock.Advance(48 * time.Hour)
	if got, want := v.news(), "completed Completed"; got != want {
		t.Fatalf("received %q, want %q", got, want)
	}
	h := v.inbox()[0]
	record, err := json.Marshal(v.get(id), json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Data object `json:"data"`
	}
	if err := json.Unmarshal(h.body, &got); err != nil {
		t.Fatal(err)
	}
	if sent, _ := json.Marshal(got.Data, json.Deterministic(true)); !bytes.Equal(sent, record) {
		t.Errorf("webhook carries\n%s\nwant the record as read\n%s", sent, record)
	}
	if want := sign(apiKey, h.body); h.signature != want {
		t.Errorf("signature: got %s, want that of the raw bytes under the API key, %s", h.signature, want)
	}
}

func TestSecretAndPHPFormOfTheSignature(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.WebhookSecret, c.PHPForm = "hook-secret", true })
	v.create("business", with(v.tern("", "+approve"), "name", "Łódź 🚚"))
	v.clock.Advance(time.Minute)
	h := v.inbox()[0]
	// What PHP makes of this very body: the differences are these three.
	php := strings.NewReplacer("/", `\/`, "Łódź", `\u0141\u00f3d\u017a`, "🚚", `\ud83d\ude9a`).Replace(string(h.body))
	if php == string(h.body) || h.signature != sign("hook-secret", []byte(php)) {
		t.Errorf("signature %s is not that of PHP's form %s", h.signature, php)
	}
}

func TestWebhookIsTriedFiveTimes(t *testing.T) {
	v := newVendor(t)
	v.answers = []int{500, 401, 302, 503, 500, 500}
	v.create("person", v.ana(""))
	v.clock.Advance(6 * time.Second) // Initiated, Running, Completed
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {9 * time.Second, 1}, {time.Second, 2}, {time.Minute, 3}, {10 * time.Minute, 4}, {59 * time.Minute, 4}, {time.Minute, 5}, {100 * time.Hour, 5}} {
		v.clock.Advance(step.wait)
		if got := len(v.inbox()); got != step.want {
			t.Fatalf("%v later: %d attempts, want %d", step.wait, got, step.want)
		}
	}
	first := v.inbox()[0]
	for i, h := range v.inbox() {
		if !bytes.Equal(h.body, first.body) || h.signature != first.signature {
			t.Errorf("attempt %d differs from the first", i+1)
		}
	}
}

func TestStoriesOfTroubledWebhooks(t *testing.T) {
	for tag, want := range map[string]string{
		"":         "completed Completed",
		"+dup":     "completed Completed, completed Completed",
		"+lost":    "",
		"+never":   "",
		"+shuffle": "completed Completed, status_changed Running, status_changed Initiated",
	} {
		v := newVendor(t)
		id := v.create("person", v.ana(tag))
		v.clock.Advance(2 * time.Minute)
		if got := v.news(); got != want {
			t.Errorf("%q: received %q, want %q", tag, got, want)
		}
		if got := result(v.get(id)); tag != "+never" && got != "true" {
			t.Errorf("%q: polling finds %s, want true", tag, got)
		}
	}
}

func TestStatusHooksTellEveryChange(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.StatusHooks = true })
	v.create("person", object{"first_name": "Jan", "last_name": "Kowalski", "webhook_url": v.hooks})
	v.create("person", object{"first_name": "Jan", "last_name": "Kowalski"}) // no webhook_url, no webhook
	v.clock.Advance(time.Minute)
	want := "status_changed Initiated, status_changed GeneratingLivenessCheck, status_changed AwaitingLivenessCheck, " +
		"status_changed Running, completed Completed"
	if got := v.news(); got != want {
		t.Errorf("received\n%s\nwant\n%s", got, want)
	}
}
