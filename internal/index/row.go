package index

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Row is where one verification stands, as far as its events have been read.
type Row struct {
	ID        string
	Tenant    string
	Flow      string
	Reference string
	Status    string
	Result    string // of the last decision, or ""
	Revision  int    // of the last decision, or 0
	CreatedAt time.Time
	InReview  time.Time // since when a reviewer is waited for; zero: none is
	Opened    uint64    // the input that began it; 0 when that has not been read yet
	Log       uint64    // the record of the log that shows it as it stands; 0 when there was none yet

	in     uint64 // what caused that record
	ord    int
	erased uint64 // the input that erased the person, or 0
}

// append writes the row.
func (r *Row) append(b []byte) []byte {
	for _, s := range []string{r.ID, r.Tenant, r.Flow, r.Reference, r.Status, r.Result} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	for _, n := range []uint64{uint64(r.Revision), r.Opened, r.Log, r.in, uint64(r.ord), r.erased} {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendVarint(b, r.CreatedAt.UnixNano())
	if r.InReview.IsZero() {
		return binary.AppendVarint(b, 0)
	}
	return binary.AppendVarint(b, r.InReview.UnixNano())
}

func readRow(b []byte) (Row, error) {
	r := reading{b: b}
	row := Row{ID: r.text(), Tenant: r.text(), Flow: r.text(), Reference: r.text(), Status: r.text(), Result: r.text()}
	row.Revision, row.Opened, row.Log, row.in, row.ord, row.erased = int(r.number()), r.number(), r.number(), r.number(), int(r.number()), r.number()
	row.CreatedAt = time.Unix(0, r.signed()).UTC()
	if since := r.signed(); since != 0 {
		row.InReview = time.Unix(0, since).UTC()
	}
	return row, r.err
}

// entry is where a row stands in a list; the zero entry is nowhere.
type entry struct{ tenant, word, id string }

func (e entry) key(b []byte, kind byte) []byte {
	b = append(append(append(b, kind), e.tenant...), 0)
	if kind != kindList {
		b = append(append(b, e.word...), 0)
	}
	return append(b, e.id...)
}

// lists are the kinds of lists, in the order of their keys.
var lists = []byte{kindFlow, kindList, kindQueue, kindResult, kindStatus, kindRefer}

// entry returns where the row stands in the list of a kind.
func (r *Row) entry(kind byte) entry {
	e := entry{tenant: r.Tenant, id: r.ID}
	switch kind {
	case kindList:
		return e
	case kindFlow:
		e.word = r.Flow
	case kindStatus:
		e.word = r.Status
	case kindQueue:
		if !r.InReview.IsZero() {
			e.word = fmt.Sprintf("%016x", r.InReview.UnixNano())
		}
	case kindResult:
		e.word = r.Result
	case kindRefer:
		if r.Reference != "" {
			e.word = referHash(r.Reference)
		}
	}
	if e.word == "" {
		return entry{}
	}
	return e
}
