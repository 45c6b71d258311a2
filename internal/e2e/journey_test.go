//go:build unix

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/chaos"
)

// These are what a newcomer types: nothing of ours has written them.
const (
	typedForHTTP = `{"flow":"bive-person","reference":"over-http","subject":{"type":"person","person":{
  "name":{"firstName":"Jan","lastName":"Kowalski"},"contact":{"email":"jan@example.test"}}}}`
	typedForNATS = `{"flow":"bive-person","reference":"over-nats","subject":{"type":"person","person":{
  "name":{"firstName":"Ana","lastName":"Reyes"},"contact":{"email":"ana+reject@example.test"}}}}`
)

// message is what a downstream program of somebody else's reads.
type message struct {
	subject, event string
	view           struct {
		ID        string `json:"id"`
		Reference string `json:"reference"`
		Status    string `json:"status"`
		Decision  struct {
			Revision   int     `json:"revision"`
			Result     string  `json:"result"`
			Confidence float64 `json:"confidence"`
			Reasoning  string  `json:"reasoning"`
		} `json:"decision"`
	}
}

// reader is a durable consumer of RESULTS, from the start. It is asked to begin again in the middle.
type reader struct {
	mu  sync.Mutex
	got []message
	bad []string
}

func (r *reader) start(t *testing.T, js jetstream.JetStream) (stop func()) {
	t.Helper()
	c, err := js.CreateOrUpdateConsumer(t.Context(), "RESULTS", jetstream.ConsumerConfig{Durable: "crm", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: "bonafide.results.default.>"})
	if err != nil {
		t.Fatal(err)
	}
	reading, err := c.Consume(func(m jetstream.Msg) {
		var got message
		err := json.Unmarshal(m.Data(), &got.view)
		got.subject, got.event = m.Subject(), m.Headers().Get("ce-id")
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || m.Headers().Get("ce-specversion") != "1.0" || m.Headers().Get("ce-subject") != got.view.ID {
			r.bad = append(r.bad, fmt.Sprintf("%s %v %s (%v)", m.Subject(), m.Headers(), m.Data(), err))
		}
		if m.DoubleAck(context.Background()) == nil {
			r.got = append(r.got, got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		reading.Stop()
		<-reading.Closed()
	}
}

// decided returns the decisions about a reference.
func (r *reader) decided(reference string) []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []message
	for _, m := range r.got {
		if m.view.Reference == reference && !strings.HasSuffix(m.subject, ".action") {
			out = append(out, m)
		}
	}
	return out
}

func TestARequestOverHTTPAndOneOverNATSAreDecidedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	js, downstream := w.stranger(), &reader{}
	stop := downstream.start(t, js)
	p := w.Call(http.MethodPost, "/v1/verifications", []byte(typedForHTTP), "Content-Type", "application/json")
	if p.Status != http.StatusAccepted || p.Header.Get("Location") != "/v1/verifications/"+p.ID || !strings.HasPrefix(p.ID, "vrf_") {
		t.Fatalf("POST answered %d, Location %q, %s (%v); want 202 and where it is", p.Status, p.Header.Get("Location"), p.Body, p.Err)
	}
	if err := publish(t.Context(), js, "bonafide.requests.default", "order-1", []byte(typedForNATS)); err != nil {
		t.Fatal(err)
	}
	w.await("the first is decided", time.Minute, func() bool { return len(downstream.decided("over-http")) > 0 })
	stop() // a downstream program may restart: its consumer is durable
	if err := publish(t.Context(), js, "bonafide.requests.default", "order-1", []byte(typedForNATS)); err != nil {
		t.Fatal(err) // the same event once more is the same verification
	}
	defer downstream.start(t, js)()
	w.await("the second is decided", time.Minute, func() bool { return len(downstream.decided("over-nats")) > 0 })

	last := w.Post(chaos.Somebody("sumsub-person", "last", "", 1), "last")
	w.await("what came after is decided too", time.Minute, func() bool { return len(downstream.decided("last")) > 0 })
	for reference, want := range map[string]string{"over-http": "true", "over-nats": "false", "last": "true"} {
		got := downstream.decided(reference)
		if len(got) != 1 {
			t.Errorf("%s: %d messages, want exactly one: %+v", reference, len(got), got)
			continue
		}
		v, flow := got[0].view, map[bool]string{true: "sumsub-person", false: "bive-person"}[reference == "last"]
		if subject := "bonafide.results.default." + flow + "." + want; got[0].subject != subject || v.Decision.Result != want || v.Decision.Revision != 1 || v.Status != "completed" || v.Decision.Confidence < 95 || v.Decision.Reasoning == "" {
			t.Errorf("%s: %+v, want revision 1 on %s, explained, with confidence of at least 95", reference, got[0], subject)
		}
	}
	if got := downstream.decided("over-http"); len(got) == 1 && got[0].view.ID != p.ID {
		t.Errorf("the decision is about %s, want %s", got[0].view.ID, p.ID)
	}
	for _, bad := range downstream.bad {
		t.Errorf("no CloudEvent about a verification: %s", bad)
	}
	if v := w.Call(http.MethodGet, "/v1/verifications/"+last.ID, nil); v.Status != http.StatusOK || !strings.Contains(string(v.Body), `"result":"true"`) {
		t.Errorf("GET answered %d %s (%v), want the decision", v.Status, v.Body, v.Err)
	}
}
