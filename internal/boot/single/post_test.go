package single_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// letter is a webhook on its way.
type letter struct {
	path   string
	header http.Header
	body   []byte
}

// post stands between the vendors and ingest and brings webhooks as told. The vendor is always answered 200, so that it does
// not try again.
type post struct {
	t         testing.TB
	disorder  string // in order, doubled, shuffled, late, lost, early
	to        string // where ingest is; set before any vendor is asked for anything
	delivered atomic.Int64
	refused   atomic.Int64

	mu     sync.Mutex
	held   []letter
	waiter *time.Timer
	calls  map[string]int // to vendors, by method and path
	news   chan struct{}  // closed and renewed when a webhook has been delivered
}

func newPost(t testing.TB, disorder string) *post {
	return &post{t: t, disorder: disorder, news: make(chan struct{})}
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	l := letter{r.URL.Path, r.Header.Clone(), body}
	switch p.disorder {
	case "doubled":
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { p.deliver(l) })
		}
		both.Wait()
	case "shuffled":
		p.swap(l)
	case "late":
		p.mu.Lock()
		p.held = append(p.held, l)
		p.mu.Unlock()
	case "lost":
	default:
		p.deliver(l)
	}
}

// swap brings a letter after the one that follows it, or after a while when none does.
func (p *post) swap(l letter) {
	p.mu.Lock()
	if p.waiter != nil {
		p.waiter.Stop()
	}
	before := p.held
	p.held = nil
	if len(before) == 0 {
		p.held = []letter{l}
		p.waiter = time.AfterFunc(300*time.Millisecond, p.deliverAll)
	}
	p.mu.Unlock()
	if len(before) > 0 {
		p.deliver(l)
	}
	for _, b := range before {
		p.deliver(b)
	}
}

// deliverAll brings what is held, the newest first.
func (p *post) deliverAll() {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	for i := len(held) - 1; i >= 0; i-- {
		p.deliver(held[i])
	}
}

func (p *post) deliver(l letter) {
	req, err := http.NewRequest(http.MethodPost, p.to+l.path, bytes.NewReader(l.body))
	if err != nil {
		p.t.Errorf("webhook: %v", err)
		return
	}
	req.Header = l.header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.refused.Add(1)
		return
	}
	res.Body.Close()
	if res.StatusCode/100 != 2 {
		p.refused.Add(1)
	}
	p.delivered.Add(1)
	p.mu.Lock()
	close(p.news)
	p.news = make(chan struct{})
	p.mu.Unlock()
}

// behind returns the address of a vendor that is the one at url; where webhooks come early, its answer to what changes
// something waits for the next webhook. Some changes cause none, so it does not wait for ever.
func (p *post) behind(at string) string {
	to, err := url.Parse(at)
	if err != nil {
		p.t.Fatal(err)
	}
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(res *http.Response) error {
			p.mu.Lock()
			if p.calls == nil {
				p.calls = map[string]int{}
			}
			p.calls[res.Request.Method+" "+res.Request.URL.Path]++
			p.mu.Unlock()
			if p.disorder != "early" || res.Request.Method == http.MethodGet {
				return nil
			}
			p.mu.Lock()
			news := p.news
			p.mu.Unlock()
			select {
			case <-news:
			case <-time.After(500 * time.Millisecond):
			case <-res.Request.Context().Done():
			}
			return nil
		},
	})
	p.t.Cleanup(s.Close)
	return s.URL
}

// called returns how often vendors were called so.
func (p *post) called(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[call]
}
