package resolver

import (
	"context"
	"os"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/httpserver"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Main is the whole process of a resolver: configuration from l, the service and its admin port, until ctx ends.
func Main(ctx context.Context, l envconfig.Lookuper) error {
	c, err := boot.Load[Config](ctx, l)
	if err != nil {
		return err
	}
	log, reg := c.Logger(os.Stderr), boot.Registry()
	tracer, err := trace.Open(c.Traces, "bonafide-resolver", log, reg)
	if err != nil {
		return err
	}
	defer tracer.Close() // last: what stops has spans that end
	b, err := bus.Connect(ctx, c.NATS, "bonafide-resolver")
	if err != nil {
		return err
	}
	defer boot.Close(b)
	r, err := New(c, b, reg, log, tracer)
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
