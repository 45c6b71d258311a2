package chaos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// Part is what a process of a World is.
type Part string

// The parts.
const (
	Broker     Part = "broker"
	Ingest     Part = "ingest"
	Dispatcher Part = "dispatcher"
	Resolver   Part = "resolver"
	Watched    Part = "watched" // what is started through it, and a disk notes what that syncs: see package disk
)

// Serve makes this process a part of a World until ctx ends. What it is to be like is in l; argv is what is Watched.
func Serve(ctx context.Context, p Part, l envconfig.Lookuper, argv ...string) error {
	switch p {
	case Watched:
		return disk.Watched(argv)
	case Broker:
		return serveBroker(ctx, l)
	case Ingest:
		return ingest.Main(ctx, l)
	case Dispatcher:
		return dispatcher.Main(ctx, l)
	case Resolver:
		return resolver.Main(ctx, l)
	}
	return boot.ConfigError{Err: fmt.Errorf("part: %q is none of broker, ingest, dispatcher, resolver, watched", p)}
}

// brokerConfig is what a broker process reads from the environment.
type brokerConfig struct {
	Dir      string   `env:"BROKER_DIR"`
	Addr     string   `env:"BROKER_ADDR"`
	Sync     bool     `env:"BROKER_SYNC_ALWAYS"`
	MaxStore int64    `env:"BROKER_MAX_STORE"`
	Name     string   `env:"BROKER_NAME"` // of a node; empty: it is alone
	Cluster  string   `env:"BROKER_CLUSTER_ADDR"`
	Routes   []string `env:"BROKER_ROUTES"`
}

// Validate returns what is missing.
func (c brokerConfig) Validate() error {
	if c.Dir == "" || c.Addr == "" || c.Name != "" && c.Cluster == "" {
		return errors.New("BROKER_DIR, BROKER_ADDR, and for a node of a cluster BROKER_CLUSTER_ADDR: empty")
	}
	return nil
}

func serveBroker(ctx context.Context, l envconfig.Lookuper) error {
	c, err := boot.Load[brokerConfig](ctx, l)
	if err != nil {
		return err
	}
	e := bus.EmbedConfig{Dir: c.Dir, Addr: c.Addr, SyncAlways: c.Sync, MaxStore: c.MaxStore,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	if c.Name != "" {
		e.Cluster = &bus.ClusterConfig{Name: c.Name, Addr: c.Cluster, Routes: c.Routes}
	}
	s, err := bus.Embed(e)
	if err != nil {
		return err
	}
	<-ctx.Done()
	s.Close()
	return nil
}
