package sumsub_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/sumsub"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/sumsub"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the sandbox with our client and our webhook.
type world struct {
	t       *testing.T
	sandbox *vendor.Sandbox
	clock   *sandbox.Clock
	client  *providers.Client
	webhook providers.Webhook
	hints   func() []providers.Hint
	base    string // where the sandbox is
}

// newWorld starts a sandbox whose stories move only with the clock, which our client sees too.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))}
	var mu sync.Mutex
	var hints []providers.Hint
	w.hints = func() []providers.Hint { mu.Lock(); defer mu.Unlock(); return slices.Clone(hints) }
	receiver := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = w.webhook.Authenticate(r.Header, body, time.Now())
		}
		if err != nil {
			t.Errorf("a genuine webhook is refused: %v", err)
			return
		}
		hint, err := w.webhook.Route("", r.Header, body)
		if err != nil {
			t.Errorf("Route(%s) = %v", body, err)
		}
		mu.Lock()
		hints = append(hints, hint)
		mu.Unlock()
	}))
	levels := append(vendor.DefaultLevels(), vendor.Level{Name: "with-selfie-video", ApplicantType: "individual", Steps: []vendor.Step{{Set: "SELFIE", Types: []string{"SELFIE"}}}})
	w.sandbox = vendor.New(vendor.Config{
		Config: sandbox.Config{Clock: w.clock, Seed: 7}, Levels: levels, WebhookURL: receiver, WebhookSecret: "hook-secret",
	})
	t.Cleanup(w.sandbox.Close)
	w.base = serve(t, w.sandbox)
	w.open(w.base)
	return w
}

// open lets our client call what is at base.
func (w *world) open(base string) {
	t := w.t
	t.Helper()
	env := envconfig.MapLookuper(map[string]string{
		"SUMSUB_BASE_URL": base, "SUMSUB_APP_TOKEN": vendor.DefaultAppToken,
		"SUMSUB_SECRET_KEY": vendor.DefaultSecretKey, "SUMSUB_LEVEL_NAME": "basic-kyc-level",
		"SUMSUB_WEBHOOK_SECRETS": "old-secret,hook-secret",
	})
	definition := sumsub.DefinitionAt(w.clock.Now)
	var err error
	if w.client, err = definition.Open(t.Context(), env, providers.Options{AllowInsecure: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	if w.webhook, err = definition.OpenWebhook(t.Context(), env); err != nil {
		t.Fatal(err)
	}
}

// vendor has somebody at the vendor do something with the applicant of r.
func (w *world) vendor(action, body string, r providers.Request) {
	w.t.Helper()
	var ref struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(r.Ref, &ref); err != nil {
		w.t.Fatal(err)
	}
	target, stamp := "/resources/applicants/"+ref.ID+"/"+action, strconv.FormatInt(w.clock.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(vendor.DefaultSecretKey))
	io.WriteString(mac, stamp+http.MethodPost+target+body)
	req, err := http.NewRequest(http.MethodPost, w.base+target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "X-App-Token": {vendor.DefaultAppToken},
		"X-App-Access-Ts": {stamp}, "X-App-Access-Sig": {hex.EncodeToString(mac.Sum(nil))}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s at the vendor: %d, want 200", action, res.StatusCode)
	}
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// read reads a reply that came without error.
func (w *world) read(reply providers.Reply, err error) providers.Outcome {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.client.Read(reply)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range out.Findings {
		for _, code := range f.Reasons {
			if _, ok := providers.ReasonText(code); !ok {
				w.t.Errorf("finding %s: reason %q is not ours", f.Component, code)
			}
		}
	}
	return out
}

// sent sends r and remembers the reference in it.
func (w *world) send(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.client.Send(w.t.Context(), *r)
	r.Ref = reply.Ref
	return w.read(reply, err)
}

func (w *world) poll(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.client.Poll(w.t.Context(), *r)
	r.Ref = reply.Ref
	return w.read(reply, err)
}

func person(email string, documents ...providers.Document) providers.Request {
	return providers.Request{
		Operation: "vrf_1.identity.1", ExternalID: "vrf_1.identity", Verification: "vrf_1", Check: "identity", Attempt: 1,
		Components: []string{"document", "selfie", "name"},
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: "Ana", LastName: "Reyes"},
			Info:    &subject.PersonInfo{BirthDate: "1990-02-03", Gender: "FEMALE", Nationality: "PL", BirthCountry: "PL"},
			Address: &subject.Address{AddressLine: "1 Elm Rd", PostalCode: "00-001", City: "Gdynia", Country: "PL"},
			Contact: &subject.Contact{Email: email, Phone: "+48600000000"},
		}},
		Documents: documents,
	}
}

// picture is a file that begins like a PNG; n makes it another one.
func picture(kind, side string, n int) providers.Document {
	data := append([]byte("\x89PNG\r\n\x1a\n"+kind+side), byte(n))
	return providers.Document{
		Type: kind, Side: side, Country: "PL", MediaType: "image/png", Size: int64(len(data)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

func results(out providers.Outcome) map[string]string {
	m := map[string]string{}
	for _, f := range out.Findings {
		key := f.Component
		if f.Person != "" {
			key = f.Person + "/" + key
		}
		m[key] = f.Result
	}
	return m
}
