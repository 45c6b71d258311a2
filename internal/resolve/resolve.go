package resolve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Config is what a resolver needs. Bus, Shards and Holder are required.
type Config struct {
	Bus           *bus.Bus
	Shards        int
	Holder        string                // a name that no other process has
	Log           *slog.Logger          // nil: slog.Default
	Now           func() time.Time      // nil: time.Now; only for timers and logs, never for decisions
	SnapshotEvery time.Duration         // how often to look whether a snapshot is worth it; 0: 30 s
	Retry         time.Duration         // how long to wait after a failure; 0: 200 ms
	Grace         time.Duration         // how long a hand-over may take; 0: 5 s
	Registerer    prometheus.Registerer // nil: metrics are kept to ourselves
	Tracer        *trace.Tracer         // nil: no spans; what is recorded is the same

	// Sign signs what tells a decision; nil: nobody does. The same view must get the same signature every time, or replay
	// would give other bytes. It is safe for concurrent use.
	Sign func(*events.View) error
}

// Resolver decides for the shards whose leases it gets, and reads the others along.
type Resolver struct{ shards []*shard }

// New returns a resolver that does nothing yet.
func New(cfg Config) (*Resolver, error) {
	switch {
	case cfg.Bus == nil:
		return nil, errors.New("resolve: no bus")
	case cfg.Shards < 1 || cfg.Shards&(cfg.Shards-1) != 0:
		return nil, fmt.Errorf("resolve: %d shards; the number must be a power of two", cfg.Shards)
	case cfg.Holder == "":
		return nil, errors.New("resolve: no holder")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.SnapshotEvery = or(cfg.SnapshotEvery, 30*time.Second)
	cfg.Retry = or(cfg.Retry, 200*time.Millisecond)
	cfg.Grace = or(cfg.Grace, 5*time.Second)
	m := newMetrics(cfg.Registerer)
	r := &Resolver{}
	for n := range cfg.Shards {
		r.shards = append(r.shards, newShard(n, &cfg, m))
	}
	return r, nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Run resolves until ctx ends, then hands its shards over and returns nil. It is called once.
func (r *Resolver) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, s := range r.shards {
		wg.Go(func() { s.run(ctx) })
	}
	wg.Wait()
	return nil
}

// Ready returns nil when every shard has caught up with the inputs that were there when it began, and an error that
// names the first that has not.
func (r *Resolver) Ready() error {
	for _, s := range r.shards {
		s.mu.Lock()
		applied, goal, begun := s.m.applied, s.goal, s.begun
		s.mu.Unlock()
		if !begun || applied < goal {
			return fmt.Errorf("shard %d is at input %d of %d", s.n, applied, goal)
		}
	}
	return nil
}

// Owned returns how many shards this resolver owns now.
func (r *Resolver) Owned() int {
	n := 0
	for _, s := range r.shards {
		s.mu.Lock()
		if s.out != nil {
			n++
		}
		s.mu.Unlock()
	}
	return n
}

// metrics of a resolver. None has an id in a label.
type metrics struct {
	inputs, records, faults, restarts prometheus.Counter
	owned                             prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "bonafide", Subsystem: "resolver", Name: name, Help: help})
	}
	m := &metrics{
		inputs:   counter("inputs_total", "Inputs applied, those read along included."),
		records:  counter("records_total", "Records handed to the logs."),
		faults:   counter("faults_total", "Inputs that change nothing because they cannot be understood."),
		restarts: counter("shard_restarts_total", "Lives of a shard that ended before the process did."),
		owned:    prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "bonafide", Subsystem: "resolver", Name: "shards_owned", Help: "Shards that this process owns."}),
	}
	if reg != nil {
		reg.MustRegister(m.inputs, m.records, m.faults, m.restarts, m.owned)
	}
	return m
}
