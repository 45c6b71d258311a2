package single_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/trace/tracetest"
)

const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	callerSpan  = "b7ad6b7169203331"
	caller      = "00-" + callerTrace + "-" + callerSpan + "-01"
)

// canaries are the person's of the traced request, each written as nothing else is.
var canaries = []string{"Quenilda", "Zwartkopje", "1987-05-29", "zwartkopje", "600700811", "Vuurtorenpad", "PL83101010230000261395100000", "private-remark"}

const tracedRequest = `{"flow": "bive-person", "reference": "private-remark", "subject": {"type": "person", "person": {
	"name": {"firstName": "Quenilda", "lastName": "Zwartkopje"}, "info": {"birthDate": "1987-05-29", "nationality": "PL"},
	"ids": {"accounts": [{"accountId": "PL83101010230000261395100000", "currency": "PLN"}]},
	"address": {"addressLine": "Vuurtorenpad 4", "city": "Gdynia", "postalCode": "81-001", "country": "PL"},
	"contact": {"email": "zwartkopje@example.test", "phone": "+48600700811"}}}}`

// traced is a world whose traces are collected.
func traced(t *testing.T, disorder string, settings map[string]string) (*world, *tracetest.Collector) {
	t.Helper()
	c := tracetest.New(t)
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_BSP_SCHEDULE_DELAY": "50"}
	for k, v := range settings {
		env[k] = v
	}
	return newWorldOf(t, disorder, env), c
}

// hand hands in a request as somebody who traces does, and returns its id.
func (w *world) hand(body string) string {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.sys.URL()+"/v1/verifications", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.sys.Key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Traceparent", caller)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		ID string `json:"id"`
	}
	if err := json.UnmarshalRead(res.Body, &got); err != nil || res.StatusCode != http.StatusAccepted {
		w.t.Fatalf("the traced request: status %d, %v", res.StatusCode, err)
	}
	return got.ID
}

// tree is the spans of one trace.
type tree []tracetest.Span

func treeOf(c *tracetest.Collector, trace string) (of tree) {
	for _, s := range c.Spans() {
		if s.Trace == trace {
			of = append(of, s)
		}
	}
	return of
}

// named returns the spans of a name.
func (t tree) named(name string) (all tree) {
	for _, s := range t {
		if s.Name == name {
			all = append(all, s)
		}
	}
	return all
}

// above returns the name of a span's parent in the trace; "" for none.
func (t tree) above(s tracetest.Span) string {
	for _, p := range t {
		if p.ID == s.Parent {
			return p.Name
		}
	}
	return ""
}

// What a caller has traced goes on through all services up to the decision, in one trace, and nothing of the person is in it.
func TestOneTraceLeadsFromTheRequestToTheDecision(t *testing.T) {
	w, c := traced(t, "lost", nil) // no webhook comes: timers ask, and belong to the request
	id := w.hand(tracedRequest)
	var of tree
	w.await("the decision is in the trace", func() bool { of = treeOf(c, callerTrace); return len(of.named("decide")) > 0 })
	for _, want := range []struct{ name, kind, above, say, word string }{
		{"POST /v1/verifications", "server", "", "http.response.status_code", "int_value:202"},
		{"task bive", "consumer", "POST /v1/verifications", "bonafide.verification", id},
		{"bive send", "client", "task bive", "bonafide.provider", "bive"},
		{"bive poll", "client", "task bive", "bonafide.provider", "bive"},
		{"decide", "internal", "task bive", "bonafide.result", "true"},
	} {
		spans := of.named(want.name)
		if len(spans) == 0 {
			t.Errorf("no span %q in the trace, got %v", want.name, of)
			continue
		}
		s := spans[0]
		if above := of.above(s); above != want.above || s.Kind != want.kind || s.Says[want.say] != want.word || s.Failed {
			t.Errorf("span %q: got %s below %q, %s %q, failed %v; want %s below %q, %q, not failed", s.Name, s.Kind, above, want.say, s.Says[want.say], s.Failed,
				want.kind, want.above, want.word)
		}
		if s.Name == "POST /v1/verifications" && s.Parent != callerSpan {
			t.Errorf("the request's span has the parent %q, want the caller's, %q", s.Parent, callerSpan)
		}
	}
	if s := of.named("resolve"); len(s) == 0 || of.above(s[0]) != "POST /v1/verifications" {
		t.Errorf("resolving the request: got %v, want a span below that of the request", s)
	}
	clean(t, c)
	b, err := bus.Connect(t.Context(), w.sys.Broker(), "replay")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(t.Context()) }()
	recording, err := replay.Live(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if report, err := replay.Run(t.Context(), recording); err != nil || !report.Same || report.Decisions == 0 {
		t.Errorf("replayed by who does not trace: got %+v, %v, want every byte the same", report, err)
	}
}

