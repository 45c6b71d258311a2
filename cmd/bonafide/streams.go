package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
)

type streamsCmd struct {
	Apply streamsApply `cmd:"" help:"Create and update streams and consumers. A second time it changes nothing."`
	Check streamsCheck `cmd:"" help:"Print what apply would change; exit 1 if that is anything."`
	Mend  mendCmd      `cmd:"" help:"After a loss of power, where the broker does not sync before it acknowledges: print which shards speak of what is lost; exit 1 if any does."`
}

type streamsApply struct{}

type streamsCheck struct{}

// streamsConfig is boot.Common without what only services need.
type streamsConfig struct {
	boot.Common
}

// Run applies the layout and prints the differences.
func (streamsApply) Run(e *env) error {
	return withBus(e, func(ctx context.Context, b *bus.Bus, l bus.Layout) error {
		changes, err := b.Apply(ctx, l)
		for _, c := range changes {
			fmt.Fprintln(e.out, c)
		}
		if err == nil && len(changes) == 0 {
			fmt.Fprintln(e.out, "nothing to change")
		}
		return err
	})
}

// Run prints the differences and changes nothing.
func (streamsCheck) Run(e *env) error {
	return withBus(e, func(ctx context.Context, b *bus.Bus, l bus.Layout) error {
		changes, err := b.Check(ctx, l)
		if err != nil {
			return err
		}
		for _, c := range changes {
			fmt.Fprintln(e.out, c)
		}
		if len(changes) > 0 {
			return errBad
		}
		fmt.Fprintln(e.out, "nothing to change")
		return nil
	})
}

func withBus(e *env, f func(context.Context, *bus.Bus, bus.Layout) error) error {
	c, err := boot.Load[streamsConfig](e.ctx, e.lookup)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	b, err := bus.Connect(ctx, c.NATS, "bonafide-streams")
	if err != nil {
		return err
	}
	defer b.Close(context.WithoutCancel(ctx))
	if err := b.Ready(ctx); err != nil {
		return fmt.Errorf("NATS_URL: %w", err)
	}
	return f(ctx, b, bus.Layout{Shards: c.Shards, Replicas: c.NATS.Replicas, Providers: providerNames()})
}
