package providertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// fault is how the vendor misbehaves.
type fault struct {
	name  string
	serve func(p *proxy, w http.ResponseWriter, r *http.Request)
}

// proxy passes requests on and lets one of them meet a fault.
type proxy struct {
	vendor  http.Handler
	gone    chan struct{} // closed at the end: lets go of what hangs
	written atomic.Int64  // bytes of an endless answer

	mu      sync.Mutex
	seen    []*http.Request // without bodies
	at      int             // the request that meets the fault, from 1; 0: none
	fault   *fault
	arrived chan struct{} // closed when the fault was met
}

// arm lets the n-th request from now meet f.
func (p *proxy) arm(n int, f *fault) (arrived <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.at, p.fault, p.arrived = nil, n, f, make(chan struct{})
	return p.arrived
}

// requests returns the requests since arm.
func (p *proxy) requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*http.Request(nil), p.seen...)
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Clone(r.Context()))
	hit := p.at != 0 && len(p.seen) == p.at
	f, arrived := p.fault, p.arrived
	p.mu.Unlock()
	if !hit {
		p.vendor.ServeHTTP(w, r)
		return
	}
	if f.name != "cut" && f.name != "late" { // what the vendor never hears of is read here, so that leaving is noticed
		io.Copy(io.Discard, r.Body)
	}
	close(arrived)
	f.serve(p, w, r)
}

// status answers with a status, and with a body that nobody may repeat.
func status(code int, retryAfter string) *fault {
	return &fault{fmt.Sprintf("status %d", code), func(_ *proxy, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"error":"<html>%s","description":"%s","code":%d}`, Canary, Canary, code)
	}}
}

// body answers 200 with something.
func body(name, mediaType, text string) *fault {
	return &fault{name, func(_ *proxy, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		io.WriteString(w, text)
	}}
}

var (
	hang = &fault{"hang", func(p *proxy, w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-p.gone:
		}
	}}
	trickle = &fault{"trickle", func(p *proxy, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			case <-p.gone:
				return
			}
		}
	}}
	// cut lets the vendor do it and loses the answer.
	cut = &fault{"cut", func(p *proxy, w http.ResponseWriter, r *http.Request) {
		p.vendor.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}}
	// late lets the vendor do it and breaks off in the middle of the answer.
	late = &fault{"late", func(p *proxy, w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		p.vendor.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()+10))
		w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}}
	endless  = &fault{"100 MB", func(p *proxy, w http.ResponseWriter, r *http.Request) { flood(p, w, false) }}
	declared = &fault{"100 MB, declared", func(p *proxy, w http.ResponseWriter, r *http.Request) { flood(p, w, true) }}
	redirect = &fault{"redirect", func(p *proxy, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}}
)

const huge = 100 << 20

func flood(p *proxy, w http.ResponseWriter, declare bool) {
	w.Header().Set("Content-Type", "application/json")
	if declare {
		w.Header().Set("Content-Length", fmt.Sprint(huge))
	}
	chunk := []byte(strings.Repeat(" ", 32<<10))
	for range huge / len(chunk) {
		n, err := w.Write(chunk)
		p.written.Add(int64(n))
		if err != nil {
			return
		}
	}
}
