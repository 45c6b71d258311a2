// Command ingest faces the internet: it takes requests and vendors' webhooks, seals what is personal, and stores them as
// events. It can seal and not open, and has no vendor's API key.
package main

import (
	"context"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
)

func main() { boot.Main(run) }

func run(ctx context.Context, l envconfig.Lookuper) error {
	c, err := ingest.Load(ctx, l)
	if err != nil {
		return err
	}
	log, reg := c.Logger(os.Stderr), boot.Registry()
	b, err := bus.Connect(ctx, c.NATS, "bonafide-ingest")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	s, err := ingest.New(ctx, c, ingest.Parts{Bus: b, Lookuper: l, Log: log, Registerer: reg})
	if err != nil {
		return err
	}
	admin, err := boot.Admin(ctx, c.AdminAddr, reg, log, httpserver.Check{Name: "ingest", Do: s.Ready})
	if err != nil {
		return err
	}
	return boot.Together(ctx, admin.Run, s.Run)
}
