package bus_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// gate is a network between a client and a broker that can hold back what the client sends.
type gate struct {
	l    net.Listener
	mu   sync.Mutex // held while the gate is shut
	done sync.WaitGroup
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	u, err := url.Parse(strings.Split(target, ",")[0])
	if err != nil {
		t.Fatalf("url: %v", err)
	}
	g := &gate{}
	if g.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("listen: %v", err)
	}
	g.done.Go(func() {
		for {
			in, err := g.l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", u.Host)
			if err != nil {
				in.Close()
				continue
			}
			g.done.Go(func() { defer in.Close(); _, _ = io.Copy(in, out) })
			g.done.Go(func() {
				defer out.Close()
				buf := make([]byte, 32<<10)
				for {
					n, err := in.Read(buf)
					g.mu.Lock()
					_, werr := out.Write(buf[:n])
					g.mu.Unlock()
					if err != nil || werr != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { g.l.Close(); g.done.Wait() })
	return g
}

// TestAPausedOwnerThatWakesUpWritesNothing holds back what an owner has sent until another has taken over and written.
func TestAPausedOwnerThatWakesUpWritesNothing(t *testing.T) {
	modes(t, func(t *testing.T, cfg bus.Config) {
		const n = 5_000
		fresh := bustest.Connect(t, cfg, layoutFor(cfg))
		fill(t, fresh, n)
		g := newGate(t, cfg.URL)
		slow := cfg
		slow.URL = "nats://" + g.l.Addr().String()
		paused := bustest.Connect(t, slow, layoutFor(cfg))
		ctx := within(t, time.Minute)
		old := claim(t, paused, "old")
		if err := resume(ctx, old, 1000); err != nil {
			t.Fatalf("append: %v", err)
		}
		if err := old.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		g.mu.Lock()
		shut := true
		defer func() {
			if shut {
				g.mu.Unlock()
			}
		}()
		for in := uint64(1001); in <= 3000; in++ {
			if err := old.Append(ctx, lines(in)); err != nil {
				t.Fatalf("append: %v", err)
			}
		}
		next := claim(t, fresh, "next")
		if err := resume(ctx, next, 1100); err != nil {
			t.Fatalf("append: %v", err)
		}
		if err := next.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		g.mu.Unlock()
		shut = false
		if err := old.Flush(ctx); !errors.Is(err, bus.ErrFenced) {
			t.Fatalf("the paused owner: got %v, want ErrFenced", err)
		}
		for in := uint64(1101); in <= n; in++ {
			if err := next.Append(ctx, lines(in)); err != nil {
				t.Fatalf("append: %v", err)
			}
		}
		if err := next.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		verify(t, fresh, n)
	})
}
