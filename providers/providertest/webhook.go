package providertest

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	faults "github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// testWebhook: only what was signed with a live secret gets in, and it is looked at only after that.
func testWebhook(t *testing.T, h Harness) {
	w := h.Webhook
	now := time.Now()
	open := func(secrets ...string) providers.Webhook {
		t.Helper()
		v, err := h.Definition.OpenWebhook(t.Context(), lookup(w.Variables(secrets...)))
		if err != nil {
			t.Fatalf("OpenWebhook: got %v, want no error", err)
		}
		return v
	}
	both := open(secret, rotated)
	if h.Definition.Spec.Unsigned {
		if err := both.Authenticate(http.Header{}, w.Body, now); err != nil {
			t.Errorf("unsigned: got %v, want no error: the vendor does not sign", err)
		}
	} else {
		for name, s := range map[string]string{"genuine": secret, "rotated": rotated} {
			if err := both.Authenticate(w.Sign(s, w.Body, now), w.Body, now); err != nil {
				t.Errorf("%s: got %v, want no error", name, err)
			}
		}
		testRefusals(t, h, open, now)
		testMutants(t, h, open, now)
	}

	hint, err := both.Route(w.PathID, w.Sign(secret, w.Body, now), w.Body)
	if err != nil || hint.Verification != w.Verification || hint.Dedupe == "" || hint.Event == "" || hint.Ignore {
		t.Errorf("Route: got %+v, %v; want verification %q, an event and a dedupe key", hint, err, w.Verification)
	}
	again, err := both.Route(w.PathID, w.Sign(secret, w.Body, now.Add(time.Minute)), w.Body)
	if err != nil || again.Dedupe != hint.Dedupe {
		t.Errorf("Route of a repetition: got dedupe %q, %v; want %q", again.Dedupe, err, hint.Dedupe)
	}
	for what, b := range map[string][]byte{
		"garbage": []byte("\x00\xff{]" + Canary), "nothing": nil, "half": w.Body[:len(w.Body)/2], "html": []byte("<html>" + Canary),
		"nested": bytes.Repeat([]byte("["), 100_000),
	} {
		hint, err := both.Route(w.PathID, http.Header{}, b)
		if faults.ClassOf(err) != faults.Malformed {
			t.Errorf("Route of %s: got %+v, %v; want class malformed", what, hint, err)
		}
		silent(t, h, "route "+what, err)
	}
}

func testRefusals(t *testing.T, h Harness, open func(...string) providers.Webhook, now time.Time) {
	w := h.Webhook
	one := open(secret)
	refuse := func(what string, header http.Header, body []byte) {
		t.Helper()
		err := one.Authenticate(header, body, now)
		if faults.ClassOf(err) != faults.Unauthorized {
			t.Errorf("%s: got %v, want class unauthorized", what, err)
		}
		silent(t, h, what, err)
	}
	refuse("a secret that is no longer live", w.Sign(rotated, w.Body, now), w.Body)
	refuse("a wrong secret", w.Sign("somebody-elses-secret", w.Body, now), w.Body)
	refuse("an empty secret", w.Sign("", w.Body, now), w.Body)
	refuse("unsigned", http.Header{}, w.Body)
	refuse("empty and unsigned", http.Header{}, nil)
	refuse("an empty body under the signature of another", w.Sign(secret, w.Body, now), nil)
	refuse("garbage", w.Sign(secret, w.Body, now), []byte("\x00\xff{]"))
	refuse("nested", w.Sign(secret, w.Body, now), bytes.Repeat([]byte(`{"a":`), 100_000))
	for i := 0; i < len(w.Body); i += max(1, len(w.Body)/50) {
		b := bytes.Clone(w.Body)
		b[i] ^= 1
		refuse("tampered", w.Sign(secret, w.Body, now), b)
	}
	genuine := w.Sign(secret, w.Body, now)
	for name := range genuine {
		for what, v := range map[string]string{
			"empty": "", "cut": genuine.Get(name)[:len(genuine.Get(name))/2], "zeros": strings.Repeat("0", 64), "spaces": " ", "long": strings.Repeat("a", 1<<16),
		} {
			header := genuine.Clone()
			header.Set(name, v)
			refuse(name+" "+what, header, w.Body)
		}
	}
}
