package events

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// wordsMost is how many words of one event are remembered. It is part of the form.
const wordsMost = 32

// packer writes the compact form. What it cannot write so is for package json: ok is false then, and b is of no use.
type packer struct {
	b     []byte
	ok    bool
	n     int // of words
	words [wordsMost]string
}

// packers are used again: one is as large as what many an event needs.
var packers = sync.Pool{New: func() any { return new(packer) }}

// put gives w back. What was written is not its own any more.
func (w *packer) put() {
	w.b = nil
	clear(w.words[:w.n])
	packers.Put(w)
}

func (w *packer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *packer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

func (w *packer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *packer) bytes(v []byte) {
	w.uint(uint64(len(v)))
	w.b = append(w.b, v...)
}

func (w *packer) text(v string) { w.literal(v, uint64(len(v))) }

func (w *packer) literal(v string, head uint64) {
	if !utf8.ValidString(v) {
		w.ok = false
	}
	w.uint(head)
	w.b = append(w.b, v...)
}

// word is text for what is likely to come again: even numbers are twice a length, odd ones twice a place and one.
func (w *packer) word(v string) {
	if v == "" {
		w.uint(0)
		return
	}
	for i := range w.words[:w.n] {
		if w.words[i] == v {
			w.uint(uint64(i)<<1 | 1)
			return
		}
	}
	w.literal(v, uint64(len(v))<<1)
	if w.n < wordsMost {
		w.words[w.n] = v
		w.n++
	}
}

// under is text for what most likely begins with key: odd numbers are twice the length of what follows it, and one.
func (w *packer) under(v, key string) {
	if rest, ok := strings.CutPrefix(v, key); ok && key != "" {
		w.literal(rest, uint64(len(rest))<<1|1)
	} else {
		w.literal(v, uint64(len(v))<<1)
	}
}

// operation is under for what most likely names a check and an attempt: 1 says that it does.
func (w *packer) operation(v, id, check string, attempt int) {
	rest, ok := strings.CutPrefix(v, id)
	if ok {
		rest, ok = strings.CutPrefix(rest, ".")
	}
	if ok {
		rest, ok = strings.CutPrefix(rest, check)
	}
	if ok {
		rest, ok = strings.CutPrefix(rest, ".")
	}
	if ok && rest == strconv.Itoa(attempt) {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
	w.text(v)
}

const digestPrefix = "sha256:"

// digest is text for what most likely is a SHA-256 in hex: 1 and its bytes, or 2 and its bytes if it says what it is.
func (w *packer) digest(v string) {
	sum, says := strings.CutPrefix(v, digestPrefix)
	var raw [32]byte
	if len(sum) != 2*len(raw) || !unhexed(&raw, sum) {
		w.b = append(w.b, 0)
		w.text(v)
		return
	}
	tag := byte(1)
	if says {
		tag = 2
	}
	w.b = append(append(w.b, tag), raw[:]...)
}

// unhexed reads small letters only: what is written otherwise would come back changed.
func unhexed(to *[32]byte, s string) bool {
	for i := range to {
		hi, lo := smallHex[s[2*i]], smallHex[s[2*i+1]]
		if hi|lo > 15 {
			return false
		}
		to[i] = hi<<4 | lo
	}
	return true
}

// smallHex is what a byte is as a digit, small if it is a letter; 255 is none.
var smallHex = func() (is [256]byte) {
	for c := range is {
		is[c] = 255
	}
	for v, c := range "0123456789abcdef" {
		is[c] = byte(v)
	}
	return is
}()

// time is 0 for none, else 1, seconds and nanoseconds.
func (w *packer) time(v time.Time) {
	if v.IsZero() {
		w.b = append(w.b, 0)
		return
	}
	if _, offset := v.Zone(); offset != 0 || !writable(v) {
		w.ok = false
	}
	w.b = append(w.b, 1)
	w.int(v.Unix())
	w.uint(uint64(v.Nanosecond()))
}

// writable reports whether RFC 3339 has a form for t.
func writable(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

// wholeNumbers are written in one byte.
const wholeNumbers = 255

func (w *packer) number(v float64) {
	switch {
	case v >= 0 && v < wholeNumbers && v == math.Trunc(v) && !math.Signbit(v):
		w.b = append(w.b, byte(v))
	case math.IsNaN(v) || math.IsInf(v, 0):
		w.ok = false
	default:
		w.b = binary.LittleEndian.AppendUint64(append(w.b, wholeNumbers), math.Float64bits(v))
	}
}

// value writes opaque JSON of the plainest form.
func (w *packer) value(v jsontext.Value) {
	switch {
	case len(v) == 0 || string(v) == "{}":
		w.uint(0)
	case plainObject(v) == len(v):
		w.bytes(v)
	default:
		w.ok = false
	}
}

func (w *packer) wordList(vs []string) {
	w.uint(uint64(len(vs)))
	for _, v := range vs {
		w.word(v)
	}
}

func packList[T any](w *packer, vs []T, item func(*packer, *T)) {
	w.uint(uint64(len(vs)))
	for i := range vs {
		item(w, &vs[i])
	}
}

// packOne writes what may be absent.
func packOne[T any](w *packer, v *T, item func(*packer, *T)) {
	if w.bool(v != nil); v != nil {
		item(w, v)
	}
}

// hexed is the text of a digest.
func hexed(prefix string, raw []byte) string {
	var b [len(digestPrefix) + 64]byte
	n := copy(b[:], prefix)
	hex.Encode(b[n:], raw)
	return string(b[:n+2*len(raw)])
}
