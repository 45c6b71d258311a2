package dispatch

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// health is what is known of a connection from its calls. The zero value knows nothing yet.
type health struct {
	succeeded atomic.Int64 // Unix nanoseconds of the last call that the vendor did; 0: none yet
	refused   atomic.Bool  // the last word on our credentials was no
	purse     atomic.Pointer[purse]
}

// note takes in what came of a call.
func (h *health) note(err error, now time.Time) {
	switch fault.ClassOf(err) {
	case fault.None:
		h.succeeded.Store(now.UnixNano())
		h.refused.Store(false)
	case fault.Unauthorized:
		h.refused.Store(true)
	}
}

// left returns how many requests the vendor's rate allows now, and whether this process spends it.
func (h *health) left() (int, bool) {
	p := h.purse.Load()
	if p == nil {
		return 0, false
	}
	return p.left(), true
}

// connections shows the health of all connections whenever somebody looks. Docs/health.md says what to make of it.
type connections []*line

var (
	descBreaker = prometheus.NewDesc("bonafide_breaker_open", "1 while a vendor keeps failing and is left alone.", []string{"provider"}, nil)
	descSuccess = prometheus.NewDesc("bonafide_connection_last_success_seconds", "Unix time of the last call that the vendor did.", []string{"provider"}, nil)
	descRefused = prometheus.NewDesc("bonafide_connection_refused", "1 while the vendor refuses our credentials.", []string{"provider"}, nil)
	descLeft    = prometheus.NewDesc("bonafide_connection_rate_left", "Requests that the vendor's rate allows now; only in the process that spends it.", []string{"provider"}, nil)
)

// Describe implements prometheus.Collector.
func (connections) Describe(to chan<- *prometheus.Desc) {
	to <- descBreaker
	to <- descSuccess
	to <- descRefused
	to <- descLeft
}

// Collect implements prometheus.Collector.
func (c connections) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, l *line) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, l.spec.Name)
	}
	for _, l := range c {
		gauge(descBreaker, one(l.client.Failing()), l)
		gauge(descRefused, one(l.health.refused.Load()), l)
		if at := l.health.succeeded.Load(); at != 0 {
			gauge(descSuccess, float64(at)/1e9, l)
		}
		if n, ours := l.health.left(); ours {
			gauge(descLeft, float64(n), l)
		}
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
