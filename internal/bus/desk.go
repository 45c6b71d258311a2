package bus

import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// A broker hangs up on a client for which more than 64 MiB lie ready (its max_pending). So what the readers of one connection may
// have asked for together stays well below that, and none of them shares its connection with anything else.
const (
	readAhead = 4 << 20 // bytes that a reader asks for at once
	deskSeats = 8       // readers of a connection
	desksMost = 32      // connections: beyond, where nearly all wait for news as those do who follow events over HTTP, more readers share each
)

// desk is a connection that streams are read through.
type desk struct {
	nc    *nats.Conn
	js    jetstream.JetStream
	taken int
}

// sit returns a desk with a place for one more reader, who must leave it. It may be a new one, which is not connected yet.
func (b *Bus) sit() (*desk, error) {
	b.seats.Lock()
	defer b.seats.Unlock()
	var best *desk
	for _, d := range b.desks {
		if best == nil || d.taken < best.taken {
			best = d
		}
	}
	if best != nil && (best.taken < deskSeats || len(b.desks) >= desksMost) {
		best.taken++
		return best, nil
	}
	if b.ctx.Err() != nil {
		return nil, fault.New(fault.Stopping, "bus.read", "the bus is closed")
	}
	nc, err := dial(b.cfg, b.name+"/reading")
	if err != nil {
		return nil, classify("bus.read", err)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return nil, classify("bus.read", err)
	}
	d := &desk{nc: nc, js: js, taken: 1}
	b.desks = append(b.desks, d)
	return d, nil
}

// leave gives a place back. The connection stays for the next reader.
func (b *Bus) leave(d *desk) {
	b.seats.Lock()
	defer b.seats.Unlock()
	d.taken--
}

// clear closes all desks. Whoever still reads finds that the bus is closed.
func (b *Bus) clear() {
	b.seats.Lock()
	defer b.seats.Unlock()
	for _, d := range b.desks {
		d.nc.Close()
	}
	b.desks = nil
}
