package index

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// The kinds of keys. The numbers are stored.
const (
	kindMeta    = 'm' // how many shards
	kindPlace   = 'p' // shard: how far it has been read, and of which streams
	kindRow     = 'v' // identity: a Row
	kindPlaces  = 't' // identity, input, ordinal: where that event and some that follow it lie
	kindList    = 'l' // tenant, id
	kindStatus  = 's' // tenant, status, id
	kindQueue   = 'q' // tenant, since when a reviewer is waited for, id
	kindResult  = 'r' // tenant, result, id
	kindFlow    = 'f' // tenant, flow, id
	kindRefer   = 'x' // tenant, hash of the reference, id
	kindErasure = 'e' // shard, input: the identity whose boxes must go up to there
)

var keyMeta = []byte{kindMeta}

func keyPlace(shard int) []byte {
	return binary.BigEndian.AppendUint16([]byte{kindPlace}, uint16(shard))
}

func keyRow(identity string) []byte { return append([]byte{kindRow}, identity...) }

// keyPlaces is where the entries of a verification begin.
func keyPlaces(identity string) []byte { return append(append([]byte{kindPlaces}, identity...), 0) }

func keyErasure(shard int, in uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint16([]byte{kindErasure}, uint16(shard)), in)
}

// listed returns where a list begins: words are tokens, so no zero is in them.
func listed(kind byte, words ...string) []byte {
	b := []byte{kind}
	for _, w := range words {
		b = append(append(b, w...), 0)
	}
	return b
}

// referHash stands for a reference, which may hold anything.
func referHash(reference string) string {
	sum := sha256.Sum256([]byte(reference))
	for i, c := range sum[:16] {
		if c == 0 {
			sum[i] = 1
		}
	}
	return string(sum[:16])
}

// beyond returns the first key after all that begin with prefix.
func beyond(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// position is how far a shard's streams have been read, and when its inputs were made.
type position struct {
	in, log uint64
	born    int64 // Unix nanoseconds
}

func (p position) bytes() []byte {
	b := binary.AppendUvarint(nil, p.in)
	b = binary.AppendUvarint(b, p.log)
	return binary.AppendVarint(b, p.born)
}

var errShort = errors.New("a value is too short")

func readPosition(b []byte) (p position, err error) {
	r := reading{b: b}
	p.in, p.log, p.born = r.number(), r.number(), r.signed()
	return p, r.err
}

// reading takes a value apart.
type reading struct {
	b   []byte
	err error
}

func (r *reading) number() uint64 {
	n, size := binary.Uvarint(r.b)
	return take(r, n, size)
}

func (r *reading) signed() int64 {
	n, size := binary.Varint(r.b)
	return take(r, n, size)
}

func take[T any](r *reading, n T, size int) T {
	if size <= 0 {
		r.err, r.b = errShort, nil
		var none T
		return none
	}
	r.b = r.b[size:]
	return n
}

func (r *reading) text() string {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.err, r.b = errShort, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
