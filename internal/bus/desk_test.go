package bus

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/bonafide-id/bonafide/events"
)

// slowWay is a way to a broker on which no more than a little comes back until it is opened.
type slowWay struct {
	net.Listener
	open chan struct{}
	once sync.Once
}

func (w *slowWay) widen() { w.once.Do(func() { close(w.open) }) }

func newSlowWay(t *testing.T, target string) *slowWay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &slowWay{Listener: ln, open: make(chan struct{})}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			here, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.carry(here, target) })
		}
	})
	t.Cleanup(func() { _ = ln.Close(); w.widen(); all.Wait() })
	return w
}

func (w *slowWay) carry(here net.Conn, target string) {
	defer here.Close()
	there, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer there.Close()
	go func() {
		_, _ = io.Copy(there, here)
		_ = there.(*net.TCPConn).CloseWrite()
	}()
	if _, err := io.CopyN(here, there, 64<<10); err == nil {
		<-w.open
		_, _ = io.Copy(here, there)
	}
}

// What readers have asked for lies at the broker until it can be sent. It must not become so much that the broker hangs up, be they
// as many and the way as slow as they will.
func TestManyReadersOnASlowWayAreNotHungUpOn(t *testing.T) {
	s, err := Embed(EmbedConfig{Dir: t.TempDir(), Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	connect := func(cfg Config) *Bus {
		b, err := Connect(t.Context(), cfg, t.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			_ = b.Close(ctx)
		})
		return b
	}
	const readers, messages, size = 10, 40, 512 << 10 // of 20 MiB each reader may want all at once
	direct := connect(s.Config())
	if err := direct.Ensure(t.Context(), Layout{Shards: 1}); err != nil {
		t.Fatal(err)
	}
	for range messages {
		e := events.Event{ID: events.NewID(time.Now(), [10]byte{}), Source: "/test", Time: time.Now(), Data: events.CheckAnswered{
			ID: events.NewID(time.Now(), [10]byte{}), Tenant: "acme", Check: "identity", Provider: "acme", Evidence: &events.Evidence{Sealed: &events.Sealed{Key: 1, Box: make([]byte, size)}}}, Compact: true}
		if _, err := direct.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}

	ns := s.running()
	way := newSlowWay(t, ns.Addr().String())
	far := connect(Config{URL: "nats://" + way.Addr().String()})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	enough := errors.New("enough")
	ended := make(chan error, readers)
	for range readers {
		go func() {
			got := 0
			ended <- far.ScanInputs(ctx, 0, 1, func(batch []Raw) error {
				if got += len(batch); got >= messages {
					return enough
				}
				return nil
			})
		}()
	}
	// The broker has sent what was asked for when no more comes to lie there.
	before, still := int64(-1), 0
	for still < 10 && ns.NumSlowConsumers() == 0 {
		lies := pending(t, ns)
		if still++; lies != before || lies < readAhead {
			still = 0
		}
		before = lies
		rest(ctx, 20*time.Millisecond)
		if ctx.Err() != nil {
			t.Fatal("the broker sends nothing")
		}
	}
	t.Logf("%d MiB lie ready", before>>20)
	if n := ns.NumSlowConsumers(); n > 0 {
		t.Errorf("the broker has hung up %d times, want never", n)
	}
	way.widen()
	for range readers {
		if err := <-ended; !errors.Is(err, enough) {
			t.Errorf("a reader ended with %v, want all %d messages", err, messages)
		}
	}
}

// pending returns how many bytes lie ready for clients.
func pending(t *testing.T, ns *server.Server) (bytes int64) {
	t.Helper()
	all, err := ns.Connz(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all.Conns {
		bytes += int64(c.Pending)
	}
	return bytes
}

func TestManyReadersShareSoManyConnections(t *testing.T) {
	s, err := Embed(EmbedConfig{Dir: t.TempDir(), InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	b, err := Connect(t.Context(), s.Config(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(context.Background()) }()
	var all []*desk
	sit := func(n int) {
		for range n {
			d, err := b.sit()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		}
	}
	for _, tt := range []struct{ readers, desks, most int }{{1, 1, 1}, {8, 1, 8}, {9, 2, 8}, {16, 2, 8}, {256, 32, 8}, {320, 32, 10}} {
		sit(tt.readers - len(all))
		most := 0
		for _, d := range b.desks {
			most = max(most, d.taken)
		}
		if len(b.desks) != tt.desks || most != tt.most {
			t.Errorf("%d readers: got %d connections and at most %d readers of one, want %d and %d", tt.readers, len(b.desks), most, tt.desks, tt.most)
		}
	}
	for _, d := range all {
		b.leave(d)
	}
	if sit(256); len(b.desks) != 32 {
		t.Errorf("when all have left and 256 come: got %d connections, want the same 32", len(b.desks))
	}
}
