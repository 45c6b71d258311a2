// Package trace makes spans and sends them by OTLP over HTTP. It alone knows OpenTelemetry.
//
// A nil Tracer makes none, allocates nothing and may be used like any other, so that who is traced has no branches of its own. What
// a span says is our own words and numbers, and at most the id of a verification: nothing of a person, no address, no query, no
// tenant. Sending holds nobody up: what the collector does not take in time is dropped and counted.
package trace

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	api "go.opentelemetry.io/otel/trace"
)

// FlushPatience is how long Close waits for the collector.
const FlushPatience = 3 * time.Second

const scope = "github.com/bonafide-id/bonafide"

// Tracer makes spans. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
	out      *sender
}

// Open returns what makes spans as c says, nil if it says none. It does not connect. Service is the name of the process where the
// environment gives none; a nil reg keeps the count of spans to itself. The caller must Close it. The error names every variable
// that is wrong.
func Open(c Config, service string, log *slog.Logger, reg prometheus.Registerer) (*Tracer, error) {
	if err := c.Validate(); err != nil || !c.On() {
		return nil, err
	}
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	out, err := newSender(s, log, reg)
	if err != nil {
		return nil, err
	}
	own := append([]resource.Option{resource.WithAttributes(semconv.ServiceName(service)), resource.WithTelemetrySDK()}, resource.WithAttributes(s.attributes...))
	if c.Service != "" {
		own = append(own, resource.WithAttributes(semconv.ServiceName(c.Service)))
	}
	of, err := resource.New(context.Background(), own...)
	if err != nil {
		return nil, err
	}
	t := &Tracer{out: out, provider: sdk.NewTracerProvider(sdk.WithResource(of), sdk.WithSampler(s.sampler), sdk.WithSpanProcessor(counter{out.spans.WithLabelValues("made")}), sdk.WithBatcher(out, s.batch...))}
	t.tracer = t.provider.Tracer(scope)
	return t, nil
}

// Close sends the spans that have ended, for no longer than FlushPatience. What ends later is not sent.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), FlushPatience)
	defer cancel()
	if t.provider.Shutdown(ctx) != nil {
		_ = t.out.to.Shutdown(ctx) // gives up what is being sent; the rest is not even tried
		<-t.out.over
	}
	t.out.http.CloseIdleConnections()
}

// sender sends spans and says when that does not work: once, not every time.
type sender struct {
	to      *otlptrace.Exporter
	http    *http.Client
	log     *slog.Logger
	spans   *prometheus.CounterVec
	failing atomic.Bool
	over    chan struct{} // closed when nothing is sent any more
}

func newSender(s settings, log *slog.Logger, reg prometheus.Registerer) (*sender, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.tls
	out := &sender{http: &http.Client{Transport: transport, Timeout: s.timeout}, log: log, over: make(chan struct{}),
		spans: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bonafide_spans_total", Help: "Spans that were made, and what came of those that were handed to the collector."}, []string{"outcome"})}
	if reg != nil {
		if err := reg.Register(out.spans); err != nil {
			return nil, err
		}
	}
	compression := otlptracehttp.NoCompression
	if s.gzip {
		compression = otlptracehttp.GzipCompression
	}
	out.to = otlptrace.NewUnstarted(otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(s.endpoint), otlptracehttp.WithHeaders(s.headers),
		otlptracehttp.WithCompression(compression), otlptracehttp.WithTimeout(s.timeout), otlptracehttp.WithHTTPClient(out.http)))
	return out, out.to.Start(context.Background())
}

// ExportSpans sends spans. Its error is nil: whatever is to be said of it has been.
func (s *sender) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := s.to.ExportSpans(ctx, spans)
	outcome := "sent"
	if err != nil {
		outcome = "lost"
	}
	s.spans.WithLabelValues(outcome).Add(float64(len(spans)))
	switch was := s.failing.Swap(err != nil); {
	case err != nil && !was:
		s.log.Warn("the collector does not take spans; they are dropped until it does", "cause", err)
	case err == nil && was:
		s.log.Info("the collector takes spans again")
	}
	return nil
}

// counter counts the spans that end: what is neither sent nor lost afterwards waits, or was dropped.
type counter struct{ made prometheus.Counter }

// OnStart does nothing.
func (counter) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd counts.
func (c counter) OnEnd(sdk.ReadOnlySpan) { c.made.Inc() }

// Shutdown does nothing.
func (counter) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (counter) ForceFlush(context.Context) error { return nil }

// Shutdown is called once, after the last spans.
func (s *sender) Shutdown(ctx context.Context) error {
	defer close(s.over)
	return s.to.Shutdown(ctx)
}
