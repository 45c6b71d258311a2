// Package bustest runs real brokers inside tests.
package bustest

import (
	"context"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// Run starts a broker with one replica in a directory of the test and stops it when the test ends.
func Run(t testing.TB) *bus.Server { return Start(t, bus.EmbedConfig{}) }

// Start is Run with a configuration; a directory and an address are filled in where they are missing.
func Start(t testing.TB, cfg bus.EmbedConfig) *bus.Server {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Addr == "" && !cfg.InProcess {
		cfg.Addr = "127.0.0.1:0"
	}
	s, err := bus.Embed(cfg)
	if err != nil {
		t.Fatalf("embed: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Connect connects to a broker, makes sure of the layout, and closes the bus when the test ends.
func Connect(t testing.TB, cfg bus.Config, l bus.Layout) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	b, err := bus.Connect(ctx, cfg, t.Name())
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = b.Close(ctx)
	})
	if err := b.Ensure(ctx, l); err != nil {
		t.Fatalf("ensure: %v", err)
	}
	return b
}
