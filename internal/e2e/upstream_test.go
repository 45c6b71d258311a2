//go:build unix

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// history is what upstream knows: references that were accepted, and those it cannot know about.
type history struct {
	mu       sync.Mutex
	accepted map[string]bool
	unsure   map[string]bool
	refused  int
	retry    int // refusals that said when to come again
	closed   int // connections that were refused
	broken   []error
}

// troubles are what vendors do to a request besides answering: webhooks doubled, lost and out of order, and errors first.
var troubles = []string{"", "", "+dup", "+lost", "", "+shuffle", "+error"}

// upstream hands in requests, alternately through HTTP and NATS, until ctx ends, one every so often. Half are Sumsub's, half Bive's.
func (w *world) upstream(ctx context.Context, prefix string, h *history, every time.Duration) {
	b := w.connect()
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ref := fmt.Sprintf("%s-%d", prefix, n)
			flow := []string{"sumsub-person", "bive-person"}[n/2%2]
			r := ask(flow, ref, "Ana", fmt.Sprintf("Reyes%s%d", prefix, n), ref+troubles[n%len(troubles)]+"@example.test", n)
			if n%2 == 0 {
				h.note(ref, put(context.WithoutCancel(ctx), b, ref, r), true)
				return
			}
			p := w.post(r, ref)
			h.note(ref, p.status == http.StatusAccepted, p.err != nil)
			h.meet(p)
			if p.err == nil && p.status != http.StatusAccepted && p.status != http.StatusServiceUnavailable {
				w.t.Errorf("POST answered %d, want 202 or 503: %s", p.status, p.body)
			}
		})
	}
	wg.Wait()
}

func (h *history) note(ref string, accepted, unsure bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if accepted {
		h.accepted[ref] = true
	} else if unsure {
		h.unsure[ref] = true
	}
}

// meet counts what upstream met besides acceptance.
func (h *history) meet(p reply) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case p.err != nil && errors.Is(p.err, syscall.ECONNREFUSED):
		h.closed++
	case p.err != nil:
		h.broken = append(h.broken, p.err)
	case p.status == http.StatusServiceUnavailable:
		h.refused++
		if p.header.Get("Retry-After") != "" {
			h.retry++
		}
	}
}

func newHistory() *history { return &history{accepted: map[string]bool{}, unsure: map[string]bool{}} }
