package sandbox

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// ShuffleHold is how long, in vendor time, a webhook of a shuffled story is kept
// back. What the same entity is due to send meanwhile goes out before it.
const ShuffleHold = time.Minute

// maxAttempts is how many attempts a courier remembers; older ones are forgotten.
const maxAttempts = 10_000

// Delivery is one webhook to send.
type Delivery struct {
	Event  string // for the ledger
	Entity string // deliveries of one entity start in the order of Send
	Target string // URL
	Header http.Header
	Body   []byte // sent as it is; application/json unless Header says otherwise
	// Sign, if not nil, adds the vendor's headers to attempt number n (from 1).
	Sign func(h http.Header, body []byte, n int)
	// Retries are the waits, in vendor time, before each further attempt when the
	// one before it was not answered with 2xx.
	Retries []time.Duration
	// Timeout of an attempt, in the client's time; 0 means 5 s.
	Timeout time.Duration
	Story   Story // Dup, Shuffle and Lost count
	// Observe, if not nil, is told of every attempt after it was made.
	Observe func(Attempt)
}

// Attempt is what became of a delivery once.
type Attempt struct {
	Event   string    `json:"event"`
	Entity  string    `json:"entity"`
	Target  string    `json:"target"`
	Number  int       `json:"number"` // from 1; 0 when nothing was sent
	At      time.Time `json:"at"`
	Fate    Fate      `json:"fate"`
	Status  int       `json:"status"` // 0 when there was no answer
	Doubled bool      `json:"doubled"`
}

// Fate is how an attempt ended.
type Fate string

// The fates.
const (
	Delivered Fate = "delivered" // answered with 2xx
	Failed    Fate = "failed"    // answered otherwise or not at all
	Lost      Fate = "lost"      // not sent, as the story says
	Refused   Fate = "refused"   // not sent: the target is not allowed
)

// Courier sends webhooks. It goes to loopback addresses and to the hosts it was
// given, follows no redirect and uses no proxy. It is safe for concurrent use.
type Courier struct {
	clock  *Clock
	ledger *Ledger
	log    *slog.Logger
	hosts  []string
	client *http.Client

	mu       sync.Mutex
	lanes    map[string][]*parcel // deliveries of an entity that wait for their first attempt
	held     map[string][]*parcel // shuffled deliveries of an entity
	attempts []Attempt
}

// parcel is a delivery on its way.
type parcel struct {
	Delivery
	number  int
	doubled bool
}

// NewCourier returns a courier. Hosts are names or name:port pairs that it may
// send to besides loopback.
func NewCourier(clock *Clock, ledger *Ledger, log *slog.Logger, hosts ...string) *Courier {
	return &Courier{
		clock: clock, ledger: ledger, log: log, hosts: hosts,
		client: &http.Client{
			Transport:     &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 8, IdleConnTimeout: 10 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		lanes: make(map[string][]*parcel), held: make(map[string][]*parcel),
	}
}

// Send takes a delivery on and returns at once. Attempts end when the clock is
// closed.
func (c *Courier) Send(d Delivery) {
	p := &parcel{Delivery: d}
	c.ledger.webhook(d.Event, func(n *WebhookCount) { n.Queued++ })
	switch {
	case d.Story.Lost:
		c.record(p, Lost, 0)
		return
	case !c.Allowed(d.Target):
		c.record(p, Refused, 0)
		return
	}
	parcels := []*parcel{p}
	if d.Story.Dup {
		c.ledger.webhook(d.Event, func(n *WebhookCount) { n.Queued++; n.Doubled++ })
		parcels = append(parcels, &parcel{Delivery: d, doubled: true})
	}
	if !d.Story.Shuffle {
		c.enqueue(parcels...)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.held[d.Entity]) == 0 {
		c.clock.After(ShuffleHold, func(context.Context) { c.release(d.Entity) })
	}
	c.held[d.Entity] = append(c.held[d.Entity], parcels...)
}

// release lets go of what was held for an entity, last in, first out.
func (c *Courier) release(entity string) {
	c.mu.Lock()
	parcels := c.held[entity]
	delete(c.held, entity)
	c.mu.Unlock()
	slices.Reverse(parcels)
	c.enqueue(parcels...)
}

// enqueue puts parcels of one entity in its lane; the first in an empty lane
// starts it.
func (c *Courier) enqueue(parcels ...*parcel) {
	entity := parcels[0].Entity
	c.mu.Lock()
	defer c.mu.Unlock()
	_, moving := c.lanes[entity]
	c.lanes[entity] = append(c.lanes[entity], parcels...)
	if !moving {
		c.clock.After(0, func(ctx context.Context) { c.drain(ctx, entity) })
	}
}

func (c *Courier) drain(ctx context.Context, entity string) {
	for {
		c.mu.Lock()
		lane := c.lanes[entity]
		if len(lane) == 0 || ctx.Err() != nil {
			delete(c.lanes, entity)
			c.mu.Unlock()
			return
		}
		c.lanes[entity] = lane[1:]
		c.mu.Unlock()
		c.attempt(ctx, lane[0])
	}
}

// attempt sends a parcel once and, if it was not accepted, plans the next time.
func (c *Courier) attempt(ctx context.Context, p *parcel) {
	p.number++
	status := c.post(ctx, p)
	if ctx.Err() != nil {
		return
	}
	if status/100 == 2 {
		c.record(p, Delivered, status)
		return
	}
	c.record(p, Failed, status)
	if p.number <= len(p.Retries) {
		c.clock.After(p.Retries[p.number-1], func(ctx context.Context) { c.attempt(ctx, p) })
	}
}

// post returns the status of the answer, or 0.
func (c *Courier) post(ctx context.Context, p *parcel) int {
	timeout := p.Timeout
	if timeout <= 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Target, bytes.NewReader(p.Body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	for name, values := range p.Header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if p.Sign != nil {
		p.Sign(req.Header, p.Body, p.number)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	return resp.StatusCode
}

func (c *Courier) record(p *parcel, fate Fate, status int) {
	a := Attempt{
		Event: p.Event, Entity: p.Entity, Target: p.Target, Number: p.number, At: c.clock.Now(),
		Fate: fate, Status: status, Doubled: p.doubled,
	}
	c.ledger.webhook(p.Event, func(n *WebhookCount) {
		switch fate {
		case Delivered:
			n.Attempts++
			n.Delivered++
		case Failed:
			n.Attempts++
			n.Failed++
		case Lost:
			n.Lost++
		case Refused:
			n.Refused++
		}
	})
	c.mu.Lock()
	if len(c.attempts) == maxAttempts {
		c.attempts = c.attempts[:copy(c.attempts, c.attempts[maxAttempts/2:])]
	}
	c.attempts = append(c.attempts, a)
	c.mu.Unlock()
	c.log.Debug("webhook", "event", p.Event, "attempt", p.number, "fate", string(fate), "status", status)
	if p.Observe != nil {
		p.Observe(a)
	}
}

// Attempts returns what became of the deliveries so far, oldest first; when there
// were very many, only the latest thousands.
func (c *Courier) Attempts() []Attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts)
}

// Allowed reports whether the courier may send to a URL: http or https, to a
// loopback address, localhost or one of its hosts.
func (c *Courier) Allowed(target string) bool {
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(c.hosts, func(h string) bool {
		return strings.EqualFold(h, u.Hostname()) || strings.EqualFold(h, u.Host)
	})
}

// close lets idle connections go.
func (c *Courier) close() { c.client.CloseIdleConnections() }
