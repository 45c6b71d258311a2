package dispatcher

import (
	"context"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Main is the whole process of a dispatcher: configuration from l, the service and its admin port, until ctx ends.
func Main(ctx context.Context, l envconfig.Lookuper) error {
	c, err := Load(ctx, l)
	if err != nil {
		return err
	}
	log, reg := c.Logger(os.Stderr), boot.Registry()
	tracer, err := trace.Open(c.Traces, "bonafide-dispatcher", log, reg)
	if err != nil {
		return err
	}
	defer tracer.Close() // last: what stops has spans that end
	b, err := bus.Connect(ctx, c.NATS, "bonafide-dispatcher")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	s, err := New(ctx, c, Parts{Bus: b, Lookuper: l, Log: log, Registerer: reg, Tracer: tracer})
	if err != nil {
		return err
	}
	admin, err := boot.Admin(ctx, c.AdminAddr, reg, log, httpserver.Check{Name: "broker", Do: b.Ready})
	if err != nil {
		return err
	}
	return boot.Together(ctx, admin.Run, s.Run)
}
