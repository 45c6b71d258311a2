package authologic_test

import (
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
	"github.com/bonafide-id/bonafide/sandbox/authologic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

const media = "application/vnd.authologic.v1.1+json"

// vendor is a sandbox that runs, its clock in our hand, and a callback receiver.
type vendor struct {
	t        *testing.T
	box      *authologic.Sandbox
	clock    *sandbox.Clock
	url      string
	receiver string

	mu       sync.Mutex
	received []hook
	answers  []int // of the receiver; 200 after them
}

// hook is a callback that was received.
type hook struct {
	path   string
	at     time.Time
	header http.Header
	body   []byte
}

func newVendor(t *testing.T, change ...func(*authologic.Config)) *vendor {
	t.Helper()
	v := &vendor{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))}
	receiver := httptest.NewServer(http.HandlerFunc(v.receive))
	v.receiver = receiver.URL
	c := authologic.Config{Config: sandbox.Config{Clock: v.clock, Seed: 1}}
	for _, f := range change {
		f(&c)
	}
	v.box = authologic.New(c)
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
	v.received = append(v.received, hook{r.URL.Path, v.clock.Now(), r.Header.Clone(), body})
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

// do asks the vendor; headers come in pairs and replace the usual ones, "" leaves one out.
func (v *vendor) do(method, path string, body any, headers ...string) (*http.Response, object) {
	v.t.Helper()
	var text string
	switch b := body.(type) {
	case string:
		text = b
	case object:
		raw, err := json.Marshal(b)
		if err != nil {
			v.t.Fatal(err)
		}
		text = string(raw)
	}
	req, err := http.NewRequest(method, v.url+path, strings.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	req.SetBasicAuth(authologic.DefaultUsername, authologic.DefaultPassword)
	req.Header.Set("Accept", media)
	req.Header.Set("Content-Type", media)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	o := object{}
	if len(raw) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &o); err != nil {
			v.t.Fatalf("%s %s: got %s, %v; want JSON", method, path, raw, err)
		}
	}
	return resp, o
}

// ana is a request for a person whose story is the tag.
func (v *vendor) ana(tag string, query object) object {
	return object{
		"userKey": "cust-1", "returnUrl": "https://shop.example.test/back?c={conversationId}", "callbackUrl": v.receiver + "/{conversationId}/{target}/{event}",
		"strategy": "public:sandbox", "query": query,
		"hints": object{"userType": "PERSON", "known": object{"person": object{
			"name": object{"firstName": "Ana", "lastName": "Reyes"}, "info": object{"birthDate": "1990-04-02"}, "contact": object{"email": "ana" + tag + "@example.test"},
		}}},
	}
}

// products is a query for identity and the lists, monitored.
func products() object {
	return object{"identity": object{"requireOneOf": []any{[]string{"PERSON_NAME_FIRSTNAME", "PERSON_NAME_LASTNAME"}}},
		"aml": object{"checks": []string{"PEP", "SANCTIONS"}, "subscription": object{}}}
}

// create makes a conversation and returns it.
func (v *vendor) create(body object) object {
	v.t.Helper()
	resp, o := v.do("POST", "/api/conversations", body)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("create: got %d %v, want 200", resp.StatusCode, o)
	}
	return o
}

func (v *vendor) get(c object) object {
	v.t.Helper()
	_, o := v.do("GET", "/api/conversations/"+c["id"].(string), nil)
	return o
}

// in looks into an object.
func in(v any, path ...string) any {
	for _, name := range path {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

// authentic says that a callback is signed as the vendor's page says.
func authentic(h hook) bool {
	mac := hmac.New(sha256.New, []byte(authologic.DefaultWebhookSecret))
	mac.Write([]byte(h.header.Get("X-Signature-Timestamp") + ":" + string(h.body)))
	return h.header.Get("X-Signature") == hex.EncodeToString(mac.Sum(nil))
}
