package persona_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// vendor is a sandbox that runs, its clock in our hand, and a webhook receiver.
type vendor struct {
	t      *testing.T
	box    *persona.Sandbox
	clock  *sandbox.Clock
	url    string
	header http.Header // of every request

	mu       sync.Mutex
	received []hook
	answers  []int // of the receiver; 200 after them
}

// hook is a webhook that was received.
type hook struct {
	header http.Header
	body   []byte
}

func newVendor(t *testing.T, change ...func(*persona.Config)) *vendor {
	t.Helper()
	v := &vendor{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))}
	v.header = http.Header{"Authorization": {"Bearer " + persona.DefaultAPIKey}, "Content-Type": {"application/json"}}
	receiver := httptest.NewServer(http.HandlerFunc(v.receive))
	c := persona.Config{Config: sandbox.Config{Clock: v.clock, Seed: 1}, WebhookURL: receiver.URL, NoLimits: true}
	for _, f := range change {
		f(&c)
	}
	v.box = persona.New(c)
	server, err := sandbox.Start("127.0.0.1:0", v.box)
	if err != nil {
		t.Fatal(err)
	}
	v.url = server.URL()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		receiver.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return v
}

func (v *vendor) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.received = append(v.received, hook{r.Header.Clone(), body})
	if len(v.answers) > 0 {
		w.WriteHeader(v.answers[0])
		v.answers = v.answers[1:]
	}
}

func (v *vendor) inbox() []hook {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]hook(nil), v.received...)
}

// news are the names of the events that were received, in order.
func (v *vendor) news() string {
	v.t.Helper()
	var names []string
	for _, h := range v.inbox() {
		var e object
		if err := json.Unmarshal(h.body, &e); err != nil {
			v.t.Fatal(err)
		}
		names = append(names, in(e, "data", "attributes", "name").(string))
	}
	return strings.Join(names, " ")
}

// do sends a request and returns the answer and its JSON object. Headers come in pairs.
func (v *vendor) do(method, path string, body any, headers ...string) (*http.Response, object) {
	v.t.Helper()
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body, json.Deterministic(true)); err != nil {
			v.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, bytes.NewReader(b))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header = v.header.Clone()
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	var o object
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(all, &o); err != nil {
			v.t.Fatalf("%s %s: %s: %v", method, path, all, err)
		}
	}
	return resp, o
}

// in returns what an object holds under a path, or nil.
func in(v any, path ...string) any {
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// ana is a request for an inquiry.
func ana(tag string) object {
	return object{
		"data": object{"attributes": object{"inquiry-template-id": persona.DefaultTemplate, "fields": object{
			"name-first": "Ana", "name-last": "Reyes", "birthdate": "1990-02-11", "email-address": "ana" + tag + "@example.test", "address-country-code": "PT"}}},
		"meta": object{"auto-create-account": true, "auto-create-account-reference-id": "cust-1", "auto-create-one-time-link": true},
	}
}

// create makes an inquiry and returns its path.
func (v *vendor) create(tag string, headers ...string) string {
	v.t.Helper()
	resp, o := v.do("POST", "/api/v1/inquiries", ana(tag), headers...)
	if resp.StatusCode != http.StatusCreated {
		v.t.Fatalf("create: got %d %v, want 201", resp.StatusCode, o)
	}
	return "/api/v1/inquiries/" + in(o, "data", "id").(string)
}

// status reads the status of an inquiry.
func (v *vendor) status(path string) string {
	v.t.Helper()
	resp, o := v.do("GET", path, nil)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("GET: got %d %v, want 200", resp.StatusCode, o)
	}
	return in(o, "data", "attributes", "status").(string)
}

// tried are the attempts of an inquiry, each as type=status and the check that failed.
func (v *vendor) tried(path string) string {
	v.t.Helper()
	_, o := v.do("GET", path+"?include=", nil)
	var words []string
	for _, one := range in(o, "data", "relationships", "verifications", "data").([]any) {
		_, r := v.do("GET", "/api/v1/verifications/"+in(one, "id").(string), nil)
		word := strings.TrimPrefix(in(r, "data", "type").(string), "verification/") + "=" + in(r, "data", "attributes", "status").(string)
		for _, c := range in(r, "data", "attributes", "checks").([]any) {
			if in(c, "status") == "failed" {
				word += "(" + in(c, "name").(string) + ")"
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// authentic says whether a group of a signature is right for a body under a secret.
func authentic(group, secret string, body []byte) bool {
	t, mac, ok := strings.Cut(strings.TrimPrefix(group, "t="), ",v1=")
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "."))
	h.Write(body)
	return ok && mac == hex.EncodeToString(h.Sum(nil))
}
