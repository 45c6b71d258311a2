package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/single"
)

type upCmd struct {
	Data    string  `default:"data" type:"path" help:"Directory of the broker, documents, keys."`
	HTTP    string  `name:"http" default:"127.0.0.1:8080" help:"Where the API listens."`
	NATS    string  `name:"nats" default:"127.0.0.1:4222" help:"Where the embedded broker listens; loopback only."`
	Admin   string  `default:"127.0.0.1:9090" help:"Where probes, metrics and profiles are; empty: nowhere."`
	Sandbox bool    `help:"Run the vendor sandboxes too and use them."`
	Speed   float64 `default:"60" help:"How much faster than real time the sandboxes live."`
	Sync    string  `enum:"default,always" default:"default" help:"default survives kill -9; always survives power loss too."`
}

// Run runs everything until it is told to stop.
func (c *upCmd) Run(e *env) error {
	log, err := logger(e)
	if err != nil {
		return err
	}
	began := time.Now()
	s, err := single.Start(e.ctx, single.Config{Dir: c.Data, HTTPAddr: c.HTTP, NATSAddr: c.NATS, AdminAddr: c.Admin, SyncAlways: c.Sync == "always",
		Sandboxes: c.Sandbox, Speed: c.Speed, Lookuper: e.lookup, Log: log})
	if err != nil {
		return err
	}
	return boot.Together(e.ctx, s.Run, func(ctx context.Context) error {
		if err := ready(ctx, s); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "ready in %v\n", time.Since(began).Round(time.Millisecond))
		c.hello(e, s)
		<-ctx.Done()
		return nil
	})
}

func (c *upCmd) hello(e *env, s *single.System) {
	fmt.Fprintf(e.out, "  API    %s\n  NATS   %s\n  data   %s\n", s.URL(), s.NATS(), c.Data)
	if boxes := s.Sandboxes(); boxes != nil {
		for _, b := range boxes.Running {
			fmt.Fprintf(e.out, "  %-6s %s (sandbox)\n", b.Name, b.URL)
		}
	}
	if _, own := e.lookup.Lookup("BONAFIDE_API_KEY"); !own {
		fmt.Fprintf(e.out, "\n  export BONAFIDE_API_KEY=%s\n", s.Key)
	}
}

// ready waits until the system is.
func ready(ctx context.Context, s *single.System) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.Ready(ctx) != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// logConfig is what a single process reads of boot.Common.
type logConfig struct {
	Level  slog.Level `env:"LOG_LEVEL, default=warn"`
	Format string     `env:"LOG_FORMAT, default=text"`
}

// Validate names what is wrong.
func (c logConfig) Validate() error {
	if c.Format != "json" && c.Format != "text" {
		return fmt.Errorf("LOG_FORMAT: %q is neither json nor text", c.Format)
	}
	return nil
}

// logger returns the log of a process that a person started: warnings and worse, as text, unless asked otherwise.
func logger(e *env) (*slog.Logger, error) {
	c, err := boot.Load[logConfig](e.ctx, e.lookup)
	if err != nil {
		return nil, err
	}
	return boot.Common{LogLevel: c.Level, LogFormat: c.Format}.Logger(e.err), nil
}

// over returns l with some settings that l may overrule.
func over(l envconfig.Lookuper, settings map[string]string) envconfig.Lookuper {
	return envconfig.MultiLookuper(l, envconfig.MapLookuper(settings))
}
