package providers

import (
	"context"
	"net/http"
)

type (
	gateKey   struct{}
	scarceKey struct{}
)

// WithScarce returns a context whose requests are of a kind that Spec.Scarce names: they spend of the connection's rate and of
// their own. One that would have to wait for long is refused with class RateLimited and the kind as Scope, which a client also
// gives to the error of one that the vendor refuses: then no other kind is held up.
func WithScarce(ctx context.Context, kind string) context.Context {
	return context.WithValue(ctx, scarceKey{}, kind)
}

// ScarceKind returns the kind of a context's requests; "" is the ordinary one.
func ScarceKind(ctx context.Context) string {
	kind, _ := ctx.Value(scarceKey{}).(string)
	return kind
}

// WithGate returns a context whose requests to a vendor each wait for gate first: that is how a connection keeps within
// the vendor's rate. An error of gate is the request's error and nothing is sent; it must have a class.
func WithGate(ctx context.Context, gate func(context.Context) error) context.Context {
	return context.WithValue(ctx, gateKey{}, gate)
}

// gated asks the gate in a request's context before the request goes out.
type gated struct{ next http.RoundTripper }

// RoundTrip makes one request.
func (g gated) RoundTrip(r *http.Request) (*http.Response, error) {
	if gate, ok := r.Context().Value(gateKey{}).(func(context.Context) error); ok {
		if err := gate(r.Context()); err != nil {
			if r.Body != nil {
				_ = r.Body.Close()
			}
			return nil, err
		}
	}
	return g.next.RoundTrip(r)
}

// CloseIdleConnections passes on what http.Client asks.
func (g gated) CloseIdleConnections() {
	if c, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// withGate returns h with its requests gated. h itself stays as it is.
func withGate(h *http.Client) *http.Client {
	c := *h
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	c.Transport = gated{c.Transport}
	return &c
}
