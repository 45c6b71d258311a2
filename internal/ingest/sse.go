package ingest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/internal/httpserver"
)

// keepAlive is how often a quiet event stream says that it is there.
const keepAlive = 15 * time.Second

// wantsEvents reports whether a client asks for server-sent events.
func wantsEvents(r *http.Request) bool {
	for _, v := range r.Header.Values("Accept") {
		if strings.Contains(strings.ToLower(v), "text/event-stream") {
			return true
		}
	}
	return false
}

// eventStream writes server-sent events. It is safe for concurrent use.
type eventStream struct {
	mu  sync.Mutex
	w   http.ResponseWriter
	c   *http.ResponseController
	buf bytes.Buffer
}

// send writes one event. Data is one line of JSON.
func (e *eventStream) send(id, name string, data []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf.Reset()
	if id != "" {
		e.buf.WriteString("id: " + id + "\n")
	}
	e.buf.WriteString("event: " + name + "\ndata: ")
	e.buf.Write(data)
	e.buf.WriteString("\n\n")
	return e.flush()
}

func (e *eventStream) comment(text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf.Reset()
	e.buf.WriteString(": " + text + "\n\n")
	return e.flush()
}

func (e *eventStream) flush() error {
	if _, err := e.w.Write(e.buf.Bytes()); err != nil {
		return err
	}
	return e.c.Flush()
}

// streamEvents answers with events until the client leaves, the server stops or from fails. From must return when its
// context ends.
func (s *Service) streamEvents(c *call, from func(context.Context, *eventStream) error) error {
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)
	ctx, cancel := httpserver.Following(c.Context())
	defer cancel()
	e := &eventStream{w: c.w, c: http.NewResponseController(c.w)}
	if err := e.comment("here it comes"); err != nil {
		return nil // the client has gone
	}
	s.metrics.followers.Inc()
	defer s.metrics.followers.Dec()
	var beating sync.WaitGroup
	beating.Go(func() {
		t := time.NewTicker(keepAlive)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if e.comment("still here") != nil {
					cancel()
					return
				}
			}
		}
	})
	err := from(ctx, e)
	cancel()
	beating.Wait()
	if err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Log.Info("an event stream ended", "cause", err)
	}
	return nil
}
