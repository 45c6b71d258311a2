package ingest

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what is counted. Labels are our own words, never a tenant's or a person's.
type metrics struct {
	requests      *prometheus.CounterVec   // HTTP, by route, method and status
	duration      *prometheus.HistogramVec // HTTP, by route
	intake        *prometheus.CounterVec   // NATS, by what came of it
	webhooks      *prometheus.CounterVec   // by provider and what came of it
	documentBytes prometheus.Counter
	disagreements prometheus.Counter
	followers     prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bonafide_http_requests_total",
			Help: "HTTP requests answered."}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bonafide_http_request_duration_seconds",
			Help: "Time from a request's header to the end of its answer.", Buckets: prometheus.ExponentialBuckets(0.0005, 3, 10)}, []string{"route"}),
		intake: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bonafide_intake_requests_total",
			Help: "Requests taken from NATS, by what came of them."}, []string{"outcome"}),
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bonafide_webhooks_total",
			Help: "Webhooks of vendors, by what came of them."}, []string{"provider", "outcome"}),
		documentBytes: prometheus.NewCounter(prometheus.CounterOpts{Name: "bonafide_document_bytes_total",
			Help: "Bytes of documents sealed and stored."}),
		disagreements: prometheus.NewCounter(prometheus.CounterOpts{Name: "bonafide_validation_disagreements_total",
			Help: "Requests that were refused without a fault that can be named: a bug."}),
		followers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bonafide_event_streams",
			Help: "Clients that follow an event stream."}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.intake, m.webhooks, m.documentBytes, m.disagreements, m.followers} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
