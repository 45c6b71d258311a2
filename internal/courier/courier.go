// Package courier carries what verifications have to say to each other, from the log of the one's shard to the inputs of the
// other's: a business asks for the verifications of its persons, and they tell it where they stand.
//
// It decides nothing and keeps nothing. What it has carried is settled when it is stored, so that a crash makes it carry it
// again; whoever gets it twice takes it once.
package courier

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const source = "/bonafide/courier"

// Courier carries: of every shard one thing at a time, so that what a verification says arrives in its order. Any number of
// them share the work.
type Courier struct {
	bus     *bus.Bus
	shards  int
	log     *slog.Logger
	carried *prometheus.CounterVec
}

// New returns a courier that does nothing yet. A nil reg keeps its metrics to itself.
func New(b *bus.Bus, shards int, log *slog.Logger, reg prometheus.Registerer) *Courier {
	c := &Courier{bus: b, shards: shards, log: log, carried: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "bonafide", Subsystem: "courier", Name: "carried_total",
		Help: "What verifications said to each other, by what came of carrying it."}, []string{"outcome"})}
	if reg != nil {
		reg.MustRegister(c.carried)
	}
	return c
}

// Run carries until ctx ends and returns nil. While the broker is away it waits.
func (c *Courier) Run(ctx context.Context) error {
	var shards sync.WaitGroup
	for n := range c.shards {
		shards.Go(func() { c.run(ctx, n) })
	}
	shards.Wait()
	return nil
}

// run carries what the verifications of a shard say.
func (c *Courier) run(ctx context.Context, shard int) {
	for ctx.Err() == nil {
		feed, err := c.bus.Kin(ctx, shard)
		if err == nil {
			err = feed.Each(ctx, 1, c.handle)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		c.log.Warn("nothing of a shard is carried now", "shard", shard, "class", string(fault.ClassOf(err)), "cause", err)
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (c *Courier) handle(ctx context.Context, d *bus.Delivery) {
	err, outcome := c.carry(ctx, d), "carried"
	switch fault.ClassOf(err) {
	case fault.None:
	case fault.Invalid, fault.Malformed: // it stays in the log, and its deadline ends who waits for it
		outcome = "dropped"
		c.log.Error("what a verification has to say cannot be carried", "sequence", d.Seq, "cause", err)
	default:
		outcome = "retried"
		c.log.Warn("what a verification has to say is carried again", "sequence", d.Seq, "attempt", d.Attempt, "cause", err)
	}
	c.carried.WithLabelValues(outcome).Inc()
	if err := d.Settle(ctx, err); err != nil {
		c.log.Debug("it is not settled and comes again", "sequence", d.Seq, "cause", err)
	}
}

// carry stores what a record says where it belongs. It returns when that is stored.
func (c *Courier) carry(ctx context.Context, d *bus.Delivery) error {
	if errors.Is(d.Err, events.ErrUnknownType) {
		return fault.New(fault.Transient, "courier.decode", "a newer program has said it")
	}
	if d.Err != nil {
		return d.Err
	}
	p, asks := d.Event.Data.(events.PersonsRequested)
	if !asks {
		return c.put(ctx, d.Event, d.Event.ID, d.Event.Data)
	}
	business, _, err := c.bus.Input(ctx, events.ShardOf(p.ID, c.shards), p.Opened)
	if err != nil {
		return err
	}
	opened, ok := business.Data.(events.VerificationOpened)
	if !ok || events.IdentityOf(opened.ID) != events.IdentityOf(p.ID) || opened.Tenant != p.Tenant {
		return fault.New(fault.Invalid, "courier.open", "the input that is named is not the business's request")
	}
	for _, id := range p.Persons {
		o, ok := opening(&opened, id, p.Round)
		if !ok {
			c.log.Error("a person is asked for whom the request does not name", "verification", p.ID)
			continue
		}
		if err := c.put(ctx, d.Event, d.Event.ID+"/"+events.IdentityOf(id), o); err != nil {
			return err
		}
	}
	return nil
}

func (c *Courier) put(ctx context.Context, said events.Event, id string, p events.Payload) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := c.bus.Put(ctx, events.Event{ID: id, Source: source, Subject: p.Key(), Time: said.Time, Data: p, CausationID: said.ID, TraceParent: said.TraceParent})
	return err
}
