package chaos

import (
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every byte with the next one.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var b [1]byte
				for {
					if _, err := io.ReadFull(c, b[:]); err != nil {
						return
					}
					b[0]++
					_, _ = c.Write(b[:])
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// dial connects through a link and returns what sends a byte and what reads one within a time.
func dial(t *testing.T, l *Link) (send func(byte), read func(within time.Duration) (byte, error)) {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return func(b byte) {
			if _, err := c.Write([]byte{b}); err != nil {
				t.Fatalf("write: %v", err)
			}
		}, func(within time.Duration) (byte, error) {
			_ = c.SetReadDeadline(time.Now().Add(within))
			var b [1]byte
			_, err := io.ReadFull(c, b[:])
			return b[0], err
		}
}

func TestACutLinkHoldsWhatIsSentUntilItIsMended(t *testing.T) {
	for _, cut := range []struct {
		name        string
		there, back bool
	}{{"both ways", true, true}, {"there", true, false}, {"back", false, true}} {
		t.Run(cut.name, func(t *testing.T) {
			l, err := newLink("a", "b", echo(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Close)
			send, read := dial(t, l)
			send(1)
			if b, err := read(10 * time.Second); b != 2 || err != nil {
				t.Fatalf("before: got %d, %v; want 2", b, err)
			}
			l.Cut(cut.there, cut.back)
			send(5)
			if b, err := read(50 * time.Millisecond); err == nil {
				t.Fatalf("while it is cut: got %d, want nothing", b)
			}
			l.Mend()
			if b, err := read(10 * time.Second); b != 6 || err != nil {
				t.Fatalf("after: got %d, %v; want 6, late and not lost", b, err)
			}
		})
	}
}

func TestThroughACutLinkNobodyGetsIn(t *testing.T) {
	l, err := newLink("a", "b", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.Cut(false, true)
	send, read := dial(t, l)
	send(1)
	if b, err := read(50 * time.Millisecond); err == nil {
		t.Fatalf("got %d through a link that is cut, want nothing", b)
	}
	l.Mend()
	if b, err := read(10 * time.Second); b != 2 || err != nil {
		t.Fatalf("after: got %d, %v; want 2", b, err)
	}
}
