package providers

import (
	"context"

	"github.com/bonafide-id/bonafide/internal/fault"
)

type watchKey struct{}

// errBroke is what is told of a call that panics; what it panics with may hold anything.
var errBroke = fault.New(fault.Malformed, "providers.call", "the provider's code broke over this call")

// Watch is told of a call of a vendor when it begins, and returns the context that the call gets and what is told how it ended. Op
// is the provider and what is asked of it, for example "sumsub.send".
type Watch func(ctx context.Context, op string) (context.Context, func(error))

// WithWatch returns a context of whose calls w is told: those that are made, not those that never got so far.
func WithWatch(ctx context.Context, w Watch) context.Context {
	return context.WithValue(ctx, watchKey{}, w)
}

func (c *Client) watched(ctx context.Context, op string) (context.Context, func(error)) {
	if w, ok := ctx.Value(watchKey{}).(Watch); ok {
		return w(ctx, c.named(op))
	}
	return ctx, unwatched
}

func unwatched(error) {}
