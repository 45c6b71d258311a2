// Package resolver puts the resolver service together.
package resolver

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/courier"
	"github.com/bonafide-id/bonafide/internal/resolve"
	"github.com/bonafide-id/bonafide/internal/sign"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Config is what the resolver reads from the environment. Its only secret is the key that it signs decisions with.
type Config struct {
	boot.Common
	SnapshotEvery  time.Duration `env:"SNAPSHOT_INTERVAL, default=30s"`
	SigningKeyFile string        `env:"SIGNING_KEY_FILE"` // none: decisions are not signed
}

// Service is a resolver with its streams, and the courier between its verifications.
type Service struct {
	*resolve.Resolver
	run func(context.Context) error
}

// New returns a resolver on b that does nothing yet. A nil tracer makes no spans.
func New(c Config, b *bus.Bus, reg prometheus.Registerer, log *slog.Logger, tracer *trace.Tracer) (*Service, error) {
	cfg := resolve.Config{Bus: b, Shards: c.Shards, Holder: boot.Holder(), Log: log, SnapshotEvery: c.SnapshotEvery, Registerer: reg, Tracer: tracer, Now: b.Now}
	if c.SigningKeyFile != "" {
		k, err := sign.ReadKey(c.SigningKeyFile)
		if err != nil {
			return nil, boot.ConfigError{Err: fmt.Errorf("SIGNING_KEY_FILE: %w", err)}
		}
		cfg.Sign = k.Sign
	}
	r, err := resolve.New(cfg)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	k := courier.New(b, c.Shards, log, reg)
	run := func(ctx context.Context) error { return boot.Together(ctx, r.Run, k.Run) }
	return &Service{r, boot.After(b, bus.Layout{Shards: c.Shards, Replicas: c.NATS.Replicas}, run)}, nil
}

// Run creates the streams that are missing and resolves until ctx ends.
func (s *Service) Run(ctx context.Context) error { return s.run(ctx) }
