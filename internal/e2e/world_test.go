// Package e2e_test runs Bonafide as it runs in a cluster: every service a process of its own, and the broker too, so that
// they can be killed, stopped and started again while requests come in.
package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/subject"
)

const (
	shards  = 4
	apiKey  = "bfk_e2e"
	brokerV = "BONAFIDE_E2E_BROKER" // directory of a broker process
	addrV   = "BONAFIDE_E2E_ADDR"
)

// binaries is where the services have been built.
var binaries string

// TestMain is also the broker: the test binary starts itself again with brokerV set.
func TestMain(m *testing.M) {
	if dir := os.Getenv(brokerV); dir != "" {
		if _, err := bus.Embed(bus.EmbedConfig{Dir: dir, Addr: os.Getenv(addrV)}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {} // until it is killed
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if binaries, err = os.MkdirTemp("", "bonafide-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(binaries)
	build := exec.Command("go", "build", "-o", binaries, "../../cmd/ingest", "../../cmd/dispatcher", "../../cmd/resolver")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the services:", err)
		return 1
	}
	return m.Run()
}

// world is a broker, sandboxes and services, and what is needed to talk to them.
type world struct {
	t     *testing.T
	dir   string
	nats  string
	api   string
	boxes *single.Sandboxes
	env   []string

	mu    sync.Mutex
	procs map[string]*proc
}

// proc is a service process that can be started again under its name.
type proc struct {
	name, binary string
	env          []string
	cmd          *exec.Cmd
	exited       chan struct{}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), procs: map[string]*proc{}}
	w.nats, w.api = free(t), free(t)
	k, err := seal.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, public := filepath.Join(w.dir, "private.json"), filepath.Join(w.dir, "public.json")
	if err := k.WritePrivate(private); err != nil {
		t.Fatal(err)
	}
	if err := k.Public().WritePublic(public); err != nil {
		t.Fatal(err)
	}
	w.boxes, err = single.StartSandboxes(single.SandboxConfig{Speed: 100, WebhookURL: "http://" + w.api})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.boxes.Close)
	w.env = append(os.Environ(), "NATS_URL=nats://"+w.nats, fmt.Sprint("SHARDS=", shards), "BLOB_URL=file://"+filepath.Join(w.dir, "blobs"), "ALLOW_INSECURE=true",
		"PUBLIC_URL=http://"+w.api, "POLL_INTERVAL=1s", "BONAFIDE_API_KEY="+apiKey, "LOG_LEVEL=info")
	for _, b := range w.boxes.Running {
		for name, v := range b.Settings {
			w.env = append(w.env, name+"="+v)
		}
	}
	t.Cleanup(func() {
		for _, p := range w.procs {
			w.kill(p.name)
		}
		if t.Failed() {
			w.printLogs()
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.add("broker", self, brokerV+"="+filepath.Join(w.dir, "nats"), addrV+"="+w.nats)
	w.add("ingest", filepath.Join(binaries, "ingest"), "HTTP_ADDR="+w.api, "KEYSET_FILE="+public)
	for _, n := range []string{"dispatcher-1", "dispatcher-2"} {
		w.add(n, filepath.Join(binaries, "dispatcher"), "KEYSET_FILE="+private)
	}
	for _, n := range []string{"resolver-1", "resolver-2"} {
		w.add(n, filepath.Join(binaries, "resolver"))
	}
	return w
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// add starts a process for the first time.
func (w *world) add(name, binary string, env ...string) {
	w.t.Helper()
	p := &proc{name: name, binary: binary, env: append(env, "ADMIN_ADDR="+free(w.t))}
	w.mu.Lock()
	w.procs[name] = p
	w.mu.Unlock()
	w.start(name)
}

// start starts a process that does not run.
func (w *world) start(name string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.procs[name]
	log, err := os.OpenFile(filepath.Join(w.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(p.binary)
	p.cmd.Env = append(append([]string(nil), w.env...), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		w.t.Fatalf("start %s: %v", name, err)
	}
	p.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) { _ = cmd.Wait(); close(exited) }(p.cmd, p.exited)
}

// kill is kill -9. It returns when the process is gone.
func (w *world) kill(name string) {
	w.signal(name, syscall.SIGKILL)
	<-w.procs[name].exited
}

func (w *world) signal(name string, s syscall.Signal) {
	_ = w.procs[name].cmd.Process.Signal(s)
}

// connect returns a bus of the test's own.
func (w *world) connect() *bus.Bus {
	w.t.Helper()
	return bustest.Connect(w.t, bus.Config{URL: "nats://" + w.nats, Replicas: 1}, bus.Layout{Shards: shards, Providers: []string{"sumsub", "bive"}})
}

// post hands in a request and returns the status, and the id with a 202.
func (w *world) post(r events.VerificationRequested, key string) (status int, id string, header http.Header) {
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Error(err)
		return 0, "", nil
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+w.api+"/v1/verifications", bytes.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return 0, "", nil
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	client := http.Client{Timeout: 20 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", nil
	}
	defer res.Body.Close()
	var answer struct {
		ID string `json:"id"`
	}
	b, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(b, &answer)
	return res.StatusCode, answer.ID, res.Header
}

// refusal hands in a request that must be refused and returns the whole answer.
func (w *world) refusal(r events.VerificationRequested) []byte {
	w.t.Helper()
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+w.api+"/v1/verifications", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusUnprocessableEntity {
		w.t.Fatalf("a bad request was answered %s (%v): %s", res.Status, err, b)
	}
	return b
}

// await waits until ok, and fails the test if that takes too long.
func (w *world) await(what string, patience time.Duration, ok func() bool) {
	w.t.Helper()
	over := time.NewTimer(patience)
	defer over.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-over.C:
			w.t.Fatalf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// ready waits until requests are taken.
func (w *world) ready() {
	w.t.Helper()
	w.await("ingest takes requests", 30*time.Second, func() bool {
		status, _, _ := w.post(events.VerificationRequested{Flow: "no-such-flow", Subject: subject.Subject{Type: "person", Person: &subject.Person{}}}, "probe")
		return status == http.StatusUnprocessableEntity
	})
}

// ask is a person who does not exist, for the n-th request of a run.
func ask(flow, reference, first, last, email string, n int) events.VerificationRequested {
	r := events.VerificationRequested{Flow: flow, Reference: reference, Subject: subject.Subject{Type: "person", Person: &subject.Person{
		Name: &subject.PersonName{FirstName: first, LastName: last}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		Contact: &subject.Contact{Email: email, Phone: "+48600000000"}}}}
	if flow == "sumsub-person" {
		r.Documents = []events.DocumentUpload{picture("PASSPORT", 2*n, nil), picture("SELFIE", 2*n+1, nil)}
	}
	return r
}

// picture is a JPEG that no other number gives; tail is put behind the image.
func picture(kind string, n int, tail []byte) events.DocumentUpload {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for x := range 16 {
		for y := range 16 {
			img.Set(x, y, color.RGBA{uint8(x*9 + n), uint8(y*7 + n>>8), uint8(n * 31), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	fmt.Fprintf(&b, "%d", n)
	b.Write(tail)
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "p.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}

func (w *world) printLogs() {
	for name := range w.procs {
		b, _ := os.ReadFile(filepath.Join(w.dir, name+".log"))
		if len(b) > 3000 {
			b = b[len(b)-3000:]
		}
		w.t.Logf("--- %s\n%s", name, b)
	}
}

// put publishes a request to NATS and reports whether the broker has it.
func put(ctx context.Context, b *bus.Bus, id string, r events.VerificationRequested) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := b.PutRequest(ctx, "default", events.Event{ID: id, Source: "/e2e", Time: time.Now(), Data: r})
	return err == nil
}
