package index

import (
	"encoding/binary"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bonafide-id/bonafide/events"
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
	Opened    uint64 // the input that began it; 0 when that has not been read yet
	Log       uint64 // the record of the log that shows it as it stands; 0 when there was none yet

	in     uint64 // what caused that record
	ord    int
	erased uint64 // the input that erased the person, or 0
}

func (r *Row) bytes() []byte {
	b := make([]byte, 0, 160)
	for _, s := range []string{r.ID, r.Tenant, r.Flow, r.Reference, r.Status, r.Result} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	for _, n := range []uint64{uint64(r.Revision), r.Opened, r.Log, r.in, uint64(r.ord), r.erased} {
		b = binary.AppendUvarint(b, n)
	}
	return binary.AppendVarint(b, r.CreatedAt.UnixNano())
}

func readRow(b []byte) (Row, error) {
	r := reading{b: b}
	row := Row{ID: r.text(), Tenant: r.text(), Flow: r.text(), Reference: r.text(), Status: r.text(), Result: r.text()}
	row.Revision, row.Opened, row.Log, row.in, row.ord, row.erased = int(r.number()), r.number(), r.number(), r.number(), int(r.number()), r.number()
	row.CreatedAt = time.Unix(0, r.signed()).UTC()
	return row, r.err
}

// write stores a row and the lists it is in. Old is what was stored before; its ID is "" when nothing was.
func (r *Row) write(b *pebble.Batch, old *Row) error {
	type entry struct {
		kind byte
		word string
	}
	lists := func(r *Row) []entry {
		if r.ID == "" {
			return nil
		}
		l := []entry{{kindList, ""}, {kindStatus, r.Status}, {kindFlow, r.Flow}}
		if r.Result != "" {
			l = append(l, entry{kindResult, r.Result})
		}
		if r.Reference != "" {
			l = append(l, entry{kindRefer, referHash(r.Reference)})
		}
		return l
	}
	key := func(r *Row, e entry) []byte {
		if e.kind == kindList {
			return append(listed(e.kind, r.Tenant), r.ID...)
		}
		return append(listed(e.kind, r.Tenant, e.word), r.ID...)
	}
	same := func(list []entry, e entry) bool {
		for _, o := range list {
			if o == e && old.ID == r.ID {
				return true
			}
		}
		return false
	}
	before, after := lists(old), lists(r)
	for _, e := range before {
		if !same(after, e) {
			if err := b.Delete(key(old, e), nil); err != nil {
				return err
			}
		}
	}
	for _, e := range after {
		if !same(before, e) {
			if err := b.Set(key(r, e), nil, nil); err != nil {
				return err
			}
		}
	}
	return b.Set(keyRow(events.IdentityOf(r.ID)), r.bytes(), nil)
}
