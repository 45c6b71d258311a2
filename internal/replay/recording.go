package replay

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// Recording is what was recorded, up to a moment that does not move while it is read. Its methods are safe for concurrent
// use; a shard is read from its beginning, in order, as often as wanted. What each returns as an error ends the reading.
type Recording interface {
	// Shards returns how many there are.
	Shards() int
	// Inputs gives all inputs of a shard. What is given is the caller's until each returns.
	Inputs(ctx context.Context, shard int, each func([]bus.Raw) error) error
	// Log gives all lines of a shard's log.
	Log(ctx context.Context, shard int, each func([]Line) error) error
	// Lasts returns which inputs of a shard are the last of their verification, in order. What it does not name may go on.
	Lasts(ctx context.Context, shard int) ([]uint64, error)
	// Said returns the data of a line's record, or nil where only its digest was recorded.
	Said(ctx context.Context, shard int, l Line) ([]byte, error)
}

// Line is what a recording keeps of one record of a log.
type Line struct {
	InSeq   uint64 // the input that caused it
	Ord     int
	Seq     uint64 // where it lies in the log
	Subject string // without what all subjects of the shard begin with
	ID      string // of the event
	Sum     Sum
}

// Sum is the digest of a record.
type Sum [sha256.Size]byte

// before orders lines as they lie in a log.
func (l *Line) before(o *Line) bool { return l.InSeq < o.InSeq || l.InSeq == o.InSeq && l.Ord < o.Ord }

// digester digests records; it keeps its memory.
type digester struct {
	h        hash.Hash
	names    []string
	buf      []byte
	subjects map[string]string // those of one shard are few
}

func newDigester() *digester { return &digester{h: sha256.New(), subjects: map[string]string{}} }

// line digests a record: its subject, its attributes in order, its data without the signature. Who wrote it and when it was stored is not part
// of it.
func (d *digester) line(shard int, r *bus.Record) Line {
	prefix := strings.TrimSuffix(events.LogClaimSubject(shard), "claim")
	l := Line{InSeq: r.InSeq, Ord: r.Ord, Seq: r.Seq, Subject: strings.TrimPrefix(r.Subject, prefix)}
	if s, ok := d.subjects[l.Subject]; ok {
		l.Subject = s
	} else {
		l.Subject = strings.Clone(l.Subject)
		d.subjects[l.Subject] = l.Subject
	}
	d.h.Reset()
	d.text(l.Subject)
	d.names = d.names[:0]
	for name := range r.Header {
		if strings.HasPrefix(name, "ce-") {
			d.names = append(d.names, name)
		}
	}
	slices.Sort(d.names)
	for _, name := range d.names {
		d.text(name)
		for _, v := range r.Header[name] {
			d.text(v)
		}
	}
	l.ID = events.IDOf(r.Header, r.Data)
	head, tail := unsigned(r.Data)
	d.h.Write(head)
	d.h.Write(tail)
	d.h.Sum(l.Sum[:0])
	return l
}

// unsigned returns data without its signature, in two pieces: who replays has no key to sign with. A signature is the last
// member of a view, and inside a text the quotes of these words would be written otherwise.
func unsigned(data []byte) (head, tail []byte) {
	if !bytes.HasSuffix(data, []byte(`"}}`)) {
		return data, nil
	}
	from := max(0, len(data)-signatureMost)
	if at := bytes.LastIndex(data[from:], []byte(`,"signature":{"algorithm":`)); at >= 0 {
		return data[:from+at], data[len(data)-1:]
	}
	return data, nil
}

// signatureMost is longer than any signature with all its parts.
const signatureMost = 2048

// text digests a text with its length, so that no two lists of texts are the same bytes.
func (d *digester) text(s string) {
	d.buf = append(binary.AppendUvarint(d.buf[:0], uint64(len(s))), s...)
	d.h.Write(d.buf)
}
