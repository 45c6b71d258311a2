package index

import "hash/maphash"

// seen knows which verifications there may be: its no is certain. It spares a shard that is made from nothing the search
// for what is not there yet. A nil seen knows nothing and never says no.
type seen struct {
	seed maphash.Seed
	bits []uint64
}

// Of every verification some bits are set. With so many bits for each, one no in a hundred is missed.
const (
	seenBits  = 10
	seenTimes = 6
	seenMost  = 1 << 27 // bits in all; beyond it sees less and less
)

func newSeen(verifications uint64) *seen {
	return &seen{seed: maphash.MakeSeed(), bits: make([]uint64, 1+min(verifications*seenBits, seenMost)/64)}
}

// note says whether a verification may have been noted before, and notes it.
func (s *seen) note(identity string) bool {
	if s == nil {
		return true
	}
	h := maphash.String(s.seed, identity)
	step, size := h>>32|1, uint64(len(s.bits))*64
	all := true
	for range seenTimes {
		word, bit := h%size/64, uint64(1)<<(h%64)
		all = all && s.bits[word]&bit != 0
		s.bits[word] |= bit
		h += step
	}
	return all
}
