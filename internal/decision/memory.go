package decision

import "slices"

// MaxInputs bounds the timeline that a state remembers: the first half stays, the newest follow.
const MaxInputs = 256

// maxSeen bounds the dedupe words that a state remembers.
const maxSeen = 24

// fresh reports whether these words have not been seen before, and remembers them. Without words everything is fresh.
func (m *machine) fresh(kind, words string) bool {
	if words == "" {
		return true
	}
	h := hash(hash(offset, kind), words)
	if slices.Contains(m.s.Seen, h) {
		return false
	}
	old := m.s.Seen
	if len(old) >= maxSeen {
		old = old[len(old)-maxSeen+1:]
	}
	m.s.Seen = joined(old, []uint64{h})
	m.changed = true
	return true
}

func (m *machine) timeline() []uint64 {
	old := m.s.Inputs
	if m.mine && len(old) < MaxInputs {
		return append(old, m.in.Seq)
	}
	if len(old) < MaxInputs {
		return joined(old, []uint64{m.in.Seq})
	}
	next := slices.Clone(old)
	copy(next[MaxInputs/2:], old[MaxInputs/2+1:])
	next[len(next)-1] = m.in.Seq
	return next
}

// joined returns a and b in a slice of its own, so that nobody who holds a sees b.
func joined[T any](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	out := make([]T, len(a)+len(b))
	copy(out, a)
	copy(out[len(a):], b)
	return out
}

// offset, prime and hash are FNV-1a, 64 bits. Hashes are stored, so this never changes.
const (
	offset uint64 = 14695981039346656037
	prime  uint64 = 1099511628211
)

func hash(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return (h ^ 0xff) * prime // so that ("a","b") is not ("ab","")
}
