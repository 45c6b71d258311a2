package providers

import (
	"context"
	"time"
)

type clockKey struct{}

// WithClock returns a context whose calls take the time from now: the one that the dispatchers of a connection share, whatever
// their machines' clocks say.
func WithClock(ctx context.Context, now func() time.Time) context.Context {
	return context.WithValue(ctx, clockKey{}, now)
}

// Now returns the time of a context, or of own where there is none. Vendors refuse what is signed at another time than theirs.
func Now(ctx context.Context, own func() time.Time) time.Time {
	if now, ok := ctx.Value(clockKey{}).(func() time.Time); ok {
		return now()
	}
	return own()
}
