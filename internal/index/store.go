package index

import (
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// store stores everything, and how far it goes with it. The store is quickest where keys come in their order, so they are
// written kind by kind, each in its order as far as that is cheap.
func (w *writing) store() error {
	b := w.shard.ix.db.NewBatch()
	defer b.Close()
	slices.SortFunc(w.touched, func(a, b *held) int { return strings.Compare(a.identity, b.identity) })
	var key, value []byte
	changed := make([]*held, 0, len(w.touched))
	for _, h := range w.touched {
		slices.SortFunc(h.places, place.compare)
		key, value = keyOfPlaces(key[:0], h.identity, h.places[0]), appendPlaces(value[:0], h.places)
		if err := b.Set(key, value, nil); err != nil {
			return err
		}
		if h.stored != nil {
			changed = append(changed, h)
		}
	}
	for _, h := range changed {
		key, value = append(append(key[:0], kindRow), h.identity...), h.row.append(value[:0])
		if err := b.Set(key, value, nil); err != nil {
			return err
		}
	}
	slices.SortFunc(changed, func(a, b *held) int { return strings.Compare(a.row.ID, b.row.ID) })
	for _, kind := range lists {
		for _, h := range changed {
			was, is := h.stored.entry(kind), h.row.entry(kind)
			if was == is {
				continue
			}
			if was.id != "" {
				key = was.key(key[:0], kind)
				if err := b.Delete(key, nil); err != nil {
					return err
				}
			}
			if is.id != "" {
				key = is.key(key[:0], kind)
				if err := b.Set(key, nil, nil); err != nil {
					return err
				}
			}
		}
	}
	for _, e := range w.erases {
		if err := b.Set(keyErasure(w.shard.n, e.in), []byte(e.identity), nil); err != nil {
			return err
		}
	}
	if err := b.Set(keyPlace(w.shard.n), w.at.bytes(), nil); err != nil {
		return err
	}
	return b.Commit(pebble.NoSync)
}
