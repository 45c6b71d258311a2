//go:build unix

package e2e_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/seal"
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

// newWorld starts everything. Env is added to what every service is given.
func newWorld(t *testing.T, env ...string) *world {
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
	for _, b := range w.boxes.Running {
		if b.Name == "sumsub" || b.Name == "bive" {
			w.env = append(w.env, strings.ToUpper(b.Name)+"_BASE_URL="+thoughtful(t, b.URL))
		}
	}
	w.env = append(w.env, "SUMSUB_RATE=1000/5s") // one connection is rated, so that one dispatcher owns it; the other is shared
	w.env = append(w.env, env...)
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
	w.add("ingest", filepath.Join(binaries, "ingest"), "HTTP_ADDR="+w.api, "KEYSET_FILE="+public, "INDEX_DIR="+filepath.Join(w.dir, "index"))
	for _, n := range []string{"dispatcher-1", "dispatcher-2"} {
		w.add(n, filepath.Join(binaries, "dispatcher"), "KEYSET_FILE="+private)
	}
	for _, n := range []string{"resolver-1", "resolver-2"} {
		w.add(n, filepath.Join(binaries, "resolver"))
	}
	return w
}

// thinking is how long a vendor takes to answer what changes something, after it has done it: the time in which a caller may die.
const thinking = 150 * time.Millisecond

// thoughtful returns the address of a vendor that is the one at url and takes its time.
func thoughtful(t *testing.T, at string) string {
	t.Helper()
	to, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(res *http.Response) error {
			if res.Request.Method != http.MethodGet {
				pause(thinking)
			}
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0), // callers that die are what this is for
	})
	t.Cleanup(s.Close)
	return s.URL
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

// stop tells processes to end, and waits until they have, as they should.
func (w *world) stop(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.signal(name, syscall.SIGTERM)
	}
	for _, name := range names {
		w.stopped(name)
	}
}

// grace is how long a service may take to stop: half of what the strictest of them gets in a cluster.
const grace = 22 * time.Second

// stopped waits until a process that was told to end has, with exit code 0.
func (w *world) stopped(name string) {
	w.t.Helper()
	p := w.procs[name]
	over := time.NewTimer(grace)
	defer over.Stop()
	select {
	case <-p.exited:
	case <-over.C:
		w.t.Fatalf("%s still runs %v after SIGTERM", name, grace)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		w.t.Errorf("%s exited %d after SIGTERM, want 0", name, code)
	}
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

// ready waits until requests are taken and every shard has an owner.
func (w *world) ready() {
	w.t.Helper()
	for _, name := range []string{"ingest", "dispatcher-1", "dispatcher-2", "resolver-1", "resolver-2"} {
		w.await(name+" is ready", 45*time.Second, func() bool {
			res, err := strangers.Get("http://" + w.procs[name].admin() + "/readyz")
			if err != nil {
				return false
			}
			_ = res.Body.Close()
			return res.StatusCode == http.StatusOK
		})
	}
	w.await("every shard has an owner", 20*time.Second, func() bool { return w.owned("resolver-1")+w.owned("resolver-2") == shards })
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
