package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// Reply is what upstream gets: an answer, or why there is none.
type Reply struct {
	Status int
	ID     string // with a 202
	Header http.Header
	Body   []byte
	Err    error
}

// Post hands in a request over a connection of its own.
func (w *World) Post(r events.VerificationRequested, key string) Reply {
	body, err := json.Marshal(r)
	if err != nil {
		return Reply{Err: err}
	}
	return w.Call(http.MethodPost, "/v1/verifications", body, "Content-Type", "application/json", "Idempotency-Key", key)
}

// Call makes one request of the API. Headers come as name, value; an empty value is left out.
func (w *World) Call(method, path string, body []byte, headers ...string) Reply {
	req, err := http.NewRequest(method, "http://"+w.API+path, bytes.NewReader(body))
	if err != nil {
		return Reply{Err: err}
	}
	req.Header.Set("Authorization", "Bearer "+Key)
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := strangers.Do(req)
	if err != nil {
		return Reply{Err: err}
	}
	defer res.Body.Close()
	p := Reply{Status: res.StatusCode, Header: res.Header}
	if p.Body, p.Err = io.ReadAll(res.Body); p.Err != nil {
		return Reply{Err: p.Err}
	}
	var answer struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(p.Body, &answer)
	p.ID = answer.ID
	return p
}

// Put publishes a request to NATS and reports whether the broker has it.
func Put(ctx context.Context, b *bus.Bus, id string, r events.VerificationRequested) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := b.PutRequest(ctx, "default", events.Event{ID: id, Source: "/chaos", Time: time.Now(), Data: r})
	return err == nil
}

// flows are what upstream asks for, in turn.
var flows = []string{"sumsub-person", "bive-person"}

// troubles are what vendors do to a request besides answering: webhooks doubled, lost and out of order, errors first, and a
// change of mind.
var troubles = []string{"", "", "+dup", "+lost", "+reversal", "+shuffle", "+error"}

// Upstream hands in requests, alternately through HTTP and NATS, until ctx ends, one every so often.
func (w *World) Upstream(ctx context.Context, b *bus.Bus, prefix string, h *History, every time.Duration) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			wg.Wait()
			return
		case <-tick.C:
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ref := Reference(prefix, n)
			w.handIn(context.WithoutCancel(ctx), b, ref, Somebody(flows[n/2%2], ref, troubles[n%len(troubles)], n), h, n%2 == 0)
		})
	}
}

// How often upstream tries, and how long it waits in between.
const (
	tries    = 60
	tryAgain = 500 * time.Millisecond
)

// handIn hands in one request until it is accepted, under the same name each time, as upstream does: no answer, and 503 as
// well, leave open whether it was stored.
func (w *World) handIn(ctx context.Context, b *bus.Bus, ref string, r events.VerificationRequested, h *History, overNATS bool) {
	began := time.Now()
	for range tries {
		if overNATS {
			if Put(ctx, b, ref, r) {
				h.note(ref, began, true, false)
				return
			}
		} else {
			p := w.Post(r, ref)
			if h.meet(p); p.Status == http.StatusAccepted {
				h.note(ref, began, true, false)
				return
			}
		}
		pause(ctx, tryAgain)
	}
	h.Doubt(ref)
}

// Reference names the n-th request of an upstream; what its vendor does to it is in the name.
func Reference(prefix string, n int) string {
	ref := fmt.Sprint(prefix, "-", n)
	if t := troubles[n%len(troubles)]; t != "" {
		ref += "-" + strings.TrimPrefix(t, "+")
	}
	return ref
}
