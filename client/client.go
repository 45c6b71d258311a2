// Package client is how other services use Bonafide over NATS: an upstream service asks for verifications, a downstream
// service is told what became of them.
package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Options say how to connect. The zero value connects without credentials.
type Options struct {
	Name            string // shown in the broker's monitoring
	Creds           string // path of a NATS credentials file
	TLSCA           string // paths of PEM files
	TLSCert, TLSKey string
}

// Client is a connection to the broker. It is safe for concurrent use. Close it.
type Client struct{ bus *bus.Bus }

// local is where a broker is that nobody has said where it is.
const local = "nats://127.0.0.1:4222"

// Connect connects to the NATS servers of url, a comma-separated list; "" is nats://127.0.0.1:4222. A broker that is away
// is tried again until ctx ends; later interruptions are healed without a word.
func Connect(ctx context.Context, url string, o Options) (*Client, error) {
	if url == "" {
		url = local
	}
	name := o.Name
	if name == "" {
		name = "bonafide-client"
	}
	b, err := bus.Connect(ctx, bus.Config{URL: url, Creds: o.Creds, TLSCA: o.TLSCA, TLSCert: o.TLSCert, TLSKey: o.TLSKey}, name)
	if err != nil {
		return nil, fmt.Errorf("client: connect: %w", err)
	}
	c := &Client{bus: b}
	if err := c.ready(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("client: connect: %w", err), c.Close())
	}
	return c, nil
}

func (c *Client) ready(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.bus.Ready(ctx)
		if k := fault.ClassOf(err); err == nil || k == fault.Invalid || k == fault.Unauthorized {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// Origin names a request. The same tenant, source and id, however often, are one verification.
type Origin struct {
	Source string // who asks: a URI reference, "/shop/onboarding"
	ID     string // the asker's own id of this request
}

// Request asks for a verification. When it returns nil, the broker has stored the request. After any other error it
// may be stored all the same: ask again with the same Origin, it does no harm. What becomes of the request is told by
// Results, a refusal too; Reference of the request is the word to know it again by.
func (c *Client) Request(ctx context.Context, tenant string, r events.VerificationRequested, o Origin) error {
	if o.Source == "" || o.ID == "" {
		return errors.New("client: request: Origin needs Source and ID")
	}
	if _, err := c.bus.PutRequest(ctx, tenant, events.Event{ID: o.ID, Source: o.Source, Time: time.Now().UTC(), Data: r}); err != nil {
		return fmt.Errorf("client: request: %w", err)
	}
	return nil
}

// Consumer says who reads results.
type Consumer struct {
	Durable  string // a name that the broker keeps the place under: 1 to 64 of a-z 0-9 _ -
	InFlight int    // how many results are handled at once; 0 is 1, and only then their order is kept
}

// Results calls handle for every result, from the first that the stream holds, and follows until ctx ends; then it
// returns nil. The Data of an event is one of events.VerificationDecided, ActionRequired, VerificationFailed,
// VerificationErased and VerificationRejected.
//
// A result is acknowledged when handle returns nil. After an error, or when the process dies, it comes again, so handle
// must bear a result twice: (verification id, revision) tells. With InFlight 1 no later result comes before it, also when
// several processes share the durable name. Types of events that this version does not know are passed over.
func (c *Client) Results(ctx context.Context, who Consumer, handle func(context.Context, events.Event) error) error {
	n := max(who.InFlight, 1)
	feed, err := c.bus.Results(ctx, who.Durable, n)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("client: results: %w", err)
	}
	err = feed.Each(ctx, n, func(ctx context.Context, d *bus.Delivery) {
		var again error
		if d.Err == nil {
			if err := handle(ctx, d.Event); err != nil {
				again = fault.New(fault.Transient, "client.results", "")
			}
		}
		_ = d.Settle(ctx, again) // an acknowledgement that is lost brings the result again
	})
	if err != nil {
		return fmt.Errorf("client: results: %w", err)
	}
	return nil
}

// closing bounds how long Close waits for what is in flight.
const closing = 10 * time.Second

// Close waits a moment for what is in flight and closes the connection.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	return c.bus.Close(ctx)
}
