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
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// Config is what the resolver reads from the environment. It holds no secret.
type Config struct {
	boot.Common
	SnapshotEvery time.Duration `env:"SNAPSHOT_INTERVAL, default=30s"`
}

// New returns a resolver on b. It creates the streams that it needs if they are missing.
func New(ctx context.Context, c Config, b *bus.Bus, reg prometheus.Registerer, log *slog.Logger) (*resolve.Resolver, error) {
	if err := b.Ensure(ctx, bus.Layout{Shards: c.Shards, Replicas: c.NATS.Replicas}); err != nil {
		return nil, fmt.Errorf("streams: %w", err)
	}
	return resolve.New(resolve.Config{Bus: b, Shards: c.Shards, Holder: boot.Holder(), Log: log, SnapshotEvery: c.SnapshotEvery, Registerer: reg})
}
