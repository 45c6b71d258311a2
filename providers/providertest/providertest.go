// Package providertest is the contract of a vendor's folder, as tests. A vendor passes by calling Run with a Harness: its
// sandbox, or a handler that answers as the vendor does, one good request, two replies and a webhook.
//
// The suite puts its own server between the provider and the vendor and lets it misbehave at every request in turn: it
// refuses, hangs, trickles, cuts the line, answers garbage and answers without end.
package providertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/providers"
)

// Harness is what the suite has to know of a vendor.
type Harness struct {
	Definition providers.Definition

	// Vendor returns a vendor that works, with nobody in it. Requests reach it unchanged. Cleanup belongs to t.
	Vendor func(t *testing.T) http.Handler
	// Variables are the settings for a vendor at base.
	Variables func(base string) map[string]string
	// Request is a check that the vendor accepts. The suite calls it with numbers that differ for each check; operation and
	// external id must differ with them.
	Request func(n int) providers.Request
	// Creates says which requests make a check, so that they must not be repeated when their answer was lost. It is needed unless
	// Spec.Idempotent, and where Spec.Pages.
	Creates func(*http.Request) bool

	// True and False are replies that Read calls completed: one with findings that are "true" and none "false", one with at
	// least one that is "false".
	True, False providers.Reply

	Webhook *Webhook // nil when the vendor sends none
}

// Webhook is what the suite has to know of a vendor's webhooks.
type Webhook struct {
	Variables func(secrets ...string) map[string]string
	Sign      func(secret string, body []byte, now time.Time) http.Header
	Body      []byte // a genuine one, about Verification
	// Verification is what Route finds in Body, called with PathID.
	Verification string
	PathID       string
}

// Secrets that the suite signs with.
const (
	secret  = "a-webhook-secret-of-the-suite"
	rotated = "the-webhook-secret-before-that"
)

// Canary stands for a person's data in the suite: a Request holds it in every personal field that can.
const Canary = "Xanarydel"

// slow is how long the suite lets a call take when the vendor does not answer.
const slow = 250 * time.Millisecond

// Run checks the vendor's folder against the contract.
func Run(t *testing.T, h Harness) {
	t.Run("read", func(t *testing.T) { testRead(t, h) })
	t.Run("vendor", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		t.Run("works", func(t *testing.T) { testWorks(t, h) })
		if h.Definition.Spec.Pages {
			t.Run("pages", func(t *testing.T) { testPages(t, h) })
		}
		t.Run("fails", func(t *testing.T) { testFails(t, h) })
		t.Run("cancelled", func(t *testing.T) { testCancelled(t, h) })
		t.Run("hangs", func(t *testing.T) { testTimeout(t, h) })
		goleak.VerifyNone(t, before)
	})
	t.Run("settings", func(t *testing.T) { testSettings(t, h) })
	if h.Webhook != nil {
		t.Run("webhook", func(t *testing.T) { testWebhook(t, h) })
	} else if h.Definition.HasWebhook() {
		t.Error("the definition has a webhook and the harness has none")
	}
}

// connect starts a vendor behind a server that misbehaves as told, and a client of it.
func connect(t *testing.T, h Harness, timeout time.Duration) (*providers.Client, *proxy) {
	t.Helper()
	p := &proxy{vendor: h.Vendor(t), gone: make(chan struct{})}
	srv := httptest.NewServer(p)
	d := h.Definition
	if timeout > 0 {
		d.Spec.Timeout = timeout
	}
	c, err := d.Open(t.Context(), envconfig.MapLookuper(h.Variables(srv.URL)), providers.Options{AllowInsecure: true})
	if err != nil {
		srv.Close()
		t.Fatalf("Open with the harness's variables: got %v, want no error", err)
	}
	t.Cleanup(func() {
		close(p.gone)
		c.Close()
		srv.Close()
	})
	return c, p
}

// silent says that an error repeats neither the person nor a credential.
func silent(t *testing.T, h Harness, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	forbidden := []string{Canary, strings.ToLower(Canary), "<html", secret}
	for name, v := range h.Variables("http://127.0.0.1:1") {
		if len(v) >= 8 && !strings.HasPrefix(v, "http") && !strings.Contains(strings.ToLower(name), "level") {
			forbidden = append(forbidden, v)
		}
	}
	for _, f := range forbidden {
		if strings.Contains(text, f) {
			t.Errorf("%s: the error repeats what it must not: %q holds %q", what, text, f)
		}
	}
}

// trues counts the findings that are true.
func trues(o providers.Outcome) (n int) {
	for _, f := range o.Findings {
		if f.Result == "true" {
			n++
		}
	}
	return n
}

func falses(o providers.Outcome) (n int) {
	for _, f := range o.Findings {
		if f.Result == "false" {
			n++
		}
	}
	return n
}

// wellFormed says what every outcome must be.
func wellFormed(t *testing.T, what string, o providers.Outcome) {
	t.Helper()
	switch o.Status {
	case "completed", "pending", "awaiting_subject", "in_review", "failed":
	default:
		t.Errorf("%s: got status %q, want one of ours", what, o.Status)
	}
	for _, f := range o.Findings {
		switch f.Result {
		case "true", "false", "flagged", "unknown":
		default:
			t.Errorf("%s: %s has result %q, want one of ours", what, f.Component, f.Result)
		}
		if f.Confidence < 0 || f.Confidence > 100 || f.Confidence != f.Confidence {
			t.Errorf("%s: %s has confidence %v, want 0 to 100", what, f.Component, f.Confidence)
		}
		for _, code := range f.Reasons {
			if _, ok := providers.ReasonText(code); !ok {
				t.Errorf("%s: %s has reason %q, which is not in providers.Reasons", what, f.Component, code)
			}
		}
	}
}

// clone returns a reply that shares nothing with r.
func clone(t *testing.T, r providers.Reply) providers.Reply {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("a reply must be storable as JSON: %v", err)
	}
	var c providers.Reply
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("a reply must be readable from JSON: %v", err)
	}
	return c
}

// send makes a check that works and returns its reply.
func send(ctx context.Context, t *testing.T, h Harness, c *providers.Client, r providers.Request) providers.Reply {
	t.Helper()
	reply, err := c.Send(ctx, r)
	if err != nil {
		t.Fatalf("Send to a vendor that works: got %v, want no error", err)
	}
	return reply
}