const lateYAML = `flow: late-person
subject: person
deadline: 2s
checks:
  identity:
    components: [document, name]
    providers: [bive]
decide:
  require: [document, name]
`

// A decision that no answer has led to, but a deadline, is in the trace of the request too.
func TestADeadlinesDecisionIsInTheTraceOfItsRequest(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "late-person.yaml"), []byte(lateYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	w, c := traced(t, "in order", map[string]string{"FLOWS_DIR": dir, "POLL_INTERVAL": "1h"})
	w.hand(strings.NewReplacer("bive-person", "late-person", "zwartkopje@", "zwartkopje+never@").Replace(tracedRequest))
	var of tree
	w.await("the decision is in the trace", func() bool { of = treeOf(c, callerTrace).named("decide"); return len(of) > 0 })
	if s := of[0]; s.Says["bonafide.result"] != "unknown" || s.Says["bonafide.input"] != events.TypeTimerFired || treeOf(c, callerTrace).above(s) != "POST /v1/verifications" {
		t.Errorf("got %+v, want what a timer has decided below the request", s)
	}
	clean(t, c)
}

// A vendor's webhook belongs to the trace of the request that it is about, whatever the vendor says itself of a trace, and so does
// the decision that it leads to. One that nobody can believe is in a trace of its own.
func TestAWebhookIsInTheTraceOfItsVerification(t *testing.T) {
	w, c := traced(t, "in order", map[string]string{"POLL_INTERVAL": "1h"})
	id := w.hand(tracedRequest)
	var of tree
	w.await("the decision is in the trace", func() bool { of = treeOf(c, callerTrace); return len(of.named("decide")) > 0 })
	const hook = "POST /webhooks/{provider}/{id}"
	hooks := of.named(hook)
	if len(hooks) == 0 || of.above(hooks[0]) != "POST /v1/verifications" || hooks[0].Says["bonafide.verification"] != id {
		t.Fatalf("got %v, want a webhook of %s below its request", hooks, id)
	}
	if tasks := of.named("task bive"); !slices.ContainsFunc(tasks, func(s tracetest.Span) bool { return of.above(s) == hook }) {
		t.Errorf("got tasks %v, want one below the webhook", tasks)
	}
	forged, err := http.NewRequest(http.MethodPost, w.sys.URL()+"/webhooks/bive/"+id, strings.NewReader(`{"who":"Quenilda"}`))
	if err != nil {
		t.Fatal(err)
	}
	forged.Header.Set("Traceparent", "00-"+strings.Repeat("f", 32)+"-"+callerSpan+"-01")
	res, err := http.DefaultClient.Do(forged)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a forged webhook: %v, %v, want 401", res, err)
	}
	res.Body.Close()
	w.await("the forged one is seen", func() bool {
		return slices.ContainsFunc(c.Spans(), func(s tracetest.Span) bool {
			return s.Name == hook && s.Says["http.response.status_code"] == "int_value:401" && s.Parent == "" && s.Trace != callerTrace
		})
	})
	if n := len(treeOf(c, strings.Repeat("f", 32))); n != 0 {
		t.Errorf("%d spans are in the trace that a stranger has named", n)
	}
	clean(t, c)
}

// clean says that nobody is in the traces, and no address.
func clean(t *testing.T, c *tracetest.Collector) {
	t.Helper()
	for _, canary := range canaries {
		if bytes.Contains(c.Bytes(), []byte(canary)) {
			t.Errorf("%q of the person is in the traces", canary)
		}
	}
	for _, s := range c.Spans() {
		for key, value := range s.Says {
			if strings.Contains(value, "://") || strings.Contains(value, "?") || key != "bonafide.verification" && strings.Contains(value, "vrf_") {
				t.Errorf("span %q says %s = %q: an address or an id", s.Name, key, value)
			}
		}
		if strings.Contains(s.Name, "vrf_") || s.Service != "bonafide" {
			t.Errorf("span %q of service %q: want no id in the name, and bonafide", s.Name, s.Service)
		}
	}
}

// A collector that never answers costs no request anything, and the process ends in time.
func TestADeadCollectorNeitherSlowsNorStopsAnything(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then it is seen that the other side is gone
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	var stopping time.Time
	t.Cleanup(func() { // after the world has ended
		if took := time.Since(stopping); took > 15*time.Second {
			t.Errorf("the process took %v to end beside a collector that hangs", took)
		}
	})
	w := newWorldOf(t, "in order", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": silent.URL, "OTEL_BSP_SCHEDULE_DELAY": "1",
		"OTEL_BSP_MAX_QUEUE_SIZE": "4", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1"})
	begun := time.Now()
	for n := range 20 {
		w.ask(vendorCase{flow: "bive-person"}, "", n)
	}
	id := w.hand(tracedRequest)
	w.await("it is decided", func() bool { return w.view(id).Decision != nil })
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("21 verifications took %v beside a collector that hangs", took)
	}
	stopping = time.Now()
}
