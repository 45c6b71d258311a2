package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Sandbox is a vendor's sandbox: an HTTP handler with timers behind it. Close
// ends them; the handler may still be called, but nothing follows any more.
type Sandbox interface {
	http.Handler
	Close()
}

// Server runs a sandbox on an address of this machine.
type Server struct {
	sandbox Sandbox
	http    *http.Server
	url     string
	done    chan struct{}
	once    sync.Once
	err     error

	mu     sync.Mutex
	silent map[net.Conn]struct{} // connections on which nothing was ever asked
}

// Start listens on addr ("127.0.0.1:0" for a free port) and serves the sandbox
// until Close, which also closes the sandbox. When it fails the sandbox is left
// open.
func Start(addr string, s Sandbox) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	srv := &Server{
		sandbox: s,
		http:    &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second},
		url:     "http://" + l.Addr().String(),
		done:    make(chan struct{}),
		silent:  make(map[net.Conn]struct{}),
	}
	srv.http.ConnState = srv.watch
	go func() {
		defer close(srv.done)
		srv.http.Serve(l)
	}()
	return srv, nil
}

// URL returns the base address, without a slash at the end.
func (s *Server) URL() string { return s.url }

// Close closes the sandbox, lets running requests finish until ctx ends, and cuts
// off those that do not. A second call returns what the first one did.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() {
		s.sandbox.Close()
		s.hangUp()
		if s.err = s.http.Shutdown(ctx); s.err != nil {
			s.http.Close()
		}
		<-s.done
	})
	return s.err
}

func (s *Server) watch(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.silent[c] = struct{}{}
	} else {
		delete(s.silent, c)
	}
}

// hangUp closes the connections that clients opened and never used: Shutdown
// alone would wait five seconds for them to ask something.
func (s *Server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.silent {
		c.Close()
	}
}
