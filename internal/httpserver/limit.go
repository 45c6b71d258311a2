package httpserver

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// quiet is how long nobody must have come before a listener that finishes is closed.
const quiet = time.Millisecond

// limit returns a listener that has at most n connections open at once. Whoever comes then waits in the kernel's queue.
func limit(ln *net.TCPListener, n int) *limited {
	return &limited{TCPListener: ln, room: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	*net.TCPListener
	room   chan struct{}
	closed chan struct{}
	once   sync.Once
	last   atomic.Bool // it takes those who have come, and then no more
}

// Accept returns net.ErrClosed when it is closed, or finishes and nobody waits any more.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	if l.last.Load() {
		_ = l.SetDeadline(time.Now().Add(quiet))
	}
	c, err := l.TCPListener.Accept()
	if err == nil {
		return &counted{Conn: c, leave: func() { <-l.room }}, nil
	}
	<-l.room
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = l.Close()
		err = net.ErrClosed
	}
	return nil, err
}

// finish has Accept take those who wait, and then close. The kernel has let them in: closed at once, it would send them away.
func (l *limited) finish() {
	l.last.Store(true)
	_ = l.SetDeadline(time.Now().Add(quiet))
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.TCPListener.Close()
}

type counted struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (c *counted) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
