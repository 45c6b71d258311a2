package index

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Erasure is a verification whose person is erased, and the inputs about it that may hold boxes.
type Erasure struct {
	ID, Tenant string
	Shard      int
	Inputs     []uint64
}

// Erasures gives every erasure to do until ctx ends: once when a person is erased, and again whenever something comes in
// about them afterwards. One that fails is given again. After the index was made anew all of them are given again.
func (ix *Index) Erasures(ctx context.Context, do func(context.Context, Erasure) error) {
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for done := ix.eraseAll(ctx, do); ; done = ix.eraseAll(ctx, do) {
		again := retry.C
		if done {
			again = nil
		}
		select {
		case <-ix.erasures:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// eraseAll reports whether nothing is left to do.
func (ix *Index) eraseAll(ctx context.Context, do func(context.Context, Erasure) error) bool {
	it, err := ix.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kindErasure}, UpperBound: []byte{kindErasure + 1}})
	if err != nil {
		ix.log.Error("what is to be erased cannot be read", "cause", err)
		return false
	}
	defer it.Close()
	all := true
	for ok := it.First(); ok && ctx.Err() == nil; ok = it.Next() {
		if err := ix.erase(ctx, it.Key(), string(it.Value()), do); err != nil {
			ix.log.Warn("an erasure is not complete yet", "cause", err)
			all = false
		}
	}
	return all && it.Error() == nil
}

// erase does one of them: everything up to the input that its key names.
func (ix *Index) erase(ctx context.Context, key []byte, identity string, do func(context.Context, Erasure) error) error {
	shard, upto := int(binary.BigEndian.Uint16(key[1:])), binary.BigEndian.Uint64(key[3:])
	r, found, err := ix.find(identity)
	if err != nil || !found {
		return err
	}
	places, err := ix.places(identity)
	if err != nil {
		return err
	}
	e := Erasure{ID: r.ID, Tenant: r.Tenant, Shard: shard}
	for _, p := range places {
		if p.Log == 0 && p.Input <= upto {
			e.Inputs = append(e.Inputs, p.Input)
		}
	}
	if err := do(ctx, e); err != nil {
		return err
	}
	return ix.db.Delete(key, pebble.NoSync)
}
