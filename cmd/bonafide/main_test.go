package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// TestMain is also the processes that chaos starts: it starts the program that runs, and here that is the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "part" {
		main()
	}
	goleak.VerifyTestMain(m, bustest.IgnoreBroker())
}

// patience is how long a test waits for what takes a moment.
const patience = 30 * time.Second

// pane is a window that a command prints to while the test looks.
type pane struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func (p *pane) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
	return p.buf.Write(b)
}

func (p *pane) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

// await waits until the pane shows every word.
func (p *pane) await(t *testing.T, words ...string) {
	t.Helper()
	over := time.After(patience)
	for {
		missing := ""
		for _, w := range words {
			if !strings.Contains(p.String(), w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-p.changed:
		case <-over:
			t.Fatalf("%q was not printed within %v, only:\n%s", missing, patience, p)
		}
	}
}

// command is one that runs.
type command struct {
	out, err *pane
	stop     context.CancelFunc
	code     chan int
}

// start starts a command in this process, with an environment of its own.
func start(t *testing.T, vars map[string]string, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &command{out: &pane{changed: make(chan struct{}, 1)}, err: &pane{changed: make(chan struct{}, 1)}, stop: cancel, code: make(chan int, 1)}
	go func() {
		c.code <- run(&env{ctx: ctx, out: c.out, err: c.err, lookup: envconfig.MapLookuper(vars)}, args)
	}()
	return c
}

// wait waits for the command's own end and returns its exit code.
func (c *command) wait(t *testing.T) int {
	t.Helper()
	defer c.stop()
	select {
	case code := <-c.code:
		return code
	case <-time.After(2 * patience):
		t.Fatalf("the command did not end; it printed:\n%s%s", c.out, c.err)
		return -1
	}
}

// bonafide runs a command to its end.
func bonafide(t *testing.T, vars map[string]string, args ...string) (code int, out, complaints string) {
	t.Helper()
	c := start(t, vars, args...)
	code = c.wait(t)
	return code, c.out.String(), c.err.String()
}
