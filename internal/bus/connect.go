package bus

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Config says where the broker is. The environment prefix is NATS_.
type Config struct {
	URL         string `env:"URL, default=nats://127.0.0.1:4222"` // comma-separated
	Creds       string `env:"CREDS"`                              // path of a credentials file
	TLSCA       string `env:"TLS_CA"`                             // paths of PEM files
	TLSCert     string `env:"TLS_CERT"`
	TLSKey      string `env:"TLS_KEY"`
	Replicas    int    `env:"REPLICAS, default=1"` // of every stream
	InboxPrefix string `env:"INBOX_PREFIX"`        // what answers are sent to begins with this; empty is the client's _INBOX
	SyncAlways  bool   `env:"SYNC_ALWAYS"`         // the broker syncs before it acknowledges: writers group into batches

	Clock func() time.Time // of this machine; nil: time.Now

	server *Server // in this process
}

// minAPILevel is the JetStream API level of nats-server 2.14.
const minAPILevel = 4

// requestTimeout bounds every question to the broker that has no other bound.
const requestTimeout = 5 * time.Second

// Shorter bounds of what a log's writer asks: an answer that is lost with a broker must not hold a shard up, and asking
// again does no harm.
const (
	leaderTimeout = time.Second
	batchTimeout  = 2 * time.Second
)

// Bus is a connection to the broker. It is safe for concurrent use.
type Bus struct {
	cfg  Config
	name string
	ctl  *nats.Conn // questions and feeds
	out  *nats.Conn // inputs
	own  *nats.Conn // fenced logs
	js   jetstream.JetStream

	puts  *publisher
	logs  *publisher
	ctx   context.Context // ends with the bus
	stop  context.CancelFunc
	tasks sync.WaitGroup

	clock   clock
	shards  atomic.Int32
	checked atomic.Bool // the broker is new enough

	seats sync.Mutex
	desks []*desk // for reading streams

	mu      sync.Mutex
	closed  bool
	batches map[string]*batcher
}

// Connect returns a bus that connects now or as soon as the broker can be reached: it waits neither for the one nor for
// the other. Ready tells. Name is shown in the broker's monitoring.
func Connect(ctx context.Context, cfg Config, name string) (*Bus, error) {
	if err := ctx.Err(); err != nil {
		return nil, classify("bus.connect", err)
	}
	b := &Bus{cfg: cfg, name: name, batches: map[string]*batcher{}}
	b.ctx, b.stop = context.WithCancel(context.Background())
	for _, c := range []struct {
		conn **nats.Conn
		role string
	}{{&b.ctl, "control"}, {&b.out, "inputs"}, {&b.own, "log"}} {
		nc, err := dial(cfg, name+"/"+c.role)
		if err != nil {
			b.abandon()
			return nil, classify("bus.connect", err)
		}
		*c.conn = nc
	}
	var err error
	if b.js, err = jetstream.New(b.ctl, jetstream.WithDefaultTimeout(requestTimeout)); err == nil {
		if b.puts, err = newPublisher(b.out, putWindow); err == nil {
			b.logs, err = newPublisher(b.own, logWindow)
		}
	}
	if err != nil {
		b.abandon()
		return nil, classify("bus.connect", err)
	}
	b.tasks.Go(b.followClock)
	return b, nil
}

func dial(cfg Config, name string) (*nats.Conn, error) {
	o := []nats.Option{
		nats.Name(name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // nothing is sent later than its writer believes
		nats.Timeout(requestTimeout),
		nats.PingInterval(10 * time.Second),
		nats.DrainTimeout(10 * time.Second),
	}
	if cfg.Creds != "" {
		o = append(o, nats.UserCredentials(cfg.Creds))
	}
	if cfg.TLSCA != "" {
		o = append(o, nats.RootCAs(cfg.TLSCA))
	}
	if cfg.TLSCert != "" || cfg.TLSKey != "" {
		o = append(o, nats.ClientCert(cfg.TLSCert, cfg.TLSKey))
	}
	if cfg.InboxPrefix != "" {
		o = append(o, nats.CustomInboxPrefix(cfg.InboxPrefix))
	}
	if cfg.server != nil {
		o = append(o, nats.InProcessServer(cfg.server))
	}
	return nats.Connect(cfg.URL, o...)
}

// Ready says whether the broker is connected, new enough, and JetStream answers.
func (b *Bus) Ready(ctx context.Context) error {
	for _, nc := range []*nats.Conn{b.ctl, b.out, b.own} {
		if !nc.IsConnected() {
			return fault.New(fault.Transient, "bus.ready", "not connected")
		}
	}
	info, err := b.js.AccountInfo(ctx)
	if err != nil {
		return classify("bus.ready", err)
	}
	if info.API.Level < minAPILevel {
		return fault.New(fault.Invalid, "bus.ready", "the broker is too old: nats-server 2.14 or newer is needed")
	}
	b.checked.Store(true)
	return nil
}

// Await waits until the bus is Ready or ctx ends. A broker that is too old or refuses us ends the wait at once.
func (b *Bus) Await(ctx context.Context) error {
	if b.checked.Load() {
		return nil
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := b.Ready(ctx)
		if err == nil {
			return nil
		}
		if c := fault.ClassOf(err); c == fault.Invalid || c == fault.Unauthorized {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-b.ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// Close waits for what is in flight, drains the connections and closes them. Everything that runs on the bus ends.
func (b *Bus) Close(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	err := errors.Join(b.puts.idle(ctx), b.logs.idle(ctx))
	for _, q := range b.batches { // closed: nobody adds to it any more
		err = errors.Join(err, q.idle(ctx))
	}
	b.stop()
	b.tasks.Wait()
	b.puts.close()
	b.logs.close()
	b.clear()
	for _, nc := range []*nats.Conn{b.out, b.own, b.ctl} {
		err = errors.Join(err, drain(ctx, nc))
	}
	return classify("bus.close", err)
}

// drain lets nc deliver what it holds and closes it.
func drain(ctx context.Context, nc *nats.Conn) error {
	defer nc.Close()
	if !nc.IsConnected() {
		return nil
	}
	closed := nc.StatusChanged(nats.CLOSED)
	if err := nc.Drain(); err != nil {
		return err
	}
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bus) abandon() {
	b.stop()
	for _, p := range []*publisher{b.puts, b.logs} {
		if p != nil {
			p.close()
		}
	}
	for _, nc := range []*nats.Conn{b.ctl, b.out, b.own} {
		if nc != nil {
			nc.Close()
		}
	}
}

// spawn runs f until it returns, and Close waits for it. It reports false when the bus is closed already.
func (b *Bus) spawn(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.tasks.Go(f)
	return true
}
