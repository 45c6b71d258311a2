package trace_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/internal/trace/tracetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// config is what variables without OTEL_ before them say.
func config(t *testing.T, env map[string]string) (c trace.Config) {
	t.Helper()
	if err := envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &c, Lookuper: envconfig.MapLookuper(env)}); err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, env map[string]string) *trace.Tracer {
	t.Helper()
	tracer, err := trace.Open(config(t, env), "bonafide-test", slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func TestSpansAreMadeOnlyWhereACollectorIsNamed(t *testing.T) {
	for _, c := range []struct {
		env map[string]string
		on  bool
	}{
		{nil, false},
		{map[string]string{"SERVICE_NAME": "x", "TRACES_SAMPLER": "always_on"}, false},
		{map[string]string{"TRACES_EXPORTER": "otlp"}, true},
		{map[string]string{"EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, true},
		{map[string]string{"EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/x"}, true},
		{map[string]string{"EXPORTER_OTLP_ENDPOINT": "http://c:4318", "TRACES_EXPORTER": "none"}, false},
		{map[string]string{"EXPORTER_OTLP_ENDPOINT": "http://c:4318", "SDK_DISABLED": "true"}, false},
		{map[string]string{"EXPORTER_OTLP_ENDPOINT": "http://c:4318", "SDK_DISABLED": "false"}, true},
		{map[string]string{"EXPORTER_OTLP_PROTOCOL": "grpc", "SDK_DISABLED": "true", "TRACES_EXPORTER": "otlp"}, false},
	} {
		tracer := open(t, c.env)
		if on := tracer != nil; on != c.on {
			t.Errorf("%v: spans are made: %v, want %v", c.env, on, c.on)
		}
		tracer.Close()
	}
}

// Every variable that is wrong is named, all at once, and no value that may be a secret is repeated.
func TestWrongVariablesAreNamedAllAtOnce(t *testing.T) {
	err := config(t, map[string]string{"EXPORTER_OTLP_ENDPOINT": "https://me:hunter2@collector", "EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
		"EXPORTER_OTLP_HEADERS": "api-key=a%zzhunter3", "EXPORTER_OTLP_TIMEOUT": "10s", "EXPORTER_OTLP_COMPRESSION": "zip",
		"EXPORTER_OTLP_CERTIFICATE": "no-such-file", "EXPORTER_OTLP_CLIENT_KEY": "alone", "TRACES_SAMPLER": "traceidratio", "TRACES_SAMPLER_ARG": "2",
		"RESOURCE_ATTRIBUTES": "a=b,c", "BSP_SCHEDULE_DELAY": "-1", "BSP_EXPORT_TIMEOUT": "x", "BSP_MAX_QUEUE_SIZE": "10", "BSP_MAX_EXPORT_BATCH_SIZE": "20",
		"SDK_DISABLED": "no", "TRACES_EXPORTER": "jaeger"}).Validate()
	if err == nil {
		t.Fatal("nothing is wrong, want much")
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT: ", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ", "OTEL_EXPORTER_OTLP_HEADERS: ", "OTEL_EXPORTER_OTLP_TIMEOUT: ",
		"OTEL_EXPORTER_OTLP_COMPRESSION: ", "OTEL_EXPORTER_OTLP_CERTIFICATE: ", "OTEL_EXPORTER_OTLP_CLIENT_KEY: ", "OTEL_TRACES_SAMPLER_ARG: ",
		"OTEL_RESOURCE_ATTRIBUTES: ", "OTEL_BSP_SCHEDULE_DELAY: ", "OTEL_BSP_EXPORT_TIMEOUT: ", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: ", "OTEL_SDK_DISABLED: ", "OTEL_TRACES_EXPORTER: "} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter") {
		t.Errorf("a secret is in\n%v", err)
	}
	for name, value := range map[string]string{"EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4318", "TRACES_SAMPLER": "sometimes", "EXPORTER_OTLP_ENDPOINT": "http://c/?token=x",
		"EXPORTER_OTLP_CERTIFICATE": "../../go.mod"} {
		err := config(t, map[string]string{"TRACES_EXPORTER": "otlp", name: value}).Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "OTEL_"+name+": ") {
			t.Errorf("%s=%s: got %v, want an error that begins with the name", name, value, err)
		}
	}
}

func TestWithoutATracerNothingIsAllocated(t *testing.T) {
	var none *trace.Tracer
	ctx := t.Context()
	n := testing.AllocsPerRun(100, func() {
		in, span := none.Start(ctx, trace.Begin{Kind: trace.Server, Name: "x", Parent: "y", At: none.Now()})
		span.Set(trace.Verification, "z")
		span.SetInt(trace.Status, 200)
		span.Fail("transient")
		if span.Parent() != "" || in != ctx {
			t.Error("no tracer has made a span")
		}
		span.End()
	})
	none.Close()
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// What has ended when a process closes is sent, with what the variables say of it.
func TestClosingSendsWhatHasEnded(t *testing.T) {
	c := tracetest.New(t)
	tracer := open(t, map[string]string{"EXPORTER_OTLP_ENDPOINT": c.URL + "/", "EXPORTER_OTLP_HEADERS": "x-key=a%20b, other=c", "SERVICE_NAME": "verify",
		"RESOURCE_ATTRIBUTES": "service.name=overruled,deployment.environment.name=test"})
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx, above := tracer.Start(t.Context(), trace.Begin{Kind: trace.Server, Name: "above", Parent: parent})
	_, below := tracer.Start(ctx, trace.Begin{Kind: trace.Client, Name: "below"})
	below.Fail("transient")
	below.End()
	said := above.Parent()
	above.End()
	_, apart := tracer.Start(t.Context(), trace.Begin{Name: "apart", Parent: "nonsense", Link: parent})
	apart.End()
	tracer.Close()
	spans := c.Spans()
	if len(spans) != 3 {
		t.Fatalf("got %d spans, want 3: %v", len(spans), spans)
	}
	b, a, o := spans[0], spans[1], spans[2]
	if a.Trace != "0af7651916cd43dd8448eb211c80319c" || a.Parent != "b7ad6b7169203331" || a.Kind != "server" || a.Service != "verify" {
		t.Errorf("got %+v, want a server's span of verify below the caller's", a)
	}
	if b.Parent != a.ID || !b.Failed || b.Says["error.type"] != "transient" || b.Kind != "client" {
		t.Errorf("got %+v, want a client's span below %s that has failed", b, a.ID)
	}
	if o.Trace == a.Trace || o.Parent != "" || len(o.Links) != 1 || o.Links[0] != a.Trace {
		t.Errorf("got %+v, want a trace of its own with a link to %s", o, a.Trace)
	}
	if want := "00-" + a.Trace + "-" + a.ID + "-01"; said != want {
		t.Errorf("the span is continued by %q, want %q", said, want)
	}
	if h := c.Headers()[0]; h.Get("X-Key") != "a b" || h.Get("Other") != "c" {
		t.Errorf("got headers %v, want x-key and other", h)
	}
}

func TestWhatIsNotSampledIsContinuedAndNotSent(t *testing.T) {
	c := tracetest.New(t)
	tracer := open(t, map[string]string{"EXPORTER_OTLP_TRACES_ENDPOINT": c.URL + "/v1/traces", "TRACES_SAMPLER": "parentbased_traceidratio", "TRACES_SAMPLER_ARG": "0"})
	_, span := tracer.Start(t.Context(), trace.Begin{Name: "not kept"})
	if p := span.Parent(); len(p) != 55 || !strings.HasSuffix(p, "-00") {
		t.Errorf("a span that is not kept is continued by %q, want a traceparent that ends with -00", p)
	}
	span.End()
	_, kept := tracer.Start(t.Context(), trace.Begin{Name: "kept", Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	kept.End()
	tracer.Close()
	if spans := c.Spans(); len(spans) != 1 || spans[0].Name != "kept" {
		t.Errorf("got %v, want the one that its caller keeps", spans)
	}
}

// A collector that hangs is given up in time, and one that is gone is complained of once.
func TestADeadCollectorIsGivenUp(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		r.Body.Read(make([]byte, 1<<20))
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, at := range map[string]string{"hangs": silent.URL, "is gone": gone.URL} {
		var lines bytes.Buffer
		reg := prometheus.NewRegistry()
		tracer, err := trace.Open(config(t, map[string]string{"EXPORTER_OTLP_ENDPOINT": at, "BSP_MAX_QUEUE_SIZE": "64", "BSP_MAX_EXPORT_BATCH_SIZE": "1"}), "x",
			slog.New(slog.NewTextHandler(&lines, nil)), reg)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		for range 1000 {
			_, span := tracer.Start(context.Background(), trace.Begin{Name: "x"})
			span.End()
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("a collector that %s: 1000 spans took %v", name, took)
		}
		tracer.Close()
		if took := time.Since(begun); took > trace.FlushPatience+2*time.Second {
			t.Errorf("a collector that %s: closing took %v, want %v at most", name, took, trace.FlushPatience)
		}
		counts := spans(t, reg)
		if counts["made"] != 1000 || counts["sent"] != 0 || counts["lost"] == 0 {
			t.Errorf("a collector that %s: got %v spans, want 1000 made, none sent and some lost", name, counts)
		}
		if n := strings.Count(lines.String(), "\n"); n != 1 {
			t.Errorf("a collector that %s: got %d lines, want one:\n%s", name, n, lines.String())
		}
	}
}

// spans returns the counts by outcome.
func spans(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == "bonafide_spans_total" {
				counts[m.Label[0].GetValue()] = m.Counter.GetValue()
			}
		}
	}
	return counts
}
