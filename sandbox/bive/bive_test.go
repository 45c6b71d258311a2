package bive_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/bive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "key-of-the-tests"

var (
	start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	png   = "\x89PNG\r\n\x1a\nimage"
	jpeg  = "\xff\xd8\xff\xe0image"
	pdf   = "%PDF-1.7 text"
)

type object = map[string]any

// vendor is a sandbox that runs, its clock in our hand, and a webhook receiver.
type vendor struct {
	t     *testing.T
	box   *bive.Sandbox
	clock *sandbox.Clock
	url   string
	key   string

	hooks    string // URL of the receiver
	mu       sync.Mutex
	received []hook
	answers  []int // of the receiver; 200 after them
}

// hook is a webhook that was received.
type hook struct {
	signature string
	body      []byte
}

func newVendor(t *testing.T, change ...func(*bive.Config)) *vendor {
	t.Helper()
	v := &vendor{t: t, clock: sandbox.NewManualClock(start), key: apiKey}
	c := bive.Config{
		Config: sandbox.Config{Clock: v.clock, Seed: 1}, APIKey: apiKey, Limit: sandbox.Limit{Requests: -1, Window: time.Minute},
	}
	for _, f := range change {
		f(&c)
	}
	v.box = bive.New(c)
	server, err := sandbox.Start("127.0.0.1:0", v.box)
	if err != nil {
		t.Fatal(err)
	}
	v.url = server.URL()
	receiver := httptest.NewServer(http.HandlerFunc(v.receive))
	v.hooks = receiver.URL
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
	v.received = append(v.received, hook{r.Header.Get("X-Biveai-Signature"), body})
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

// do sends a request with the key and returns the answer and its JSON object.
func (v *vendor) do(method, path, contentType string, body []byte) (*http.Response, object) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if v.key != "" {
		req.Header.Set("Api-Key", v.key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	var o object
	if resp.Header.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(raw, &o); err != nil {
			v.t.Fatalf("%s %s answered %q: %v", method, path, raw, err)
		}
	}
	return resp, o
}

// post sends an object to a workflow and returns the status and the answer.
func (v *vendor) post(kind string, body object) (int, object) {
	v.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	resp, o := v.do("POST", "/identity/workflow/"+kind, "application/json", raw)
	return resp.StatusCode, o
}

// create starts a workflow and returns its id.
func (v *vendor) create(kind string, body object) string {
	v.t.Helper()
	status, o := v.post(kind, body)
	if status != http.StatusOK {
		v.t.Fatalf("create %s %v = %d %v, want 200", kind, body, status, o)
	}
	return o["data"].(object)["id"].(string)
}

// get returns the record of an id, or nil.
func (v *vendor) get(id string) object {
	v.t.Helper()
	resp, o := v.do("GET", "/identity/workflow?id="+id, "", nil)
	if resp.StatusCode == http.StatusNotFound {
		return nil
	}
	return o["data"].([]any)[0].(object)
}

// upload sends files, given as field and content in turn.
func (v *vendor) upload(files ...string) (int, object) {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		part, err := m.CreateFormFile(files[i], "whatever.bin")
		if err != nil {
			v.t.Fatal(err)
		}
		io.WriteString(part, files[i+1])
	}
	m.Close()
	resp, o := v.do("POST", "/identity/upload", m.FormDataContentType(), b.Bytes())
	return resp.StatusCode, o
}

// name uploads one file and returns its name.
func (v *vendor) name(field, content string) string {
	v.t.Helper()
	status, o := v.upload(field, content)
	if status != http.StatusOK {
		v.t.Fatalf("upload %s = %d %v, want 200", field, status, o)
	}
	return o[field].(string)
}

// ana is a person with an e-mail tag, without the live check.
func (v *vendor) ana(tag string) object {
	v.t.Helper()
	return object{
		"first_name": "Ana", "last_name": "Reyes", "email": "ana" + tag + "@example.test", "liveness_check": false,
		"media": v.name("selfie", jpeg), "gov_id": v.name("gov_id", png), "webhook_url": v.hooks,
	}
}

// tern is a business with an e-mail tag and one owner per further tag.
func (v *vendor) tern(tag string, owners ...string) object {
	v.t.Helper()
	o := object{
		"name": "Tern Logistics", "email": "office" + tag + "@example.test", "website": "https://tern.example",
		"document":    object{"type": "business-registration", "url": v.name("biz_reg", pdf)},
		"address":     object{"country_code": "PL", "city": "Gdańsk"},
		"webhook_url": v.hooks,
	}
	var persons []object
	for _, tag := range owners {
		persons = append(persons, object{"first_name": "Jan", "last_name": "Owner" + tag, "email": "jan" + tag + "@example.test"})
	}
	o["associated_persons"] = persons
	return o
}

func with(o object, name string, value any) object {
	c := object{}
	for k, v := range o {
		c[k] = v
	}
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

// result returns final_result.result, or the status when there is none yet.
func result(record object) string {
	if final, ok := record["final_result"].(object); ok {
		return final["result"].(string)
	}
	return record["status"].(string)
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
