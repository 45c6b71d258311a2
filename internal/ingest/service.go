// Package ingest is the door: what comes over HTTP and from upstream services over NATS becomes inputs of
// verifications, validated, sealed and stored before it is acknowledged; what others may know is read here.
//
// It can seal and cannot unseal, it knows webhook secrets and no vendor's API key. Nothing that it writes to logs,
// metrics or clear parts of events came from a person.
package ingest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/index"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/providers"
)

// source is the CloudEvents source of what this package emits.
const source = "/bonafide/ingest"

// Opener opens sealed boxes. *seal.Opener is one; only a process that may see persons has it.
type Opener interface {
	Open(ctx context.Context, a seal.AAD, s events.Sealed) ([]byte, error)
	OpenStream(ctx context.Context, a seal.AAD, key uint64, r io.Reader) (io.Reader, error)
}

// Webhook is a vendor's webhook that this process accepts.
type Webhook struct {
	providers.Webhook
	Unsigned bool // the vendor does not sign
}

// Config is what a Service is made of. Everything above the line is required.
type Config struct {
	Bus    *bus.Bus
	Shards int
	Sealer *seal.Sealer
	Blobs  *blob.Store
	Flows  *flow.Set
	Keys   *Keys

	// Optional.
	Recogniser    *Recogniser           // nil: no person is recognised, each is verified for each business
	Index         *index.Index          // fed while the service runs; New's caller closes it afterwards. nil: lists, timelines and erasures are answered 501
	Webhooks      map[string]Webhook    // by provider
	Opener        Opener                // nil: ?include=subject and ?format=verified_claims are answered 501
	SigningKeys   []byte                // a JSON Web Key Set of those that sign decisions; nil: an empty one
	Pages         []string              // the providers that make pages for the subject when asked
	PageWait      time.Duration         // how long a page is waited for that a vendor is making; 0 is 10 s
	Readers       map[string]Reader     // by provider; for ?format=verified_claims
	AllowInsecure bool                  // http and loopback in returnUrl and callbackUrl
	Rate          float64               // requests a second and API key; 0 is 20 000
	Registerer    prometheus.Registerer // nil: metrics are counted and not shown
	Tracer        *trace.Tracer         // nil: no spans
	Log           *slog.Logger          // nil: none
	Now           func() time.Time      // nil: the system's clock
	Random        io.Reader             // nil: the system's; safe for concurrent use
}

// Service is ingest. Its handler serves from New on; Run makes it take requests from NATS and publish flows.
type Service struct {
	cfg      Config
	rules    rules
	explain  *explainer
	metrics  *metrics
	handler  http.Handler
	openAPI  []byte
	limits   map[*Credential]*limiter
	acked    []atomic.Uint64 // by shard: the last input that we know is stored
	commands recent          // what callers were told lately that we have stored

	mu     sync.Mutex
	idem   *bus.Bucket
	intake struct{ handled, purged atomic.Uint64 }
	ready  atomic.Bool // the flows are published
}

// New returns a service. It does no I/O.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Bus == nil, cfg.Sealer == nil, cfg.Blobs == nil, cfg.Flows == nil, cfg.Keys == nil:
		return nil, fmt.Errorf("ingest: Bus, Sealer, Blobs, Flows and Keys are required")
	case cfg.Shards < 1:
		return nil, fmt.Errorf("ingest: Shards: %d is not a number of shards", cfg.Shards)
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
	if cfg.PageWait == 0 {
		cfg.PageWait = 10 * time.Second
	}
	if cfg.Rate == 0 {
		cfg.Rate = 20_000
	}
	s := &Service{cfg: cfg, rules: rules{address: isAddress(cfg.AllowInsecure)}, acked: make([]atomic.Uint64, cfg.Shards)}
	var err error
	if s.explain, err = newExplainer(s.rules.address); err != nil {
		return nil, fmt.Errorf("ingest: schemas: %w", err)
	}
	if s.metrics, err = newMetrics(cfg.Registerer); err != nil {
		return nil, fmt.Errorf("ingest: metrics: %w", err)
	}
	s.limits = newLimiters(cfg.Keys, cfg.Rate)
	routes := s.routes()
	if s.openAPI, err = openAPI(routes); err != nil {
		return nil, fmt.Errorf("ingest: openapi: %w", err)
	}
	s.handler = s.mux(routes)
	return s, nil
}

// Handler serves the HTTP API. It is meant to run in an httpserver.Server, which bounds times.
func (s *Service) Handler() http.Handler { return s.handler }

// Ready says whether the service can accept requests: the broker answers and the flows are published.
func (s *Service) Ready(ctx context.Context) error {
	if err := s.cfg.Bus.Ready(ctx); err != nil {
		return err
	}
	if !s.ready.Load() {
		return errNotPublished
	}
	return nil
}

// Run publishes the flows and takes requests from NATS until ctx ends; it waits for the broker as long as that takes.
// It returns nil after an orderly stop, when everything it has taken is settled or left to others.
func (s *Service) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	if s.cfg.Index != nil {
		running.Go(func() { s.cfg.Index.Run(ctx, s.cfg.Bus) })
		running.Go(func() { s.cfg.Index.Erasures(ctx, s.scrub) })
	}
	if err := s.publishFlows(ctx); err != nil {
		return end(ctx, err)
	}
	running.Go(func() { s.purge(ctx) })
	err := s.takeRequests(ctx)
	return end(ctx, err)
}

// end returns nil for an error that only says that ctx has ended.
func end(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// put stores an event about a verification and remembers where, so that who reads afterwards sees it.
func (s *Service) put(ctx context.Context, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	p, err := s.cfg.Bus.Put(ctx, e)
	if err == nil {
		s.remember(p)
	}
	return err
}

func (s *Service) remember(p bus.Position) {
	if p.Shard < 0 || p.Shard >= len(s.acked) {
		return
	}
	last := &s.acked[p.Shard]
	for {
		have := last.Load()
		if have >= p.Seq || last.CompareAndSwap(have, p.Seq) {
			return
		}
	}
}

// idemBucket returns the bucket of idempotency keys.
func (s *Service) idemBucket(ctx context.Context) (*bus.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idem == nil {
		b, err := s.cfg.Bus.Bucket(ctx, "bf_idem")
		if err != nil {
			return nil, err
		}
		s.idem = b
	}
	return s.idem, nil
}
