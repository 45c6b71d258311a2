package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// trickleGap is the client's time between two bytes of a trickled answer.
const trickleGap = 100 * time.Millisecond

// maxDrain bounds what a fault reads of a request that nobody handles.
const maxDrain = 128 << 20

// misbehave answers a request as a fault says. Closed ends with the stage.
func misbehave(w http.ResponseWriter, r *http.Request, f Fault, vendor http.Handler, fail FailFunc, closed context.Context, cleared <-chan struct{}) {
	var answer buffered
	if f.After || f.Mode == ModeTrickle || f.Mode == ModeTruncate {
		answer = carryOut(vendor, r)
	} else {
		io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain)) // else the server would not notice that the client leaves
	}
	switch f.Mode {
	case ModeStatus, ModeTooMany:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		fail(w, f.Status)
	case ModeHang:
		select {
		case <-r.Context().Done():
		case <-closed.Done():
		case <-cleared:
		}
		panic(http.ErrAbortHandler)
	case ModeTrickle:
		answer.head(w)
		for _, b := range answer.body.Bytes() {
			if _, err := w.Write([]byte{b}); err != nil {
				return
			}
			http.NewResponseController(w).Flush()
			select {
			case <-time.After(trickleGap):
			case <-r.Context().Done():
				return
			case <-closed.Done():
				panic(http.ErrAbortHandler)
			case <-cleared:
				panic(http.ErrAbortHandler)
			}
		}
	case ModeTruncate:
		answer.head(w)
		w.Write(answer.body.Bytes()[:answer.body.Len()/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case ModeGarbage:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "<html>\x00\xff{\"data\":[}")
	case ModeHuge:
		w.Header().Set("Content-Type", "application/json")
		flood(w, f.Bytes)
	}
}

// flood writes a JSON document of n bytes (or a little more) that is one string.
func flood(w io.Writer, n int64) {
	const head, tail = `{"data":"`, `"}`
	chunk := bytes.Repeat([]byte("a"), 64<<10)
	if _, err := io.WriteString(w, head); err != nil {
		return
	}
	for left := n - int64(len(head)+len(tail)); left > 0; left -= int64(len(chunk)) {
		if _, err := w.Write(chunk[:min(left, int64(len(chunk)))]); err != nil {
			return
		}
	}
	io.WriteString(w, tail)
}

// carryOut lets the vendor handle a request and keeps its answer.
func carryOut(vendor http.Handler, r *http.Request) buffered {
	b := buffered{header: http.Header{}, status: http.StatusOK}
	vendor.ServeHTTP(&b, r)
	return b
}

// buffered is an answer that is not sent yet.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) WriteHeader(status int)      { b.status = status }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }

// head sends all but the body, and promises the whole of it.
func (b *buffered) head(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(b.body.Len()))
	w.WriteHeader(b.status)
}
