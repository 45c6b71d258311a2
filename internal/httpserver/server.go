// Package httpserver is the one HTTP server of every process: bounded in time and size, patient with big uploads that
// move, impatient with clients that do not, and quiet when it stops. Admin is what an operator asks a process.
package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Config says where a server listens and how patient it is. Zero durations and sizes have good values.
type Config struct {
	Addr    string // host:port; port 0 is a free one
	Handler http.Handler
	Log     *slog.Logger

	HeaderTimeout time.Duration // for a request's header; 5 s
	IdleTimeout   time.Duration // of a kept connection without a request; 2 min
	Stall         time.Duration // a body or an answer that does not move for so long is given up; 10 s
	MinRate       int           // bytes a second that a body must bring on average after Stall; 8 KiB
	StopTimeout   time.Duration // how long requests in flight may take when the server stops; 15 s
	HeaderBytes   int           // of a request's header; 32 KiB
	Connections   int           // at once; further ones wait to be accepted; 10 000
}

func (c Config) withDefaults() Config {
	c.HeaderTimeout = or(c.HeaderTimeout, 5*time.Second)
	c.IdleTimeout = or(c.IdleTimeout, 2*time.Minute)
	c.Stall = or(c.Stall, 10*time.Second)
	c.MinRate = or(c.MinRate, 8<<10)
	c.StopTimeout = or(c.StopTimeout, 15*time.Second)
	c.HeaderBytes = or(c.HeaderBytes, 32<<10)
	c.Connections = or(c.Connections, 10_000)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Server is one listening HTTP server.
type Server struct {
	cfg  Config
	ln   *limited
	met  newcomers
	http *http.Server
	stop context.CancelFunc // ends the contexts of requests that follow something
}

// Listen binds the address at once, so that a wrong one is an error here and the port is known before Run. The caller
// must call Run or Close.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "http.listen", err)
	}
	base, stop := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, ln: limit(ln.(*net.TCPListener), cfg.Connections), stop: stop}
	s.http = &http.Server{
		Handler:           pace(cfg.Handler, cfg.Stall, cfg.MinRate),
		ReadHeaderTimeout: cfg.HeaderTimeout,
		IdleTimeout:       cfg.IdleTimeout,
		MaxHeaderBytes:    cfg.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return withStopping(base) },
		ConnState:         s.met.note,
	}
	return s, nil
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Run serves until ctx ends, then stops: whoever has been let in and has not said anything yet is waited for (a second at most),
// there are no new ones, the contexts of Following requests end, and requests in flight finish within StopTimeout. It returns nil
// after an orderly stop. Run may be called once.
func (s *Server) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.ln) }()
	select {
	case err := <-served:
		s.stop()
		return fault.Wrap(fault.Unknown, "http.serve", err)
	case <-ctx.Done():
	}
	s.ln.finish()
	patience := time.AfterFunc(drainPatience, func() { _ = s.ln.Close() })
	<-served
	patience.Stop()
	s.met.await()
	s.stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.StopTimeout)
	defer cancel()
	if err := s.http.Shutdown(grace); err != nil {
		return errors.Join(fault.Wrap(fault.Stopping, "http.stop", err), s.http.Close())
	}
	return nil
}

// Close closes the listener of a server that will not Run.
func (s *Server) Close() error {
	s.stop()
	return s.ln.Close()
}

type stoppingKey struct{}

// withStopping marks base as the context that ends when the server begins to stop, and returns one that does not end
// then: an ordinary request may finish.
func withStopping(base context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(base), stoppingKey{}, base)
}

// Following returns a context for a request that would never end by itself, such as an event stream: it ends with the
// request and as soon as the server begins to stop. Outside a Server it is the request's own.
func Following(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(ctx)
	base, ok := ctx.Value(stoppingKey{}).(context.Context)
	if !ok {
		return out, cancel
	}
	undo := context.AfterFunc(base, cancel)
	return out, func() { undo(); cancel() }
}
