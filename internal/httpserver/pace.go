package httpserver

import (
	"io"
	"net/http"
	"os"
	"time"
)

// pace gives every request deadlines that move with it: a body must bring something within stall and minRate bytes a
// second on average; a Write must be taken within stall. A big upload over a slow line is served, a client that holds a
// connection for nothing is not.
func pace(next http.Handler, stall time.Duration, minRate int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			_ = c.SetReadDeadline(time.Now().Add(stall)) // so that also a body that nobody reads is given up
			r.Body = &pacedBody{ReadCloser: r.Body, c: c, stall: stall, rate: minRate, begun: time.Now()}
		}
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, c: c, stall: stall}, r)
		_ = c.SetWriteDeadline(time.Now().Add(stall)) // of what is still in buffers
	})
}

type pacedBody struct {
	io.ReadCloser
	c     *http.ResponseController
	stall time.Duration
	rate  int
	begun time.Time
	set   time.Time
	n     int64
}

// Read returns os.ErrDeadlineExceeded when the client is too slow.
func (b *pacedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if since := now.Sub(b.begun); since > b.stall && float64(b.n) < (since-b.stall).Seconds()*float64(b.rate) {
		return 0, os.ErrDeadlineExceeded
	}
	if now.Sub(b.set) > b.stall/8 { // not at every read: it costs a timer
		_ = b.c.SetReadDeadline(now.Add(b.stall))
		b.set = now
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if err == io.EOF {
		_ = b.c.SetReadDeadline(time.Time{}) // what comes next on this connection has deadlines of its own
	}
	return n, err
}

type pacedWriter struct {
	http.ResponseWriter
	c     *http.ResponseController
	stall time.Duration
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.c.SetWriteDeadline(time.Now().Add(w.stall))
	return w.ResponseWriter.Write(p)
}

// FlushError sends what is buffered.
func (w *pacedWriter) FlushError() error {
	_ = w.c.SetWriteDeadline(time.Now().Add(w.stall))
	return w.c.Flush()
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
