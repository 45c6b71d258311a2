package dispatch

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/events"
)

// metrics are counted by provider and words of ours; an id or anybody's data is never a label.
type metrics struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	unknown *prometheus.CounterVec
	dead    *prometheus.CounterVec
	panics  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bonafide_calls_total", Help: "Calls of vendors by what came of them.",
		}, []string{"provider", "kind", "status", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bonafide_call_seconds", Help: "How long calls of vendors took.",
			Buckets: []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"provider", "kind"}),
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bonafide_unknown_words_total", Help: "Words of vendors that no table has.",
		}, []string{"provider"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bonafide_dead_letters_total", Help: "Tasks that could not be processed.",
		}, []string{"provider"}),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bonafide_panics_total", Help: "Panics that were caught.",
		}, []string{"provider"}),
	}
	if reg != nil {
		reg.MustRegister(m.calls, m.seconds, m.unknown, m.dead, m.panics)
	}
	return m
}

func (m *metrics) called(provider, kind, status, class string, took time.Duration) {
	kind = knownKind(kind)
	m.calls.WithLabelValues(provider, kind, status, class).Inc()
	m.seconds.WithLabelValues(provider, kind).Observe(took.Seconds())
}

// knownKind keeps words that came with a message out of labels.
func knownKind(kind string) string {
	switch kind {
	case events.CallSend, events.CallPoll, events.CallResubmit, events.CallErase, events.CallLink, events.CallConclude:
		return kind
	}
	return "other"
}

func (m *metrics) unknownWords(provider string, n int) {
	if n > 0 {
		m.unknown.WithLabelValues(provider).Add(float64(n))
	}
}

func (m *metrics) buried(provider string)   { m.dead.WithLabelValues(provider).Inc() }
func (m *metrics) panicked(provider string) { m.panics.WithLabelValues(provider).Inc() }
