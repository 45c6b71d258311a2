package index

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bonafide-id/bonafide/events"
)

// Place is where one event of a verification lies: an input, or with Log not 0 a record of the log that the input caused.
type Place struct {
	Input uint64
	Log   uint64
}

// place is a Place with its order among those of one input: 0 is the input, and then its records follow.
type place struct {
	Place
	ord int
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.Input, q.Input), cmp.Compare(p.ord, q.ord))
}

// keyOfPlaces is where places of a verification are stored together, of which first is the first. No two lists have the same.
func keyOfPlaces(b []byte, identity string, first place) []byte {
	b = append(append(append(b, kindPlaces), identity...), 0)
	b = binary.BigEndian.AppendUint64(b, first.Input)
	return binary.BigEndian.AppendUint16(b, uint16(first.ord))
}

// appendPlaces writes places that are in order.
func appendPlaces(b []byte, list []place) []byte {
	last := uint64(0)
	for _, p := range list {
		b = binary.AppendUvarint(b, p.Input-last)
		b = binary.AppendUvarint(b, uint64(p.ord))
		b = binary.AppendUvarint(b, p.Log)
		last = p.Input
	}
	return b
}

// readPlaces reads what appendPlaces has written.
func readPlaces(list []place, b []byte) ([]place, error) {
	last := uint64(0)
	for r := (reading{b: b}); len(r.b) > 0; {
		last += r.number()
		p := place{ord: int(r.number()), Place: Place{Input: last, Log: r.number()}}
		if r.err != nil {
			return nil, r.err
		}
		list = append(list, p)
	}
	return list, nil
}

// Places returns where the events of a verification lie, each input before the records that it caused. The two streams of
// a shard are read side by side: for an input that its records have overtaken it waits, or until ctx ends.
func (ix *Index) Places(ctx context.Context, id string) ([]Place, error) {
	all, err := ix.places(events.IdentityOf(id))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	last := all[len(all)-1].Input
	if err := ix.Wait(ctx, events.ShardOf(id, len(ix.shards)), last); err != nil {
		return nil, err
	}
	all, err = ix.places(events.IdentityOf(id))
	return slices.DeleteFunc(all, func(p Place) bool { return p.Input > last }), err
}

func (ix *Index) places(identity string) ([]Place, error) {
	prefix := keyPlaces(identity)
	it, err := ix.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: beyond(prefix)})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var list []place
	for ok := it.First(); ok; ok = it.Next() {
		if list, err = readPlaces(list, it.Value()); err != nil {
			return nil, fmt.Errorf("places of %s: %w", identity, err)
		}
	}
	slices.SortFunc(list, place.compare) // each batch of them is in order
	all := make([]Place, len(list))
	for i, p := range list {
		all[i] = p.Place
	}
	return all, it.Error()
}
