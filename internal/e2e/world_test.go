//go:build unix

package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/chaos"
)

// brokerV makes this test binary a broker, and watchedV what follows one that a disk watches.
const (
	brokerV  = "BONAFIDE_E2E_BROKER"
	watchedV = "BONAFIDE_E2E_WATCHED"
)

// binaries is where the services have been built.
var binaries string

// TestMain is also the broker: the test binary starts itself again with an argument.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == brokerV {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := chaos.Serve(ctx, chaos.Broker, envconfig.OsLookuper()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == watchedV {
		fmt.Fprintln(os.Stderr, chaos.Serve(context.Background(), chaos.Watched, nil, os.Args[2:]...))
		os.Exit(1)
	}
	os.Exit(run(m))
}

// together is how many of these tests run at once: they wait far more than they work.
const together = "4"

func run(m *testing.M) int {
	flag.Parse()
	err := flag.Set("test.parallel", together)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
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

// config is a World of the services as they are shipped, in a directory of the test.
func config(t *testing.T, env ...string) chaos.Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return chaos.Config{Dir: t.TempDir(), Env: env, Argv: func(p chaos.Part) []string {
		switch p {
		case chaos.Broker:
			return []string{self, brokerV}
		case chaos.Watched:
			return []string{self, watchedV}
		}
		return []string{filepath.Join(binaries, string(p))}
	}}
}

// world is a World of the test.
type world struct {
	*chaos.World
	t    *testing.T
	sync bool
}

// newWorld starts everything and waits until it is ready. Env is added to what every process is given.
func newWorld(t *testing.T, env ...string) *world {
	t.Helper()
	return start(t, config(t, env...))
}

// start starts a World and waits until it is ready.
func start(t *testing.T, c chaos.Config) *world {
	t.Helper()
	inner, err := chaos.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{inner, t, c.Sync}
	t.Cleanup(func() {
		w.Close()
		if t.Failed() {
			w.printLogs()
		}
	})
	if err := w.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// connect returns a bus of the test's own.
func (w *world) connect() *bus.Bus {
	w.t.Helper()
	return bustest.Connect(w.t, bus.Config{URL: w.NATS(), Replicas: 1, SyncAlways: w.sync}, bus.Layout{Shards: chaos.Shards, Providers: []string{"sumsub", "bive"}})
}

// start starts a process that does not run.
func (w *world) start(name string) {
	w.t.Helper()
	if err := w.Process(name).Start(); err != nil {
		w.t.Fatal(err)
	}
}

// stop tells processes to end, and waits until they have, as they should.
func (w *world) stop(names ...string) {
	w.t.Helper()
	for _, name := range names {
		if err := w.Process(name).Stop(); err != nil {
			w.t.Error(err)
		}
	}
}

// await waits until ok, and fails the test if that takes too long.
func (w *world) await(what string, patience time.Duration, ok func() bool) {
	w.t.Helper()
	if err := chaos.Await(w.t.Context(), what, patience, ok); err != nil {
		w.t.Fatal(err)
	}
}

// decided waits until all references are.
func (w *world) decided(b *bus.Bus, accepted map[string]bool) {
	w.t.Helper()
	if left, err := chaos.AwaitDecisions(w.t.Context(), b, accepted); err != nil || len(left) > 0 {
		w.t.Fatalf("not decided: %v (%v)", left, err)
	}
}

// search looks into every file below a directory of the world; "" is the directory itself: the logs.
func (w *world) search(where string) map[string][]string {
	w.t.Helper()
	found, err := w.Search(where)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w *world) printLogs() {
	for _, name := range slices.Concat(chaos.Services, w.Brokers()) {
		w.t.Logf("--- %s\n%s", name, w.Log(name, 3000))
	}
}
