package chaos

import (
	"context"
	"net"
	"sync"
)

// Link is the way from one process to another: a relay on loopback that can be cut, in one direction or both. What was sent
// into a cut way is late, not lost, as TCP has it; what hangs long enough is given up by those at its ends.
type Link struct {
	From, To string

	ln     net.Listener
	target string
	ctx    context.Context
	close  context.CancelFunc
	work   sync.WaitGroup

	there, back *gate
}

// newLink listens for who goes to target.
func newLink(from, to, target string) (*Link, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{From: from, To: to, ln: ln, target: target, there: newGate(), back: newGate()}
	l.ctx, l.close = context.WithCancel(context.Background())
	l.work.Go(l.accept)
	return l, nil
}

// Addr returns where the way begins.
func (l *Link) Addr() string { return l.ln.Addr().String() }

// Cut closes the way there, back, or both.
func (l *Link) Cut(there, back bool) {
	if there {
		l.there.shut()
	}
	if back {
		l.back.shut()
	}
}

// Mend opens the way in both directions.
func (l *Link) Mend() {
	l.there.open()
	l.back.open()
}

// Close ends all connections and waits until nothing of the link runs.
func (l *Link) Close() {
	l.close()
	_ = l.ln.Close()
	l.work.Wait()
}

func (l *Link) accept() {
	for {
		c, err := l.ln.Accept()
		if err != nil {
			return
		}
		l.work.Go(func() { l.relay(c) })
	}
}

// relay serves one connection. A new one begins with a word in each direction, so both must be open.
func (l *Link) relay(c net.Conn) {
	defer c.Close()
	if l.there.pass(l.ctx) != nil || l.back.pass(l.ctx) != nil {
		return
	}
	var d net.Dialer
	to, err := d.DialContext(l.ctx, "tcp", l.target)
	if err != nil {
		return
	}
	defer to.Close()
	ctx, over := context.WithCancel(l.ctx)
	defer over()
	stop := context.AfterFunc(ctx, func() { _ = c.Close(); _ = to.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { defer over(); pump(ctx, to, c, l.there) })
	both.Go(func() { defer over(); pump(ctx, c, to, l.back) })
	both.Wait()
}

// pump moves bytes through a gate until one side ends.
func pump(ctx context.Context, to, from net.Conn, g *gate) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if g.pass(ctx) != nil {
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// gate is a door that is waited for while it is shut.
type gate struct {
	mu   sync.Mutex
	door chan struct{} // closed: open
}

func newGate() *gate {
	g := &gate{door: make(chan struct{})}
	close(g.door)
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.door:
		g.door = make(chan struct{})
	default:
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.door:
	default:
		close(g.door)
	}
}

// pass returns nil as soon as the gate is open, or the end of ctx.
func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	door := g.door
	g.mu.Unlock()
	select {
	case <-door:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
