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

// familyEvery is how often upstream asks for a family. It shares no divisor with how many troubles and ways of asking there are, so
// that families meet all of them.
const familyEvery = 15

// flows are what upstream asks for besides, in turn.
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
			trouble := troubles[n%len(troubles)]
			r := Somebody(flows[n/2%len(flows)], ref, trouble, n)
			if n%familyEvery == 0 {
				r = Relatives(ref, trouble, n)
			}
			w.handIn(context.WithoutCancel(ctx), b, ref, r, h, n%2 == 0)
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
	note := func(accepted, unsure bool) {
		for _, ref := range everybody(r) {
			h.note(ref, began, accepted, unsure)
		}
	}
	for range tries {
		if overNATS {
			if Put(ctx, b, ref, r) {
				note(true, false)
				return
			}
		} else {
			p := w.Post(r, ref)
			if h.meet(p); p.Status == http.StatusAccepted {
				note(true, false)
				return
			}
		}
		pause(ctx, tryAgain)
	}
	note(false, true)
}

// Reference names the n-th request of an upstream; what its vendor does to it is in the name.
func Reference(prefix string, n int) string {
	return fmt.Sprint(prefix, "-", n) + suffix(troubles[n%len(troubles)])
}

// suffix is how a trouble stands at the end of a reference.
func suffix(trouble string) string { return strings.Replace(trouble, "+", "-", 1) }
