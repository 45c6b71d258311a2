package ingest_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/internal/trace/tracetest"
)

// Two traceparents that callers give.
var (
	traceA = strings.Repeat("a", 32)
	traceB = strings.Repeat("b", 32)
	fromA  = "00-" + traceA + "-00f067aa0ba902b7-01"
	fromB  = "00-" + traceB + "-00f067aa0ba902b8-01"
)

// opened returns the traceparents of the requests that are stored, by reference.
func (r *rig) opened() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for _, in := range r.inputs() {
		if v, ok := in.Event.Data.(events.VerificationOpened); ok {
			all[v.Reference] = in.Event.TraceParent
		}
	}
	return all
}

func referring(reference string) string {
	return strings.Replace(minimal, `{"flow"`, `{"reference":"`+reference+`","flow"`, 1)
}

// hand hands in requests in every way in which a caller can name a trace.
func (r *rig) hand(publish func(subject, body string, headers ...string)) {
	r.t.Helper()
	publish("bonafide.requests.acme", referring("nats"), append(ce("t-1"), "ce-traceparent", fromA)...)
	publish("bonafide.requests.acme", `{"flow":"none"}`, append(ce("t-2"), "ce-traceparent", fromB)...)
	r.want(http.StatusAccepted, r.call("POST", "/v1/verifications", acme, referring("post"), "Traceparent", fromA))
	r.want(http.StatusAccepted, r.call("POST", "/v1/events", acme, referring("event"), append(ce("t-3"), "Ce-Traceparent", fromA, "Traceparent", fromB)...))
	r.want(http.StatusAccepted, r.call("POST", "/v1/events", acme, referring("untold"), append(ce("t-4"), "Traceparent", fromB)...))
	r.eventually("all are stored", func() bool { return len(r.opened()) == 4 })
}

func TestWithoutTracesOfOursTheCallersIsHandedOn(t *testing.T) {
	server := bustest.Run(t)
	r := newRigOn(t, server, nil)
	js := upstream(t, server)
	r.hand(func(subject, body string, headers ...string) { publish(t, js, subject, body, headers...) })
	for reference, want := range map[string]string{"nats": fromA, "post": fromA, "event": fromA, "untold": fromB} {
		if got := r.opened()[reference]; got != want {
			t.Errorf("%s: the request is stored with the traceparent %q, want the caller's, %q", reference, got, want)
		}
	}
}

// However a request comes, a span continues the trace that it names, and what is stored continues the span.
func TestARequestsSpanStandsBetweenItsCallerAndWhatIsStored(t *testing.T) {
	c := tracetest.New(t)
	tracer, err := trace.Open(trace.Config{All: trace.OTLP{Endpoint: c.URL}, Batch: trace.Batch{Delay: "20"}}, "ingest", slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tracer.Close)
	server := bustest.Run(t)
	r := newRigOn(t, server, func(cfg *ingest.Config) { cfg.Tracer = tracer })
	js := upstream(t, server)
	r.hand(func(subject, body string, headers ...string) { publish(t, js, subject, body, headers...) })
	r.eventually("six spans", func() bool { return len(c.Spans()) >= 6 })
	for _, want := range []struct{ reference, trace, span, outcome, link string }{
		{"nats", traceA, "request", "opened", ""},
		{"post", traceA, "POST /v1/verifications", "", ""},
		{"event", traceA, "request", "", traceB},
		{"untold", traceB, "POST /v1/events", "", ""},
	} {
		said := strings.Split(r.opened()[want.reference]+"----", "-")
		i := slices.IndexFunc(c.Spans(), func(s tracetest.Span) bool { return s.ID == said[2] })
		if said[1] != want.trace || i < 0 {
			t.Errorf("%s: what is stored continues %v, want a span in %s; got %v", want.reference, said, want.trace, c.Spans())
			continue
		}
		s := c.Spans()[i]
		if s.Name != want.span || !strings.HasPrefix(s.Parent, "00f067aa0ba902b") || s.Says["bonafide.outcome"] != want.outcome || strings.Join(s.Links, "") != want.link ||
			!events.ValidID(s.Says["bonafide.verification"]) {
			t.Errorf("%s: got %+v, want the span %q below the caller's, outcome %q, linked to %q", want.reference, s, want.span, want.outcome, want.link)
		}
	}
	if !slices.ContainsFunc(c.Spans(), func(s tracetest.Span) bool {
		return s.Trace == traceB && s.Name == "request" && s.Says["bonafide.outcome"] == "rejected"
	}) {
		t.Errorf("got %v, want a span of what was rejected", c.Spans())
	}
}
