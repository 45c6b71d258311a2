package replay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// In a file numbers are varints, and texts follow their length.

// framer writes items. It remembers the first error and then writes nothing.
type framer struct {
	w   *bufio.Writer
	b   [binary.MaxVarintLen64]byte
	err error
}

func (f *framer) number(n uint64) { f.write(binary.AppendUvarint(f.b[:0], n)) }

func (f *framer) write(b []byte) {
	if f.err == nil {
		_, f.err = f.w.Write(b)
	}
}

func (f *framer) text(s string) {
	f.number(uint64(len(s)))
	if f.err == nil {
		_, f.err = f.w.WriteString(s)
	}
}

func (f *framer) input(r *bus.Raw) {
	f.number(r.Seq)
	f.number(uint64(r.At.UnixNano()))
	f.number(uint64(len(r.Header)))
	for name, vs := range r.Header {
		f.text(name)
		f.number(uint64(len(vs)))
		for _, v := range vs {
			f.text(v)
		}
	}
	f.number(uint64(len(r.Data)))
	f.write(r.Data)
}

func (f *framer) line(l *Line) {
	f.number(l.InSeq)
	f.number(uint64(l.Ord))
	f.number(l.Seq)
	f.text(l.Subject)
	f.text(l.ID)
	f.write(l.Sum[:])
}

// textMost bounds what one text may claim to be.
const textMost = 64 << 20

var errFrame = errors.New("damaged: a text that is longer than any that is written")

// unframer reads items. It remembers the first error and then gives zeroes. What it gives as bytes and headers is good
// until again.
type unframer struct {
	r       *bufio.Reader
	err     error
	room    []byte // for bytes; used holds as much of it as is given
	used    int
	headers []events.Header
	taken   int               // of headers
	words   map[string]string // names and values that come again and again
}

// again takes back all bytes and headers.
func (u *unframer) again() { u.used, u.taken = 0, 0 }

func (u *unframer) number() uint64 {
	if u.err != nil {
		return 0
	}
	var n uint64
	n, u.err = binary.ReadUvarint(u.r)
	return n
}

func (u *unframer) bytes(n uint64) []byte {
	if n > textMost && u.err == nil {
		u.err = errFrame
	}
	if u.err != nil {
		return nil
	}
	if u.used+int(n) > len(u.room) {
		u.room, u.used = make([]byte, max(2*len(u.room), int(n), 1<<16)), 0 // who has some of the old keeps it
	}
	b := u.room[u.used : u.used+int(n) : u.used+int(n)]
	u.used += int(n)
	_, u.err = io.ReadFull(u.r, b)
	return b
}

func (u *unframer) text() string { return string(u.bytes(u.number())) }

// Bounds of the words that are remembered.
const (
	wordsMost = 1024
	wordMost  = 64
)

// word is text for what comes again and again.
func (u *unframer) word() string {
	b := u.bytes(u.number())
	if w, ok := u.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if len(w) <= wordMost && len(u.words) < wordsMost {
		u.words[w] = w
	}
	return w
}

// header returns an empty one.
func (u *unframer) header() events.Header {
	if u.taken == len(u.headers) {
		u.headers = append(u.headers, events.Header{})
	}
	h := u.headers[u.taken]
	u.taken++
	clear(h)
	return h
}

func (u *unframer) input() bus.Raw {
	r := bus.Raw{Seq: u.number(), At: time.Unix(0, int64(u.number())).UTC()}
	n := u.number()
	r.Header = u.header()
	for range n {
		if u.err != nil {
			break
		}
		name := u.word()
		vs := make([]string, min(u.number(), 16))
		for i := range vs {
			vs[i] = u.text()
		}
		r.Header[name] = vs
	}
	r.Data = u.bytes(u.number())
	return r
}

func (u *unframer) line() Line {
	l := Line{InSeq: u.number(), Ord: int(u.number()), Seq: u.number(), Subject: u.word(), ID: u.text()}
	copy(l.Sum[:], u.bytes(uint64(len(l.Sum))))
	return l
}
