package index

import (
	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// writing is what is to be stored together.
type writing struct {
	shard   *shard
	at      position // how far it goes
	events  int
	touched []*held   // each once
	erases  []residue // what is to be scrubbed
}

// residue says that the boxes of a verification must go, up to an input.
type residue struct {
	identity string
	in       uint64
}

// touch returns a verification of which there is something new.
func (w *writing) touch(id string, p place) *held {
	h := w.shard.rows.of(events.IdentityOf(id))
	if !h.touched {
		h.touched = true
		w.touched = append(w.touched, h)
	}
	h.places = append(h.places, p)
	return h
}

// input takes in where an input lies, and what it says of a verification that is new or erased.
func (w *writing) input(m *bus.Raw) error {
	kind, id := events.Gist(m.Header, m.Data)
	if !events.ValidID(id) {
		return nil // about no verification
	}
	h := w.touch(id, place{Place: Place{Input: m.Seq}})
	switch kind {
	case events.TypeOpened:
		return w.opened(h, m)
	case events.TypeSubjectErased:
		return w.erased(h, m)
	case events.TypeWebhookReceived, events.TypeCheckAnswered, events.TypeChecksAnswered, events.TypeDocumentsAdded, events.TypeCorrected, events.TypeReviewed:
		return w.late(h, m.Seq)
	}
	return nil
}

// outline reads data. What has no place in a list, or cannot be understood, is left out: the resolver has skipped it too.
func outline(data []byte) (o events.Outline, ok bool) {
	o, ok = events.OutlineOf(data)
	return o, ok && events.ValidID(o.ID) && events.ValidToken(o.Tenant) && events.ValidToken(o.Flow)
}

// opened takes in how a verification began. A repetition changes nothing.
func (w *writing) opened(h *held, m *bus.Raw) error {
	r, err := w.shard.rows.read(h)
	if err != nil || r.Opened != 0 {
		return err
	}
	o, ok := outline(m.Data)
	if !ok {
		return nil
	}
	h.change()
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
	h := w.touch(id, place{Place: Place{Input: m.InSeq, Log: m.Seq}, ord: m.Ord + 1})
	switch kind {
	case events.TypeDecided, events.TypeActionRequired, events.TypeFailed, events.TypeErased, events.TypeMoved:
	default:
		return nil
	}
	r, err := w.shard.rows.read(h)
	if err != nil {
		return err
	}
	o, ok := outline(m.Data)
	if !ok || m.InSeq < r.in || m.InSeq == r.in && m.Ord < r.ord {
		return nil
	}
	h.change()
	r.ID, r.Tenant, r.Flow, r.Reference, r.Status, r.CreatedAt = o.ID, o.Tenant, o.Flow, o.Reference, o.Status, o.CreatedAt
	r.InReview = o.InReview
	r.Log, r.in, r.ord = m.Seq, m.InSeq, m.Ord
	if o.Revision > 0 {
		r.Revision, r.Result = o.Revision, o.Result
	}
	return nil
}

// erased notes that whatever is sealed about a verification has to go.
func (w *writing) erased(h *held, m *bus.Raw) error {
	r, err := w.shard.rows.read(h)
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
		h.change()
		r.erased = m.Seq
	}
	w.erases = append(w.erases, residue{h.identity, m.Seq})
	return nil
}

// late notes what comes in of a verification after its person was erased: its boxes have to go too.
func (w *writing) late(h *held, in uint64) error {
	r, err := w.shard.rows.read(h)
	if err == nil && r.erased != 0 {
		w.erases = append(w.erases, residue{h.identity, in})
	}
	return err
}
