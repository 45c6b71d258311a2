package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
)

// Together runs all functions until one of them fails or ctx ends, tells the others to stop, waits for all and returns
// the first error.
func Together(ctx context.Context, runs ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(runs))
	var wg sync.WaitGroup
	for i, run := range runs {
		wg.Go(func() {
			defer cancel()
			errs[i] = run(ctx)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Registry returns a registry with what every process tells of itself.
func Registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Admin binds the admin port and returns what serves it.
func Admin(ctx context.Context, addr string, reg *prometheus.Registry, log *slog.Logger, ready ...httpserver.Check) (*httpserver.Server, error) {
	s, err := httpserver.Listen(ctx, httpserver.Config{Addr: addr, Log: log,
		Handler: httpserver.Admin(httpserver.AdminConfig{Ready: ready, Started: ready, Gatherer: reg})})
	if err != nil {
		return nil, ConfigError{fmt.Errorf("ADMIN_ADDR: %w", err)}
	}
	return s, nil
}

// closePatience is how long a bus may take to send what it has.
const closePatience = 10 * time.Second

// Close closes a bus in order, whatever the process's context says.
func Close(b *bus.Bus) {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	_ = b.Close(ctx)
}

// After returns run, preceded by making sure that the streams of l exist and that it is known what time it is there. That waits
// for the broker as long as it takes, so that services may be started in any order.
func After(b *bus.Bus, l bus.Layout, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := b.Ensure(ctx, l); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("streams: %w", err)
		}
		again := time.NewTicker(100 * time.Millisecond)
		defer again.Stop()
		for b.ReadClock(ctx) != nil {
			select {
			case <-ctx.Done():
				return nil
			case <-again.C:
			}
		}
		return run(ctx)
	}
}
