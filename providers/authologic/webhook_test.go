package authologic_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
)

func webhookOf(t testing.TB, secrets string) providers.Webhook {
	t.Helper()
	w, err := authologic.Definition.OpenWebhook(t.Context(), envconfig.MapLookuper(map[string]string{"AUTHOLOGIC_WEBHOOK_SECRETS": secrets}))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The vendor's documentation has this vector.
func TestTheVendorsVectorIsAccepted(t *testing.T) {
	w := webhookOf(t, "dey6TaePhiogi7ohgiek0pho")
	body := []byte(`{ "test": true }`)
	h := http.Header{"X-Signature-Timestamp": {"1641046369772"}, "X-Signature": {"fb96c41afe39c6b1cb9377a63405f9f072c1ccf2f04b85fcaeda2c081dcabba6"}}
	at := time.UnixMilli(1641046369772)
	if err := w.Authenticate(h, body, at); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	for what, off := range map[string]time.Duration{"late": 5*time.Minute + time.Millisecond, "early": -5*time.Minute - time.Millisecond} {
		if err := w.Authenticate(h, body, at.Add(off)); fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("%s: got %v, want class unauthorized", what, err)
		}
	}
	if err := w.Authenticate(h, body, at.Add(5*time.Minute)); err != nil {
		t.Errorf("after five minutes: got %v, want no error", err)
	}
	if err := w.Authenticate(h, []byte(`{"test":true}`), at); err == nil {
		t.Error("other bytes of the same meaning were accepted")
	}
	up := h.Clone()
	up.Set("X-Signature", "FB96C41AFE39C6B1CB9377A63405F9F072C1CCF2F04B85FCAEDA2C081DCABBA6")
	if err := w.Authenticate(up, body, at); err == nil {
		t.Error("a signature in capitals was accepted")
	}
}

func TestCallbacksFindTheirCheck(t *testing.T) {
	w := webhookOf(t, "s")
	for _, tt := range []struct {
		what, path, body           string
		verification, check, event string
		ignore                     bool
	}{
		{"by the key that we gave", "vrf_9", `{"id":"c1","target":"CONVERSATION","event":"FINISHED","payload":{"conversation":{"id":"5b","userKey":"vrf_1.identity"}}}`, "vrf_1", "identity", "CONVERSATION/FINISHED", false},
		{"by the path", "vrf_1", `{"id":"c1","target":"SUBSCRIPTION","event":"NEW_DATA","payload":{"conversation":{"id":"5b","userKey":"other"}}}`, "vrf_1", "", "SUBSCRIPTION/NEW_DATA", false},
		{"an event nobody knows", "vrf_1", `{"id":"c1","target":"CONVERSATION","event":"NEW","extra":{"a":1},"payload":{"conversation":{"id":"5b"}}}`, "vrf_1", "", "other", false},
		{"a target nobody knows", "vrf_1", `{"id":"c1","target":"ACCOUNT","event":"NEW","payload":{}}`, "", "", "other", true},
		{"of somebody else", "", `{"id":"c1","target":"CONVERSATION","event":"FINISHED","payload":{"conversation":{"id":"5b","userKey":"theirs"}}}`, "", "", "CONVERSATION/FINISHED", true},
	} {
		h, err := w.Route(tt.path, nil, []byte(tt.body))
		if err != nil || h.Verification != tt.verification || h.Check != tt.check || h.Event != tt.event || h.Ignore != tt.ignore || !h.Ignore && h.Dedupe != "c1" {
			t.Errorf("%s: got %+v, %v; want %q %q %q, ignored %v", tt.what, h, err, tt.verification, tt.check, tt.event, tt.ignore)
		}
	}
	for _, body := range []string{``, `{}`, `{"id":"c1","id":"c2"}`, `{"id":"c1","target":"CONVERSATION"}`, `{"Id":"c1","target":"a","event":"b"}`} {
		if h, err := w.Route("vrf_1", nil, []byte(body)); fault.ClassOf(err) != fault.Malformed {
			t.Errorf("%s: got %+v, %v; want class malformed", body, h, err)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	f.Add("1641046369772", "fb96c41afe39c6b1cb9377a63405f9f072c1ccf2f04b85fcaeda2c081dcabba6", []byte(`{ "test": true }`))
	f.Add("", "", []byte(nil))
	w := webhookOf(f, "dey6TaePhiogi7ohgiek0pho")
	f.Fuzz(func(t *testing.T, at, signature string, body []byte) {
		h := http.Header{"X-Signature-Timestamp": {at}, "X-Signature": {signature}}
		genuine := at == "1641046369772" && string(body) == `{ "test": true }` && signature == "fb96c41afe39c6b1cb9377a63405f9f072c1ccf2f04b85fcaeda2c081dcabba6"
		if err := w.Authenticate(h, body, time.UnixMilli(1641046369772)); err == nil && !genuine {
			t.Errorf("accepted: %q %q %q", at, signature, body)
		}
	})
}

func FuzzRoute(f *testing.F) {
	f.Add([]byte(`{"id":"c1","target":"CONVERSATION","event":"FINISHED","payload":{"conversation":{"id":"5b","userKey":"vrf_1.identity"}}}`))
	w := webhookOf(f, "s")
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := w.Route("", nil, body); err == nil && !h.Ignore && (h.Verification == "" || h.Dedupe == "") {
			t.Errorf("got %+v of %q, want a verification and what repetitions share", h, body)
		}
	})
}
