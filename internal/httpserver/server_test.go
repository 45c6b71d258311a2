package httpserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server until the test ends, or until stop is called, which returns what Run did.
func serve(t *testing.T, cfg httpserver.Config) (addr string, stop func() error) {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	s, err := httpserver.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	stop = func() error { stopped = true; cancel(); return <-ended }
	t.Cleanup(func() {
		if !stopped {
			if err := stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	})
	return s.Addr(), stop
}

func dial(t *testing.T, addr, send string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAHeaderThatDoesNotEndIsGivenUp(t *testing.T) {
	addr, _ := serve(t, httpserver.Config{Handler: http.NotFoundHandler(), HeaderTimeout: 50 * time.Millisecond})
	c := dial(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the connection is not closed: %v", err)
	}
}

func TestABodyThatStallsIsGivenUpAndOneThatMovesIsServed(t *testing.T) {
	got := make(chan error, 2)
	addr, _ := serve(t, httpserver.Config{Stall: 100 * time.Millisecond, MinRate: 1, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		got <- err
	})})
	c := dial(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	if err := <-got; err == nil {
		t.Error("a body that stalled was read without an error")
	}
	c.Close()
	c = dial(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := range 10 { // half a second in all: five times what one stall may take
		<-tick.C
		if _, err := fmt.Fprintf(c, "%d", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-got; err != nil {
		t.Errorf("a body that moved: %v", err)
	}
}

func TestABodyThatTricklesIsGivenUp(t *testing.T) {
	got := make(chan error, 1)
	addr, _ := serve(t, httpserver.Config{Stall: 100 * time.Millisecond, MinRate: 1 << 20, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		got <- err
	})})
	c := dial(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		select {
		case err := <-got:
			if err == nil {
				t.Error("a body that trickled was read without an error")
			}
			return
		case <-tick.C:
			_, _ = io.WriteString(c, "x")
		}
	}
	t.Error("a body of 50 bytes a second is still read after 4 s")
	c.Close()
	<-got
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	got := make(chan error, 1)
	addr, _ := serve(t, httpserver.Config{Stall: 100 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 1<<20)
		for {
			if _, err := w.Write(chunk); err != nil {
				got <- err
				return
			}
		}
	})})
	dial(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case <-got:
	case <-time.After(10 * time.Second):
		t.Fatal("the server still writes to a client that does not read")
	}
}

func TestStoppingFinishesWhatIsInFlightAndEndsWhatFollows(t *testing.T) {
	begun, finish := make(chan struct{}, 2), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-finish
		if err := r.Context().Err(); err != nil {
			t.Errorf("an ordinary request's context ended with the server: %v", err)
		}
		io.WriteString(w, "done")
	})
	mux.HandleFunc("/follow", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := httpserver.Following(r.Context())
		defer cancel()
		http.NewResponseController(w).Flush()
		begun <- struct{}{}
		<-ctx.Done()
		close(finish)
	})
	addr, stop := serve(t, httpserver.Config{Handler: mux})
	work := dial(t, addr, "GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	dial(t, addr, "GET /follow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-begun
	<-begun
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(work), nil)
	if err != nil {
		t.Fatalf("the request in flight was not answered: %v", err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); string(b) != "done" {
		t.Errorf("answer = %q, want done", b)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("a stopped server still accepts")
	}
}

func TestConnectionsBeyondTheLimitWait(t *testing.T) {
	addr, _ := serve(t, httpserver.Config{Connections: 1, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hi") })})
	const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	first := dial(t, addr, get)
	if _, err := bufio.NewReader(first).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	second := dial(t, addr, get)
	_ = second.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	var timeout net.Error
	if _, err := second.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("the second connection is served beside the first: %v", err)
	}
	first.Close()
	_ = second.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := second.Read(make([]byte, 1)); err != nil {
		t.Errorf("the second connection is not served after the first: %v", err)
	}
}

func TestAdminTellsWhatIsNotReady(t *testing.T) {
	broken := errors.New("the broker is away")
	h := httpserver.Admin(httpserver.AdminConfig{
		Ready: []httpserver.Check{{Name: "bus", Do: func(context.Context) error { return broken }}, {Name: "blob", Do: func(context.Context) error { return nil }}},
	})
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/livez": {200, "ok"}, "/startupz": {200, "ok"}, "/readyz": {503, "[-] bus: the broker is away"}, "/readyz?verbose": {503, "[+] blob"}, "/metrics": {404, ""}, "/debug/pprof/cmdline": {200, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.text) {
			t.Errorf("GET %s = %d %q, want %d with %q", path, w.Code, w.Body, want.status, want.text)
		}
	}
}

// Whoever was let in right before the end, and whose request comes right after it, is answered.
func TestANewcomerIsAnsweredWhenTheServerStops(t *testing.T) {
	addr, stop := serve(t, httpserver.Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })})
	c := dial(t, addr, "")
	other := dial(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if _, err := io.ReadAll(other); err != nil { // by then the first is let in too
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	late := time.NewTimer(100 * time.Millisecond)
	<-late.C
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v; want an answer", res, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}

// Whoever the kernel has let in, but nobody has greeted yet when the server is told to stop, is answered, too.
func TestWhoWaitsInTheQueueIsAnsweredWhenTheServerStops(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	addr, stop := serve(t, httpserver.Config{Connections: 1, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			close(inside)
			<-goOn
		}
	})})
	dial(t, addr, "GET /first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	<-inside
	c := dial(t, addr, "GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	late := time.NewTimer(100 * time.Millisecond)
	<-late.C
	close(goOn)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v; want an answer", res, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("after the end: a connection, want none")
	}
}
