package bus

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	putWindow = 4096 // inputs in flight
	logWindow = 8192 // records in flight, over all shards
)

// stored is told what came of one message: its sequence, or why it may not be stored. Tag is what send was given.
type stored func(tag, seq uint64, err error)

// publisher sends messages without waiting for one before the next, with a bound on how many are in flight. It never
// sends anything twice and never changes the order, so that those who rely on order can.
type publisher struct {
	nc     *nats.Conn
	sub    *nats.Subscription
	prefix string
	free   chan uint32
	stop   chan struct{}
	done   sync.WaitGroup

	mu     sync.Mutex
	slots  []slot
	closed bool
}

type slot struct {
	turn uint32 // grows with every use, so that a late answer is told from the right one
	busy bool
	sent time.Time
	tag  uint64
	done stored
}

func newPublisher(nc *nats.Conn, window int) (*publisher, error) {
	p := &publisher{
		nc:     nc,
		prefix: nc.NewInbox() + ".",
		free:   make(chan uint32, window),
		slots:  make([]slot, window),
		stop:   make(chan struct{}),
	}
	for i := range window {
		p.free <- uint32(i)
	}
	var err error
	if p.sub, err = nc.Subscribe(p.prefix+"*", p.answered); err != nil {
		return nil, err
	}
	lost := nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	p.done.Go(func() { p.watch(lost) })
	return p, nil
}

// send publishes m as soon as there is room. When it returns nil, done is called exactly once, from a goroutine that
// must not be held up; when it returns an error, done is not called and m was not sent.
func (p *publisher) send(ctx context.Context, m *nats.Msg, tag uint64, done stored) error {
	var i uint32
	select {
	case i = <-p.free:
	default:
		select {
		case i = <-p.free:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.stop:
			return nats.ErrConnectionClosed
		}
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.free <- i
		return nats.ErrConnectionClosed
	}
	s := &p.slots[i]
	s.turn++
	s.busy, s.sent, s.tag, s.done = true, time.Now(), tag, done
	turn := s.turn
	p.mu.Unlock()

	var room [64]byte
	b := append(room[:0], p.prefix...)
	b = strconv.AppendUint(b, uint64(turn)<<32|uint64(i), 36)
	m.Reply = string(b)
	if err := p.nc.PublishMsg(m); err != nil {
		if _, ok := p.take(i, turn); ok {
			p.free <- i
			return err
		}
	}
	return nil
}

// take ends the use of a slot, if it is still that use.
func (p *publisher) take(i, turn uint32) (slot, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.slots[i]
	if !s.busy || s.turn != turn {
		return slot{}, false
	}
	taken := *s
	s.busy, s.done = false, nil
	return taken, true
}

func (p *publisher) answered(m *nats.Msg) {
	n, err := strconv.ParseUint(m.Subject[len(p.prefix):], 36, 64)
	if err != nil || uint32(n) >= uint32(len(p.slots)) {
		return
	}
	s, ok := p.take(uint32(n), uint32(n>>32))
	if !ok {
		return
	}
	seq, err := readAck(m)
	s.done(s.tag, seq, err)
	p.free <- uint32(n)
}

// watch ends what was never answered: all of it when the connection is lost, single messages when they are overdue.
func (p *publisher) watch(lost <-chan nats.Status) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-lost:
			p.expire(time.Now().Add(time.Hour), nats.ErrDisconnected)
		case now := <-tick.C:
			p.expire(now.Add(-requestTimeout), nats.ErrTimeout)
		case <-p.stop:
			p.expire(time.Now().Add(time.Hour), nats.ErrConnectionClosed)
			return
		}
	}
}

// expire ends everything sent before the given moment.
func (p *publisher) expire(before time.Time, err error) {
	if len(p.free) == cap(p.free) {
		return
	}
	for i := range p.slots {
		p.mu.Lock()
		s := &p.slots[i]
		due, turn := s.busy && s.sent.Before(before), s.turn
		p.mu.Unlock()
		if !due {
			continue
		}
		if s, ok := p.take(uint32(i), turn); ok {
			s.done(s.tag, 0, err)
			p.free <- uint32(i)
		}
	}
}

// idle waits until nothing is in flight.
func (p *publisher) idle(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(p.free) < cap(p.free) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// close refuses further messages and ends what is in flight.
func (p *publisher) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	close(p.stop)
	p.done.Wait()
}

type pubAck struct {
	Seq   uint64              `json:"seq"`
	Error *jetstream.APIError `json:"error"`
}

// readAck reads the broker's answer to a published message.
func readAck(m *nats.Msg) (uint64, error) {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return 0, nats.ErrNoResponders
	}
	if !bytes.Contains(m.Data, []byte(`"error"`)) {
		if _, rest, ok := bytes.Cut(m.Data, []byte(`"seq":`)); ok {
			var n uint64
			for _, c := range bytes.TrimLeft(rest, " ") {
				if c < '0' || c > '9' {
					break
				}
				n = n*10 + uint64(c-'0')
			}
			if n > 0 {
				return n, nil
			}
		}
	}
	var a pubAck
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return 0, err
	}
	if a.Error != nil {
		return 0, a.Error
	}
	if a.Seq == 0 {
		return 0, jetstream.ErrInvalidJSAck
	}
	return a.Seq, nil
}
