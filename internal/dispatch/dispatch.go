// Package dispatch makes the calls that the resolver asks for: it takes tasks, unseals what they need, calls the vendor,
// keeps what the vendor said as sealed evidence, reads it, and answers every call exactly once.
//
// It decides nothing: what a failure leads to is its class (package fault), and trying again is the resolver's business. It
// is the only service that sees persons in clear, in memory and for the time of a call.
package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/providers"
)

// Config is what a Dispatcher is made of. Bus, Opener, Blobs and Holder are needed; the rest has good zero values.
type Config struct {
	Bus       *bus.Bus
	Opener    *seal.Opener
	Blobs     *blob.Store
	Providers []*providers.Client // one for each provider whose tasks are taken; New's caller closes them

	PublicURL    string        // what vendors call back; "" when they cannot
	PollInterval time.Duration // how often a check without news is asked for; 0: as each provider says
	Holder       string        // name of this process; no two may share one
	StopTimeout  time.Duration // how long calls in flight may take after Run was told to end; 0 is 20 s

	Log        *slog.Logger          // nil: none
	Registerer prometheus.Registerer // nil: no metrics are shown
	Tracer     *trace.Tracer         // nil: no spans
	Now        func() time.Time      // nil: time.Now
	Random     io.Reader             // nil: crypto/rand; safe for concurrent use
}

// mostCall is more than any call takes, the wait for a free slot included where there is one at once. A provider's own
// bound is at most half of it.
const mostCall = 3 * time.Minute

// Dispatcher takes tasks of its providers and answers them.
type Dispatcher struct {
	cfg     Config
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics
	lines   []*line
}

// line is the way of one provider's tasks. It has its own feed, bounds and goroutines, so that a vendor that hangs holds up
// nobody else.
type line struct {
	*Dispatcher
	client *providers.Client
	spec   providers.Spec
	read   providers.ReadFunc
	calls  *bus.Bucket // intents, the spending of rated connections and what tokens there are
	tokens *tokens
	shards int
	hold   hold
	health health
	pace   atomic.Int64 // nanoseconds that half of the calls take, about; nobody minds a lost update
}

// New returns a dispatcher that does nothing yet.
func New(cfg Config) (*Dispatcher, error) {
	switch {
	case cfg.Bus == nil, cfg.Opener == nil, cfg.Blobs == nil, cfg.Holder == "":
		return nil, errors.New("dispatch: Bus, Opener, Blobs and Holder are needed")
	case len(cfg.Providers) == 0:
		return nil, errors.New("dispatch: no provider is configured")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.StopTimeout <= 0 {
		cfg.StopTimeout = 20 * time.Second
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	d := &Dispatcher{cfg: cfg, log: cfg.Log, now: cfg.Now, metrics: newMetrics(cfg.Registerer)}
	seen := map[string]bool{}
	for _, c := range cfg.Providers {
		spec := c.Spec()
		if seen[spec.Name] {
			return nil, fmt.Errorf("dispatch: provider %s is given twice", spec.Name)
		}
		if spec.Timeout > mostCall/2 {
			return nil, fmt.Errorf("dispatch: provider %s may take %v for a call, which is more than %v", spec.Name, spec.Timeout, mostCall/2)
		}
		seen[spec.Name] = true
		l := &line{Dispatcher: d, client: c, spec: spec, read: c.Read}
		l.pace.Store(int64(time.Second)) // until it is known better
		d.lines = append(d.lines, l)
	}
	if cfg.Registerer != nil {
		cfg.Registerer.MustRegister(connections(d.lines))
	}
	return d, nil
}

// Run takes and answers tasks until ctx ends. Then it takes no more, gives calls in flight StopTimeout to finish, hands back
// the rest, and returns nil when nothing of it runs any more. While the broker is away it waits. An error is one that
// waiting does not mend.
func (d *Dispatcher) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	ended := make(chan struct{})
	var guard sync.WaitGroup
	guard.Go(func() { // ends calls that take too long after the end
		select {
		case <-ctx.Done():
		case <-ended:
			return
		}
		t := time.NewTimer(d.cfg.StopTimeout)
		defer t.Stop()
		select {
		case <-t.C:
			abandon()
		case <-ended:
		}
	})
	var lines sync.WaitGroup
	for _, l := range d.lines {
		lines.Go(func() {
			if err := l.run(ctx, work); err != nil {
				cancel(err)
			}
		})
	}
	lines.Wait()
	close(ended)
	guard.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// run takes the tasks of one provider: alone among all processes where the vendor limits the rate.
func (l *line) run(ctx, work context.Context) error {
	if !l.ready(ctx) {
		return nil
	}
	work = providers.WithClock(providers.WithTokens(work, l.tokens), l.now)
	if l.spec.Rate.Calls == 0 {
		return l.flow(ctx, work)
	}
	for ctx.Err() == nil {
		err := l.cfg.Bus.Lease("conn."+l.spec.Name, l.cfg.Holder).Run(ctx, func(held context.Context) error {
			return l.ration(held, work)
		})
		if err != nil && lasting(err) {
			return err
		}
		if err != nil {
			l.log.WarnContext(ctx, "connection interrupted", "provider", l.spec.Name, "class", string(fault.ClassOf(err)))
			rest(ctx, time.Second)
		}
	}
	return nil
}

// ready waits until the broker has what a line needs.
func (l *line) ready(ctx context.Context) bool {
	for ctx.Err() == nil {
		var err error
		if l.calls, err = l.cfg.Bus.Bucket(ctx, "bf_calls"); err == nil {
			if l.shards, err = l.cfg.Bus.Shards(ctx); err == nil {
				l.tokens = newTokens(l.calls, l.cfg.Opener, l.spec, l.now)
				return true
			}
		}
		rest(ctx, 250*time.Millisecond)
	}
	return false
}

// lasting says that an error of the broker is not mended by waiting.
func lasting(err error) bool {
	c := fault.ClassOf(err)
	return c == fault.Unauthorized || c == fault.Invalid
}

// rest waits for d or the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
