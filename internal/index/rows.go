package index

import "strings"

// rowsKept bounds the rows that all shards together keep at hand: those of verifications that are on their way, and while
// an index is made from nothing those between where the inputs and where the log has been read to.
const rowsKept = 1 << 16

// held is a verification that is kept at hand, and what is to be stored of it next.
type held struct {
	identity string
	row      Row // its ID is "" when there is none
	read     bool
	touched  bool    // it has something new
	stored   *Row    // the row as it is stored, when it is to be stored anew
	places   []place // new ones
}

// change notes how the row is stored, before it is changed.
func (h *held) change() {
	if h.stored == nil {
		was := h.row
		h.stored = &was
	}
}

// rows keeps verifications at hand: those that were asked for last, most of them at most. It is used under its shard's lock.
type rows struct {
	ix           *Index
	most         int
	seen         *seen
	young, older map[string]*held // by identity
}

func newRows(ix *Index, most int) rows { return rows{ix: ix, most: most, young: map[string]*held{}} }

// of returns what is kept of a verification.
func (rs *rows) of(identity string) *held {
	if h := rs.young[identity]; h != nil {
		return h
	}
	h := rs.older[identity]
	if h == nil {
		h = &held{identity: strings.Clone(identity)} // not the message that it came with
	}
	rs.young[h.identity] = h
	return h
}

// read returns the row of a verification for reading and changing.
func (rs *rows) read(h *held) (*Row, error) {
	if h.read {
		return &h.row, nil
	}
	if rs.seen.note(h.identity) {
		r, found, err := rs.ix.find(h.identity)
		if err != nil {
			return nil, err
		}
		if found {
			h.row = r
		}
	}
	h.read = true
	return &h.row, nil
}

// stored takes note that what was new of some is stored, and forgets those that were not asked for of late.
func (rs *rows) stored(touched []*held) {
	for _, h := range touched {
		h.touched, h.stored, h.places = false, nil, h.places[:0]
	}
	if len(rs.young) > rs.most/2 {
		rs.young, rs.older = make(map[string]*held, rs.most/2), rs.young
	}
}
