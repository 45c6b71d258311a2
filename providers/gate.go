package providers

import (
	"context"
	"net/http"
)

type gateKey struct{}

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
