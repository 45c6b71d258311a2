// Package boot starts services: configuration from the environment, signals, logs, one exit. What each service is made
// of stands in the packages below it, so that a service links only what it may touch.
package boot

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Common is the configuration that every service has.
type Common struct {
	NATS      bus.Config   `env:", prefix=NATS_"`
	Shards    int          `env:"SHARDS, default=16"` // a power of two; fixed once streams exist
	AdminAddr string       `env:"ADMIN_ADDR, default=:9090"`
	LogLevel  slog.Level   `env:"LOG_LEVEL, default=info"`
	LogFormat string       `env:"LOG_FORMAT, default=json"` // json or text
	Traces    trace.Config `env:", prefix=OTEL_"`
}

// Validate returns every problem, each naming its variable.
func (c Common) Validate() error {
	var errs []error
	if c.Shards < 1 || c.Shards&(c.Shards-1) != 0 || c.Shards > 1024 {
		errs = append(errs, fmt.Errorf("SHARDS: %d is not a power of two up to 1024", c.Shards))
	}
	if c.NATS.Replicas != 1 && c.NATS.Replicas != 3 && c.NATS.Replicas != 5 {
		errs = append(errs, fmt.Errorf("NATS_REPLICAS: %d is none of 1, 3, 5", c.NATS.Replicas))
	}
	if c.LogFormat != "json" && c.LogFormat != "text" {
		errs = append(errs, fmt.Errorf("LOG_FORMAT: %q is neither json nor text", c.LogFormat))
	}
	return errors.Join(append(errs, c.Traces.Validate())...)
}

// Logger returns the log that the configuration asks for, on w.
func (c Common) Logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// ConfigError says that the environment or the arguments are wrong: exit code 2.
type ConfigError struct{ Err error }

// Error lists the problems.
func (e ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the problems.
func (e ConfigError) Unwrap() error { return e.Err }

// Load reads a configuration from l and validates it. All problems are in the ConfigError that it returns.
func Load[C interface{ Validate() error }](ctx context.Context, l envconfig.Lookuper) (C, error) {
	var c C
	var errs []error
	seen := &reader{from: l, wrong: map[string]bool{}}
	for {
		c = *new(C)
		err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &c, Lookuper: seen})
		if err == nil {
			break
		}
		errs = append(errs, fmt.Errorf("%s: %w", seen.last, cause(err)))
		if seen.wrong[seen.last] {
			return c, ConfigError{errors.Join(errs...)}
		}
		seen.wrong[seen.last] = true
	}
	if err := errors.Join(append(errs, c.Validate())...); err != nil {
		return c, ConfigError{err}
	}
	return c, nil
}

// reader remembers which variable was read last: the one that could not be parsed. One that is wrong is left out, so that
// the rest can be looked at too.
type reader struct {
	from  envconfig.Lookuper
	last  string
	wrong map[string]bool
}

// Lookup returns the value of a variable.
func (r *reader) Lookup(name string) (string, bool) {
	r.last = name
	if r.wrong[name] {
		return "", false
	}
	return r.from.Lookup(name)
}

// cause returns the innermost error: those around it name fields of ours.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// Main runs a service until it ends or is told to, and exits: 0 done, 1 it failed, 2 the configuration is wrong.
func Main(run func(context.Context, envconfig.Lookuper) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, envconfig.OsLookuper())
	stop()
	var bad ConfigError
	switch {
	case err == nil:
	case errors.As(err, &bad):
		fmt.Fprintln(os.Stderr, bad)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Holder returns a name for this process that no other process has: the host's name and chance.
func Holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	var b [4]byte
	rand.Read(b[:])
	return host + "-" + hex.EncodeToString(b[:])
}
