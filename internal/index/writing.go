package index

import (
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"
	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// writing is one batch on its way into the store.
type writing struct {
	*pebble.Batch
	shard   *shard
	changed map[string]Row // rows as they were before this batch, by identity
	touched map[string]bool
	erases  bool
}

// row returns a row for writing; its ID is "" when there was none.
func (w *writing) row(identity string) (*Row, error) {
	s := w.shard
	if r := s.rows[identity]; r != nil {
		return r, nil
	}
	r, _, err := s.ix.find(identity)
	if err != nil {
		return nil, err
	}
	s.rows[identity] = &r
	return &r, nil
}

// change notes how a row was, before it is changed for the first time.
func (w *writing) change(identity string, r *Row) {
	if w.changed == nil {
		w.changed = map[string]Row{}
	}
	if _, noted := w.changed[identity]; !noted {
		w.changed[identity] = *r
	}
}

// store stores the batch, and how far it was read with it.
func (w *writing) store() error {
	s := w.shard
	for identity, old := range w.changed {
		if err := s.rows[identity].write(w.Batch, &old); err != nil {
			return err
		}
	}
	if err := w.Set(keyPlace(s.n), s.at.bytes(), nil); err != nil {
		return err
	}
	if len(s.rows) > rowsKept/len(s.ix.shards) {
		s.rows = map[string]*Row{}
	}
	return w.Commit(pebble.NoSync)
}

// input takes in where an input lies, and what it says of a verification that is new or erased.
func (w *writing) input(m *bus.Raw) error {
	kind, id := events.Gist(m.Header, m.Data)
	if !events.ValidID(id) {
		return nil // about no verification
	}
	identity := events.IdentityOf(id)
	w.touched[identity] = true
	if err := w.Set(keyOfPlace(identity, m.Seq, 0), nil, nil); err != nil {
		return err
	}
	switch kind {
	case events.TypeOpened:
		return w.opened(identity, m)
	case events.TypeSubjectErased:
		return w.erased(identity, m)
	case events.TypeWebhookReceived, events.TypeCheckAnswered, events.TypeChecksAnswered, events.TypeDocumentsAdded, events.TypeCorrected, events.TypeReviewed:
		return w.late(identity, m.Seq)
	}
	return nil
}

// outline reads data. What has no place in a list, or cannot be understood, is left out: the resolver has skipped it too.
func outline(data []byte) (o events.Outline, ok bool) {
	o, ok = events.OutlineOf(data)
	return o, ok && events.ValidID(o.ID) && events.ValidToken(o.Tenant) && events.ValidToken(o.Flow)
}

// opened takes in how a verification began. A repetition changes nothing.
func (w *writing) opened(identity string, m *bus.Raw) error {
	r, err := w.row(identity)
	if err != nil || r.Opened != 0 {
		return err
	}
	o, ok := outline(m.Data)
	if !ok {
		return nil
	}
	w.change(identity, r)
	r.Opened = m.Seq
	if r.ID != "" {
		return nil // a record of the log has told more already
	}
	r.ID, r.Tenant, r.Flow, r.Reference, r.CreatedAt = o.ID, o.Tenant, o.Flow, o.Reference, m.At.UTC()
	r.Status = "running"
	if o.Hold { // of every other beginning the resolver tells
		r.Status = "initiated"
	}
	return nil
}

// record takes in where a record of the log lies, and where its verification stands since.
func (w *writing) record(m *bus.Record) error {
	kind, id := events.Gist(m.Header, m.Data)
	if !events.ValidID(id) {
		return nil
	}
	identity := events.IdentityOf(id)
	w.touched[identity] = true
	if err := w.Set(keyOfPlace(identity, m.InSeq, m.Ord+1), binary.AppendUvarint(nil, m.Seq), nil); err != nil {
		return err
	}
	switch kind {
	case events.TypeDecided, events.TypeActionRequired, events.TypeFailed, events.TypeErased, events.TypeMoved:
	default:
		return nil
	}
	r, err := w.row(identity)
	if err != nil {
		return err
	}
	o, ok := outline(m.Data)
	if !ok || m.InSeq < r.in || m.InSeq == r.in && m.Ord < r.ord {
		return nil
	}
	w.change(identity, r)
	r.ID, r.Tenant, r.Flow, r.Reference, r.Status, r.CreatedAt = o.ID, o.Tenant, o.Flow, o.Reference, o.Status, o.CreatedAt
	r.Log, r.in, r.ord = m.Seq, m.InSeq, m.Ord
	if o.Revision > 0 {
		r.Revision, r.Result = o.Revision, o.Result
	}
	return nil
}

// erased notes that whatever is sealed about a verification has to go.
func (w *writing) erased(identity string, m *bus.Raw) error {
	r, err := w.row(identity)
	if err != nil {
		return err
	}
	var who struct {
		Tenant string `json:"tenant"`
	}
	if err := json.Unmarshal(m.Data, &who); err != nil || r.ID == "" || who.Tenant != r.Tenant {
		return nil // not theirs
	}
	if r.erased == 0 {
		w.change(identity, r)
		r.erased = m.Seq
	}
	return w.residue(identity, m.Seq)
}

// late notes what comes in of a verification after its person was erased: its boxes have to go too.
func (w *writing) late(identity string, in uint64) error {
	r, err := w.row(identity)
	if err != nil || r.erased == 0 {
		return err
	}
	return w.residue(identity, in)
}

func (w *writing) residue(identity string, in uint64) error {
	w.erases = true
	return w.Set(keyErasure(w.shard.n, in), []byte(identity), nil)
}
