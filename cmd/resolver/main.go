// Command resolver decides: it reads inputs, and writes tasks and decisions to the logs of its shards. Its only secret is
// the key that it signs decisions with, and it never sees a person.
package main

import (
	"context"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
)

func main() { boot.Main(run) }

func run(ctx context.Context, l envconfig.Lookuper) error {
	c, err := boot.Load[resolver.Config](ctx, l)
	if err != nil {
		return err
	}
	log, reg := c.Logger(os.Stderr), boot.Registry()
	b, err := bus.Connect(ctx, c.NATS, "bonafide-resolver")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	r, err := resolver.New(c, b, reg, log)
	if err != nil {
		return err
	}
	admin, err := boot.Admin(ctx, c.AdminAddr, reg, log,
		httpserver.Check{Name: "broker", Do: b.Ready},
		httpserver.Check{Name: "shards", Do: func(context.Context) error { return r.Ready() }})
	if err != nil {
		return err
	}
	return boot.Together(ctx, admin.Run, r.Run)
}
