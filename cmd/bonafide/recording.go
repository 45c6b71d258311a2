package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
)

// recorded says where a recording is: at NATS_URL, in the directory of a stopped `up`, or in a file.
type recorded struct {
	Data string `type:"path" xor:"where" help:"Directory of a stopped 'up', instead of the broker at NATS_URL."`
	From string `type:"path" xor:"where" help:"File that 'replay --export' has written, instead of a broker. No other thing is needed."`
}

// natsConfig is where the broker is, and nothing else.
type natsConfig struct {
	NATS bus.Config `env:", prefix=NATS_"`
}

// Validate finds nothing wrong.
func (natsConfig) Validate() error { return nil }

// brokerWait is how long a broker may take to answer.
const brokerWait = 10 * time.Second

// with opens the recording for f.
func (r recorded) with(e *env, f func(context.Context, replay.Recording) error) error {
	if r.From != "" {
		file, err := replay.Open(r.From)
		if err != nil {
			return boot.ConfigError{Err: err}
		}
		defer file.Close()
		return withSpare(func() error { return f(e.ctx, file) })
	}
	return r.withBus(e, func(ctx context.Context, b *bus.Bus) error {
		rec, err := replay.Live(ctx, b)
		if err != nil {
			return fmt.Errorf("nothing is recorded there: %w", err)
		}
		return withSpare(func() error { return f(ctx, rec) })
	})
}

// withBus connects to the broker, or starts that of the directory.
func (r recorded) withBus(e *env, f func(context.Context, *bus.Bus) error) error {
	var config bus.Config
	if r.Data != "" {
		dir := filepath.Join(r.Data, "nats")
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return boot.ConfigError{Err: fmt.Errorf("--data: %s is no directory of 'up'", r.Data)}
		}
		s, err := bus.Embed(bus.EmbedConfig{Dir: dir, InProcess: true})
		if err != nil {
			return boot.ConfigError{Err: fmt.Errorf("--data: %w", err)}
		}
		defer s.Close()
		config = s.Config()
	} else {
		c, err := boot.Load[natsConfig](e.ctx, e.lookup)
		if err != nil {
			return err
		}
		config = c.NATS
	}
	b, err := bus.Connect(e.ctx, config, "bonafide-recording")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	ready, cancel := context.WithTimeout(e.ctx, brokerWait)
	defer cancel()
	if err := b.Await(ready); err != nil {
		return fmt.Errorf("NATS_URL: %w", err)
	}
	return f(e.ctx, b)
}
