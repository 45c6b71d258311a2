package resolve

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/s2"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// shelf keeps the states of a shard by identity. Most verifications are over and are hardly ever asked for again: those
// are kept packed, in a fraction of the memory and in bytes that the collector does not look through. A packed state is
// its JSON, compressed; it comes back the same.
type shelf struct{ kept map[string]kept }

type kept struct {
	state  *decision.State // never written to
	packed []byte          // when state is nil
}

func newShelf() shelf { return shelf{map[string]kept{}} }

func (s shelf) len() int { return len(s.kept) }

// get returns a state, or nil.
func (s shelf) get(identity string) (*decision.State, error) {
	k := s.kept[identity]
	if k.packed == nil {
		return k.state, nil
	}
	b, err := k.json(nil)
	if err != nil {
		return nil, err
	}
	st := new(decision.State)
	if err := json.Unmarshal(b, st); err != nil {
		return nil, fmt.Errorf("state of %s: %w", identity, err)
	}
	return st, nil
}

func (s shelf) put(identity string, st *decision.State) { s.kept[identity] = kept{state: st} }

// pack keeps a state packed from now on, unless it is another one meanwhile.
func (s shelf) pack(identity string, was *decision.State, packed []byte) {
	if s.kept[identity].state == was {
		s.kept[identity] = kept{packed: packed}
	}
}

// json returns the state as it is stored, in room if that is enough.
func (k kept) json(room []byte) ([]byte, error) {
	if k.packed == nil {
		return k.state.AppendJSON(room[:0])
	}
	b, err := s2.Decode(room[:cap(room)], k.packed)
	if err != nil {
		return nil, fmt.Errorf("a packed state: %w", err)
	}
	return b, nil
}

// packed returns a state's JSON as a shelf keeps it. Room is for the way there.
func packed(stored, room []byte) []byte {
	b := s2.EncodeBetter(room[:cap(room)], stored)
	return append(make([]byte, 0, len(b)), b...) // no larger than it must be: it stays for years
}

// over says that a verification has come to its end, for all that is known.
func over(s *decision.State) bool {
	switch s.Status {
	case decision.StatusCompleted, decision.StatusFailed, decision.StatusCancelled, decision.StatusErased:
		return true
	}
	return false
}
