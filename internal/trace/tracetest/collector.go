// Package tracetest is a collector of traces for tests: it speaks OTLP over HTTP and remembers what it got.
package tracetest

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one span as it was sent. Ids are in hexadecimal; no Parent is "".
type Span struct {
	Trace, ID, Parent string
	Links             []string // traces
	Name, Kind        string
	Failed            bool
	Says              map[string]string // attributes; numbers in decimal
	Service           string            // service.name of its resource
}

// Collector takes spans at URL.
type Collector struct {
	URL string

	mu      sync.Mutex
	raw     bytes.Buffer
	headers []http.Header
	spans   []Span
}

// New returns a collector that listens on loopback until the test ends.
func New(t *testing.T) *Collector {
	t.Helper()
	c := &Collector{}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

// ServeHTTP takes one request of spans, and refuses what no collector would take.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	switch {
	case r.URL.Path != "/v1/traces":
		http.NotFound(w, r)
		return
	case err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-protobuf" || proto.Unmarshal(body, &in) != nil:
		http.Error(w, "no spans", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	c.headers = append(c.headers, r.Header)
	for _, of := range in.ResourceSpans {
		service := says(of.Resource.GetAttributes())["service.name"]
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, read(s, service))
			}
		}
	}
}

// Spans returns what has come.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Bytes returns all bytes that have come.
func (c *Collector) Bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.raw.Bytes())
}

// Headers returns the headers of all requests.
func (c *Collector) Headers() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.headers...)
}

func read(s *otlp.Span, service string) Span {
	kinds := map[otlp.Span_SpanKind]string{otlp.Span_SPAN_KIND_INTERNAL: "internal", otlp.Span_SPAN_KIND_SERVER: "server",
		otlp.Span_SPAN_KIND_CLIENT: "client", otlp.Span_SPAN_KIND_PRODUCER: "producer", otlp.Span_SPAN_KIND_CONSUMER: "consumer"}
	out := Span{Trace: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId), Parent: hex.EncodeToString(s.ParentSpanId), Name: s.Name,
		Kind: kinds[s.Kind], Failed: s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR, Says: says(s.Attributes), Service: service}
	for _, l := range s.Links {
		out.Links = append(out.Links, hex.EncodeToString(l.TraceId))
	}
	return out
}

func says(attributes []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range attributes {
		switch v := a.Value.GetValue().(type) {
		case *common.AnyValue_StringValue:
			m[a.Key] = v.StringValue
		default:
			m[a.Key] = a.Value.String()
		}
	}
	return m
}
