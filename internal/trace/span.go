package trace

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	api "go.opentelemetry.io/otel/trace"
)

// Kind says which side of what a span is.
type Kind int

// The kinds.
const (
	Internal = Kind(api.SpanKindInternal)
	Server   = Kind(api.SpanKindServer)   // answers somebody's request
	Client   = Kind(api.SpanKindClient)   // asks somebody
	Consumer = Kind(api.SpanKindConsumer) // works on a message
)

// Names of what spans say. Keys of OpenTelemetry's own conventions are used where there is one.
const (
	Verification = "bonafide.verification"
	Provider     = "bonafide.provider"
	Check        = "bonafide.check"
	Try          = "bonafide.try"
	Outcome      = "bonafide.outcome"
	Class        = "error.type"
	Input        = "bonafide.input"
	Records      = "bonafide.records"
	Result       = "bonafide.result"
	Shard        = "bonafide.shard"
	Method       = "http.request.method"
	Route        = "http.route"
	Status       = "http.response.status_code"
)

// Begin says which span begins.
type Begin struct {
	Kind   Kind
	Name   string    // of few values: a template, never an id
	Parent string    // a traceparent; one that is none: what ctx holds, else a trace of its own
	Link   string    // a traceparent of another trace that has to do with it; ""
	At     time.Time // zero: now
}

// Span is something that takes time. The zero Span is none: nothing is remembered of it.
type Span struct{ span api.Span }

// Now returns the time, zero where no spans are made.
func (t *Tracer) Now() time.Time {
	if t == nil {
		return time.Time{}
	}
	return time.Now()
}

// Start begins a span, which must End, and returns a context in which it is the parent of others.
func (t *Tracer) Start(ctx context.Context, b Begin) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	options := []api.SpanStartOption{api.WithSpanKind(api.SpanKind(b.Kind))}
	if !b.At.IsZero() {
		options = append(options, api.WithTimestamp(b.At))
	}
	if b.Link != "" {
		if c := api.SpanContextFromContext(remote(context.Background(), b.Link)); c.IsValid() {
			options = append(options, api.WithLinks(api.Link{SpanContext: c}))
		}
	}
	if b.Parent != "" {
		ctx = remote(ctx, b.Parent)
	}
	ctx, span := t.tracer.Start(ctx, b.Name, options...)
	return ctx, Span{span}
}

// Parent returns the traceparent with which others continue the span: "" where there is none.
func (s Span) Parent() string {
	if s.span == nil {
		return ""
	}
	var p parent
	propagation.TraceContext{}.Inject(api.ContextWithSpan(context.Background(), s.span), &p)
	return string(p)
}

// Set says something of the span.
func (s Span) Set(key, value string) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// SetInt says a number of the span.
func (s Span) SetInt(key string, n int) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(attribute.Int(key, n))
	}
}

// Fail says that what the span is of went wrong, and the class of it; "" says nothing.
func (s Span) Fail(class string) {
	if class != "" && s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(attribute.String(Class, class))
		s.span.SetStatus(codes.Error, "")
	}
}

// End says that it is over.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// remote returns ctx with a traceparent as what comes next's parent, ctx itself if it is none.
func remote(ctx context.Context, traceparent string) context.Context {
	p := parent(traceparent)
	return propagation.TraceContext{}.Extract(ctx, &p)
}

// parent carries a traceparent and nothing else.
type parent string

// Get returns it.
func (p *parent) Get(key string) string {
	if key == "traceparent" {
		return string(*p)
	}
	return ""
}

// Set takes it.
func (p *parent) Set(key, value string) {
	if key == "traceparent" {
		*p = parent(value)
	}
}

// Keys names it.
func (p *parent) Keys() []string { return []string{"traceparent"} }
