package bus

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bare is the least that our job can be on a broker: a request becomes commands, each command a result, and the last result
// a decision, every message stored, without envelopes, schemas, sealing, flows or evidence. Ours is measured against it in
// the same minutes, since machines differ more from hour to hour than versions do.
type Bare struct {
	Checks   int
	InFlight int
	Payload  int // bytes of each message but the request, which has twice as many

	bus     *Bus
	count   atomic.Int64
	slots   chan struct{}
	mu      sync.Mutex
	missing map[uint64]int // results that a request waits for
	err     error
}

// bareAck is how many messages are acknowledged at once.
const bareAck = 256

// Run runs the loop on an empty broker until ctx ends, which is no error.
func (l *Bare) Run(ctx context.Context, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	if l.bus, err = Connect(ctx, c, "bare"); err != nil {
		return err
	}
	defer l.bus.Close(context.WithoutCancel(ctx))
	if err := l.bus.Await(ctx); err != nil {
		return err
	}
	l.slots, l.missing = make(chan struct{}, l.InFlight), map[uint64]int{}
	for _, s := range []string{"request", "command", "result", "decision"} {
		cfg := jetstream.StreamConfig{Name: "BARE_" + s, Subjects: []string{"bare." + s + ".>"}, Storage: jetstream.FileStorage, Duplicates: 100 * time.Millisecond}
		if s == "decision" {
			cfg.Duplicates = 2 * time.Minute
		}
		if _, err := l.bus.js.CreateStream(ctx, cfg); err != nil {
			return classify("bus.bare", err)
		}
	}
	stages := map[string]func(context.Context, uint64){"result.all": l.resolve, "request.all": l.plan}
	for i := range l.Checks {
		stages["command."+strconv.Itoa(i)] = l.work
	}
	for name, do := range stages {
		stop, err := l.stage(ctx, name, do)
		if err != nil {
			return classify("bus.bare", err)
		}
		defer stop()
	}
	for id := uint64(1); ; id++ {
		select {
		case l.slots <- struct{}{}:
		case <-ctx.Done():
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.err
		}
		l.send(ctx, "request.all", id, 2*l.Payload, nil, nil)
	}
}

// Decided returns how many decisions are stored so far.
func (l *Bare) Decided() int64 { return l.count.Load() }

// stage hands each message of one subject to do.
func (l *Bare) stage(ctx context.Context, name string, do func(context.Context, uint64)) (stop func(), err error) {
	kind, which, _ := cutSubject(name)
	c, err := l.bus.js.CreateConsumer(ctx, "BARE_"+kind, jetstream.ConsumerConfig{Durable: which, FilterSubject: "bare." + name,
		AckPolicy: jetstream.AckAllPolicy, MaxAckPending: -1})
	if err != nil {
		return nil, err
	}
	seen := 0
	reading, err := c.Consume(func(m jetstream.Msg) {
		do(ctx, binary.LittleEndian.Uint64(m.Data()))
		if seen++; seen%bareAck == 0 {
			_ = m.Ack()
		}
	}, jetstream.PullMaxMessages(2000))
	if err != nil {
		return nil, err
	}
	return reading.Stop, nil
}

func cutSubject(name string) (kind, which string, ok bool) {
	for i := range name {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

func (l *Bare) plan(ctx context.Context, id uint64) {
	l.mu.Lock()
	l.missing[id] = l.Checks
	l.mu.Unlock()
	for i := range l.Checks {
		l.send(ctx, "command."+strconv.Itoa(i), id, l.Payload, nil, nil)
	}
}

func (l *Bare) work(ctx context.Context, id uint64) {
	l.send(ctx, "result.all", id, l.Payload, nil, nil)
}

func (l *Bare) resolve(ctx context.Context, id uint64) {
	l.mu.Lock()
	l.missing[id]--
	done := l.missing[id] == 0
	if done {
		delete(l.missing, id)
	}
	l.mu.Unlock()
	if !done {
		return
	}
	l.send(ctx, "decision.all", id, l.Payload, nats.Header{"Nats-Msg-Id": {strconv.FormatUint(id, 10)}}, func() {
		l.count.Add(1)
		<-l.slots
	})
}

// send publishes one message; then is called when it is stored.
func (l *Bare) send(ctx context.Context, subject string, id uint64, size int, h nats.Header, then func()) {
	b := make([]byte, max(size, 8))
	binary.LittleEndian.PutUint64(b, id)
	err := l.bus.logs.send(ctx, &nats.Msg{Subject: "bare." + subject, Header: h, Data: b}, 0, func(_, _ uint64, err error) {
		if err != nil {
			l.fail(err)
		} else if then != nil {
			then()
		}
	})
	if err != nil && ctx.Err() == nil {
		l.fail(err)
	}
}

func (l *Bare) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = classify("bus.bare", fmt.Errorf("a message was not stored: %w", err))
	}
}
