package single_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

// world is a whole Bonafide, the sandboxes as vendors of its own, and a post between them.
type world struct {
	t    *testing.T
	sys  *single.System
	post *post

	vendors map[string]string // addresses of the sandboxes
}

func newWorld(t *testing.T, disorder string) *world {
	t.Helper()
	return newWorldOf(t, disorder, nil)
}

// apart says what the clocks of the services' machines show where that is the disorder.
var apart = map[string]func(string) time.Time{
	"with clocks ten minutes apart": skewed(map[string]time.Duration{"ingest": 10 * time.Minute, "dispatcher": -10 * time.Minute}),
	"with clocks days apart":        skewed(map[string]time.Duration{"ingest": -24 * time.Hour, "dispatcher": 24 * time.Hour, "resolver": 48 * time.Hour}),
}

func skewed(by map[string]time.Duration) func(string) time.Time {
	return func(service string) time.Time { return time.Now().Add(by[service]) }
}

// newWorldOf is newWorld with settings of its own.
func newWorldOf(t *testing.T, disorder string, settings map[string]string) *world {
	t.Helper()
	w := &world{t: t, post: newPost(t, disorder), vendors: map[string]string{}}
	door := httptest.NewServer(w.post)
	t.Cleanup(door.Close)
	boxes, err := single.StartSandboxes(single.SandboxConfig{Speed: 100, WebhookURL: door.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(boxes.Close)
	env := map[string]string{"PUBLIC_URL": door.URL, "POLL_INTERVAL": "1s"}
	maps.Copy(env, settings)
	for _, b := range boxes.Running {
		maps.Copy(env, b.Settings)
		w.vendors[b.Name] = b.URL
		env[strings.ToUpper(b.Name)+"_BASE_URL"] = w.post.behind(b.URL)
	}
	w.sys, err = single.Start(t.Context(), single.Config{Dir: t.TempDir(), HTTPAddr: "127.0.0.1:0", InProcess: true, Lookuper: envconfig.MapLookuper(env),
		Log: slog.New(slog.DiscardHandler), Clock: apart[disorder]})
	if err != nil {
		t.Fatal(err)
	}
	w.post.to = w.sys.URL()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.sys.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the system ended with %v", err)
		}
	})
	w.await("the system is ready", func() bool { return w.sys.Ready(t.Context()) == nil })
	return w
}

// ask hands in a request and returns its id.
func (w *world) ask(v vendorCase, tag string, n int) string {
	w.t.Helper()
	return w.askFor(v, tag, n, false)
}

// askFor is ask, on hold if so.
func (w *world) askFor(v vendorCase, tag string, n int, hold bool) string {
	w.t.Helper()
	email := fmt.Sprintf("person%d", n)
	if tag != "" {
		email += "+" + tag
	}
	r := events.VerificationRequested{Flow: v.flow, Hold: hold, Subject: subject.Subject{Type: "person", Person: &subject.Person{
		Name: &subject.PersonName{FirstName: "Ana", LastName: "Reyes" + strings.Repeat("a", n)}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		Address: &subject.Address{AddressLine: "1 Elm Road", City: "Gdynia", PostalCode: "81-001", Country: "PL"},
		Contact: &subject.Contact{Email: email + "@example.test", Phone: "+48600000000"}}}}
	if v.pictures {
		r.Documents = []events.DocumentUpload{picture("PASSPORT", 2*n), picture("SELFIE", 2*n+1)}
	}
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}
	status, answer := w.call(http.MethodPost, "/v1/verifications", body)
	var got struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || status != http.StatusAccepted {
		w.t.Fatalf("%s %q: status %d, %v: %s", v.flow, tag, status, err, answer)
	}
	return got.ID
}

// picture is a photograph that no other number gives.
func picture(kind string, n int) events.DocumentUpload {
	img := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for x := range 32 {
		for y := range 32 {
			img.Set(x, y, color.RGBA{uint8(x*7 + n*5), uint8(y*3 + n*11), uint8(n * 31), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // an image in memory is always encoded
	}
	fmt.Fprintf(&b, "%s%d", kind, n)
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "p.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}

func (w *world) view(id string) (v events.View) {
	w.t.Helper()
	status, body := w.call(http.MethodGet, "/v1/verifications/"+id, nil)
	if err := json.Unmarshal(body, &v); err != nil || status != http.StatusOK {
		w.t.Fatalf("view of %s: status %d, %v: %s", id, status, err, body)
	}
	return v
}

// events returns how much has happened to a verification.
func (w *world) events(id string) int {
	w.t.Helper()
	status, body := w.call(http.MethodGet, "/v1/verifications/"+id+"/timeline", nil)
	var page struct {
		Items []struct{} `json:"items"`
	}
	if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
		w.t.Fatalf("timeline of %s: status %d, %v: %s", id, status, err, body)
	}
	return len(page.Items)
}

// decision returns what is decided of a verification.
func (w *world) decision(id string) string { return outcome(w.view(id)) }

// outcome is a decision without what differs between runs: numbers, digests and times.
func outcome(v events.View) string {
	if v.Decision == nil {
		return "nothing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %g %v:", v.Decision.Result, v.Decision.Confidence, v.Decision.Reasons)
	slices.SortFunc(v.Details, func(x, y events.Detail) int { return strings.Compare(x.Component, y.Component) })
	for _, d := range v.Details {
		fmt.Fprintf(&b, " %s=%s", d.Component, d.Result)
	}
	return b.String()
}

func (w *world) call(method, path string, body []byte) (int, []byte) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.sys.URL()+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.sys.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, b
}

// await waits until what holds.
func (w *world) await(what string, holds func() bool) {
	w.t.Helper()
	over := time.NewTimer(40 * time.Second)
	defer over.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-over.C:
			w.t.Fatalf("waited 40 s in vain until %s", what)
		case <-tick.C:
		}
	}
}
