package events

import (
	"encoding/binary"
	"math"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// unpacker reads what packer has written. Whatever is of another form makes ok false, and what is read then is of no use. It
// never reads beyond its bytes, and makes no more of them than they can hold.
type unpacker struct {
	b     []byte
	ok    bool
	n     int // of words
	words [wordsMost]string
}

// unpackers are used again, as packers are.
var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

func (r *unpacker) put() {
	r.b = nil
	clear(r.words[:r.n])
	unpackers.Put(r)
}

func (r *unpacker) fail() {
	r.ok, r.b = false, nil
}

func (r *unpacker) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *unpacker) uint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		return uint64(r.byte())
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.b[n-1] == 0 { // cut off, too large, or longer than need be
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *unpacker) int() int64 {
	u := r.uint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

func (r *unpacker) bool() bool {
	switch r.byte() {
	case 0:
		return false
	case 1:
		return true
	}
	r.fail()
	return false
}

// take returns the next n bytes. They are the message's.
func (r *unpacker) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *unpacker) bytes() []byte { return r.take(r.uint()) }

// box returns bytes that are never nil.
func (r *unpacker) box() []byte {
	if v := r.bytes(); len(v) > 0 {
		return v
	}
	return []byte{}
}

func (r *unpacker) letters(n uint64) []byte {
	v := r.take(n)
	if !utf8.Valid(v) {
		r.fail()
	}
	return v
}

func (r *unpacker) text() string { return string(r.letters(r.uint())) }

// name is a word that hardly any other event has.
func (r *unpacker) name() string { return r.remembered(func(b []byte) string { return string(b) }) }

// word is a word that is said again and again, in other events too.
func (r *unpacker) word() string { return r.remembered(intern) }

func (r *unpacker) remembered(text func([]byte) string) string {
	head := r.uint()
	if head == 0 {
		return ""
	}
	if head&1 != 0 {
		if head>>1 >= uint64(r.n) {
			r.fail()
			return ""
		}
		return r.words[head>>1]
	}
	v := text(r.letters(head >> 1))
	if r.n < wordsMost {
		r.words[r.n] = v
		r.n++
	}
	return v
}

func (r *unpacker) under(key string) string {
	head := r.uint()
	if head&1 == 0 {
		return string(r.letters(head >> 1))
	}
	rest := r.letters(head >> 1)
	var room [96]byte
	return string(append(append(room[:0], key...), rest...))
}

func (r *unpacker) operation(id, check string, attempt int) string {
	if !r.bool() {
		return r.text()
	}
	var room [96]byte
	b := append(append(append(append(room[:0], id...), '.'), check...), '.')
	return string(strconv.AppendInt(b, int64(attempt), 10))
}

func (r *unpacker) digest() string {
	switch r.byte() {
	case 0:
		return r.text()
	case 1:
		return hexed("", r.take(32))
	case 2:
		return hexed(digestPrefix, r.take(32))
	}
	r.fail()
	return ""
}

func (r *unpacker) time() time.Time {
	if !r.bool() {
		return time.Time{}
	}
	seconds, nanos := r.int(), r.uint()
	if nanos >= uint64(time.Second) || seconds < leastTime || seconds > mostTime {
		r.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// The seconds that RFC 3339 has a form for.
var (
	leastTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	mostTime  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

func (r *unpacker) number() float64 {
	c := r.byte()
	if c < wholeNumbers {
		return float64(c)
	}
	raw := r.take(8)
	if raw == nil {
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(raw))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.fail()
	}
	return v
}

func (r *unpacker) value() jsontext.Value {
	v := r.bytes()
	if len(v) == 0 {
		return nil
	}
	if plainObject(v) != len(v) {
		r.fail()
	}
	return v
}

// count returns how many items follow: each has at least one byte.
func (r *unpacker) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

// wordList is nil when there is none.
func (r *unpacker) wordList() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	vs := make([]string, n)
	for i := range vs {
		vs[i] = r.word()
	}
	return vs
}

// unpackList reads items of at least least bytes each. It is nil when there are none.
func unpackList[T any](r *unpacker, least int, item func(*unpacker) T) []T {
	n := r.count()
	if n == 0 {
		return nil
	}
	if n > len(r.b)/least {
		r.fail()
		return nil
	}
	vs := make([]T, n)
	for i := range vs {
		vs[i] = item(r)
	}
	return vs
}

// unpackOne reads what may be absent.
func unpackOne[T any](r *unpacker, item func(*unpacker) T) *T {
	if !r.bool() {
		return nil
	}
	v := item(r)
	return &v
}
