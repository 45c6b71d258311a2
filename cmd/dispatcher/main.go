// Command dispatcher calls the vendors. It alone can open what ingest has sealed, and has no inbound door but its admin
// port.
package main

import (
	"context"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
)

func main() { boot.Main(run) }

func run(ctx context.Context, l envconfig.Lookuper) error {
	c, err := dispatcher.Load(ctx, l)
	if err != nil {
		return err
	}
	log, reg := c.Logger(os.Stderr), boot.Registry()
	b, err := bus.Connect(ctx, c.NATS, "bonafide-dispatcher")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	s, err := dispatcher.New(ctx, c, dispatcher.Parts{Bus: b, Lookuper: l, Log: log, Registerer: reg})
	if err != nil {
		return err
	}
	admin, err := boot.Admin(ctx, c.AdminAddr, reg, log, httpserver.Check{Name: "broker", Do: b.Ready})
	if err != nil {
		return err
	}
	return boot.Together(ctx, admin.Run, s.Run)
}
