package resolve

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/s2"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// shelf keeps the states of a shard by identity. Most verifications are over and are hardly ever asked for again: those
// are kept packed, in a fraction of the memory and in bytes that the collector does not look through. A packed state
// comes back the same.
//
// A state that has been shown to anybody is never written to again: what is taken on from there is a copy. One that nobody has
// seen is taken on where it is.
type shelf struct {
	kept  map[string]kept
	shown uint64 // how often all states have been shown
}

type kept struct {
	state  *decision.State
	packed packed // when state is nil
	unseen uint64 // shown+1 when state was put here; 0: it has been shown since
}

func newShelf() *shelf { return &shelf{kept: map[string]kept{}} }

func (s *shelf) len() int { return len(s.kept) }

// get shows a state, or nil.
func (s *shelf) get(identity string) (*decision.State, error) {
	k := s.show(identity)
	if k.packed == nil {
		return k.state, nil
	}
	return k.open(identity)
}

// show returns how a state is kept. Nobody writes to it.
func (s *shelf) show(identity string) kept {
	k := s.kept[identity]
	if k.unseen != 0 {
		k.unseen = 0
		s.kept[identity] = k
	}
	return k
}

// showAll shows every state that is there.
func (s *shelf) showAll() { s.shown++ }

// take returns a state to write to and to put back, or nil.
func (s *shelf) take(identity string) (*decision.State, error) {
	switch k := s.kept[identity]; {
	case k.packed != nil:
		return k.open(identity)
	case k.state == nil || k.unseen == s.shown+1:
		return k.state, nil
	default:
		return k.state.Copy(), nil
	}
}

// open returns the state that is packed.
func (k kept) open(identity string) (*decision.State, error) {
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

func (s *shelf) put(identity string, st *decision.State) {
	s.kept[identity] = kept{state: st, unseen: s.shown + 1}
}

// pack keeps a state packed from now on, unless it is another one meanwhile.
func (s *shelf) pack(identity string, was *decision.State, p packed) {
	if s.kept[identity].state == was {
		s.kept[identity] = kept{packed: p}
	}
}

// json returns the state as it is stored, in room if that is enough.
func (k kept) json(room []byte) ([]byte, error) {
	if k.packed == nil {
		return k.state.AppendJSON(room[:0])
	}
	_, _, stored, err := k.packed.open()
	if err != nil {
		return nil, err
	}
	b, err := s2.Decode(room[:cap(room)], stored)
	if err != nil {
		return nil, fmt.Errorf("a packed state: %w", err)
	}
	return b, nil
}

// packed is a state as it lies on the shelf and in snapshots: what a restart has to know of it, and its JSON, compressed. So a
// restart opens none. The form is stored: a varint, when the verification wants to be woken in nanoseconds since 1970 or 0 for
// never; its id after the id's length; the rest is the state.
type packed []byte

// pack returns a state, whose JSON is stored, packed. Room is for the way there.
func pack(s *decision.State, stored, room []byte) packed {
	var wake int64
	if at, ok := s.NextWake(); ok {
		wake = at.UnixNano()
	}
	b := s2.EncodeBetter(room[:cap(room)], stored)
	p := make(packed, 0, 2*binary.MaxVarintLen64+len(s.ID)+len(b))
	p = binary.AppendVarint(p, wake)
	p = binary.AppendUvarint(p, uint64(len(s.ID)))
	p = append(append(p, s.ID...), b...)
	return append(make(packed, 0, len(p)), p...) // no larger than it must be: it stays for years
}

var errPacked = errors.New("a packed state: it is damaged")

// open returns when the verification wants to be woken, zero for never, its id, and its compressed state, which is a part of p.
func (p packed) open() (wake time.Time, id, stored []byte, err error) {
	at, n := binary.Varint(p)
	if n <= 0 {
		return time.Time{}, nil, nil, errPacked
	}
	size, m := binary.Uvarint(p[n:])
	if rest := p[n+max(m, 0):]; m <= 0 || size > uint64(len(rest)) {
		return time.Time{}, nil, nil, errPacked
	} else {
		id, stored = rest[:size], rest[size:]
	}
	if at != 0 {
		wake = time.Unix(0, at)
	}
	return wake, id, stored, nil
}

// over says that a verification has come to its end, for all that is known.
func over(s *decision.State) bool {
	switch s.Status {
	case decision.StatusCompleted, decision.StatusFailed, decision.StatusCancelled, decision.StatusErased:
		return true
	}
	return false
}
