package sumsub_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appToken      = "sbx:test.private"
	secretKey     = "request-secret"
	webhookSecret = "webhook-secret"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// account is a customer of the sandbox: it signs requests and receives webhooks.
type account struct {
	t     *testing.T
	url   string
	clock *sandbox.Clock

	mu    sync.Mutex
	hooks []hook
	code  int // how webhooks are answered
}

// hook is one webhook as received.
type hook struct {
	header http.Header
	raw    []byte
	body   map[string]any
}

// open starts a sandbox on a clock that stands still.
func open(t *testing.T, change ...func(*sumsub.Config)) *account {
	t.Helper()
	a := &account{t: t, clock: sandbox.NewManualClock(start), code: http.StatusNoContent}
	receiver := httptest.NewServer(http.HandlerFunc(a.receive))
	t.Cleanup(receiver.Close)
	config := sumsub.Config{
		Config: sandbox.Config{Clock: a.clock, Seed: 1}, AppToken: appToken, SecretKey: secretKey,
		WebhookURL: receiver.URL, WebhookSecret: webhookSecret,
	}
	for _, c := range change {
		c(&config)
	}
	server, err := sandbox.Start("127.0.0.1:0", sumsub.New(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	a.url = server.URL()
	return a
}

func (a *account) receive(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	h := hook{header: r.Header, raw: raw}
	if err := json.Unmarshal(raw, &h.body); err != nil {
		a.t.Errorf("webhook is not JSON: %v\n%s", err, raw)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hooks = append(a.hooks, h)
	w.WriteHeader(a.code)
}

// received returns the webhooks so far.
func (a *account) received() []hook {
	a.clock.Advance(0)
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]hook(nil), a.hooks...)
}

// train returns the webhooks so far as "type status answer", without the prefix
// applicant.
func (a *account) train() string {
	var lines []string
	for _, h := range a.received() {
		line := fmt.Sprint(strings.TrimPrefix(h.body["type"].(string), "applicant"), " ", h.body["reviewStatus"])
		if v, ok := h.body["reviewResult"].(map[string]any); ok {
			line += fmt.Sprint(" ", v["reviewAnswer"])
			if v["reviewRejectType"] != nil {
				line += fmt.Sprint(" ", v["reviewRejectType"], " ", v["rejectLabels"])
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// reply is an answer of the sandbox.
type reply struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (r reply) String() string { return fmt.Sprintf("%d %s", r.status, r.raw) }

// at returns a member by its path: names joined by dots.
func (r reply) at(path string) any {
	var v any = r.body
	for _, name := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// signature is written from the contract, not with the sandbox's own code.
func signature(secret, ts, method, target string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s%s%s%s", ts, method, target, body)
	return hex.EncodeToString(mac.Sum(nil))
}

// request returns a signed request.
func (a *account) request(method, target, contentType string, body []byte) *http.Request {
	a.t.Helper()
	req, err := http.NewRequest(method, a.url+target, bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	ts := strconv.FormatInt(a.clock.Now().Unix(), 10)
	req.Header.Set("X-App-Token", appToken)
	req.Header.Set("X-App-Access-Ts", ts)
	req.Header.Set("X-App-Access-Sig", signature(secretKey, ts, method, req.URL.RequestURI(), body))
	return req
}

func (a *account) send(req *http.Request) reply {
	a.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, header: resp.Header}
	if r.raw, err = io.ReadAll(resp.Body); err != nil {
		a.t.Fatal(err)
	}
	_ = json.Unmarshal(r.raw, &r.body)
	return r
}

// call sends a signed request with a JSON body, or with none.
func (a *account) call(method, target, body string) reply {
	a.t.Helper()
	return a.send(a.request(method, target, "application/json", []byte(body)))
}

// want is call that must succeed.
func (a *account) want(method, target, body string) reply {
	a.t.Helper()
	r := a.call(method, target, body)
	if r.status/100 != 2 {
		a.t.Fatalf("%s %s %s: got %v, want success", method, target, body, r)
	}
	return r
}

// refused is call that must be refused with a status and, unless 0, a number.
func (a *account) refused(status, code int, method, target, body string) reply {
	a.t.Helper()
	r := a.call(method, target, body)
	checkRefusal(a.t, r, status, code, method+" "+target+" "+body)
	return r
}

func checkRefusal(t *testing.T, r reply, status, code int, input string) {
	t.Helper()
	var got float64
	if c, ok := r.at("errorCode").(float64); ok {
		got = c
	}
	id, _ := r.at("correlationId").(string)
	if r.status != status || int(got) != code || r.at("code") != float64(status) || len(id) != 32 || r.at("description") == "" {
		t.Errorf("%s: got %v, want status %d with errorCode %d and a correlationId", input, r, status, code)
	}
}

// create makes an individual and returns its id.
func (a *account) create(ext, email string) string {
	a.t.Helper()
	body := fmt.Sprintf(`{"externalUserId":%q,"email":%q,"fixedInfo":{"firstName":"Ana","lastName":"Reyes","dob":"1990-02-03","country":"POL"}}`, ext, email)
	return a.want("POST", "/resources/applicants?levelName=basic-kyc-level", body).at("id").(string)
}

// form is a multipart upload; a nil content leaves the file out.
type form struct {
	metadata, name string
	content        []byte
	contentFirst   bool
	header         map[string]string
}

func (a *account) upload(id string, f form) reply {
	a.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	file := func() {
		if f.content != nil {
			part, _ := w.CreateFormFile("content", f.name)
			part.Write(f.content)
		}
	}
	if f.contentFirst {
		file()
	}
	w.WriteField("metadata", f.metadata)
	if !f.contentFirst {
		file()
	}
	w.Close()
	req := a.request("POST", "/resources/applicants/"+id+"/info/idDoc", w.FormDataContentType(), body.Bytes())
	for name, value := range f.header {
		req.Header.Set(name, value)
	}
	return a.send(req)
}

// photo returns a PNG that differs for every n.
func photo(n int) []byte {
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	img.SetGray(n%40, n/40, color.Gray{Y: 200})
	var out bytes.Buffer
	png.Encode(&out, img)
	return out.Bytes()
}

// add uploads a document and returns its image id.
func (a *account) add(id, kind, side string, n int) string {
	a.t.Helper()
	meta := fmt.Sprintf(`{"idDocType":%q,"idDocSubType":%q,"country":"POL"}`, kind, side)
	r := a.upload(id, form{metadata: meta, name: "p.png", content: photo(n)})
	if r.status != http.StatusOK {
		a.t.Fatalf("upload %s: got %v, want 200", meta, r)
	}
	return r.header.Get("X-Image-Id")
}

// passport uploads what basic-kyc-level asks for, with a passport.
func (a *account) passport(id string) {
	a.t.Helper()
	a.add(id, "PASSPORT", "", 1)
	a.add(id, "SELFIE", "", 2)
}

// submit creates an individual with all documents and asks for the check.
func (a *account) submit(email string) string {
	a.t.Helper()
	id := a.create("u-"+email, email)
	a.passport(id)
	a.ask(id)
	return id
}

func (a *account) ask(id string) {
	a.t.Helper()
	a.want("POST", "/resources/applicants/"+id+"/status/pending?reason=test", "")
}

func (a *account) one(id string) reply {
	a.t.Helper()
	return a.want("GET", "/resources/applicants/"+id+"/one", "")
}

// stands checks an applicant's status and answer: "completed GREEN".
func (a *account) stands(id, want string) {
	a.t.Helper()
	r := a.one(id)
	got := fmt.Sprint(r.at("review.reviewStatus"))
	if v := r.at("review.reviewResult.reviewAnswer"); v != nil {
		got += fmt.Sprint(" ", v)
	}
	if v := r.at("review.reviewResult.reviewRejectType"); v != nil {
		got += fmt.Sprint(" ", v)
	}
	if got != want {
		a.t.Errorf("review of %s: got %q, want %q", id, got, want)
	}
}
