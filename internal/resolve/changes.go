package resolve

import "maps"

// changes remembers which verifications have changed, so that a snapshot need only hold those that have changed since another
// one. Who only reads a shard along keeps it too, as it may be the next to take a snapshot. Nil remembers nothing.
type changes struct {
	from  uint64              // everything that has changed after this input is remembered
	done  []changed           // in the order of their inputs
	going map[string]struct{} // what has changed after those, by identity
}

// changed is what has changed up to an input, and after that of the one before.
type changed struct {
	upto       uint64
	identities map[string]struct{}
}

// changesEach is after how many changed verifications who reads along begins anew, so as to be able to forget them together.
const changesEach = 10_000

// newChanges remembers what changes after an input.
func newChanges(from uint64) *changes { return &changes{from: from, going: map[string]struct{}{}} }

// note remembers that a verification has changed.
func (c *changes) note(identity string) {
	if c != nil {
		c.going[identity] = struct{}{}
	}
}

// cut separates what has changed up to an input, the last that was applied, from what will.
func (c *changes) cut(applied uint64) {
	if len(c.going) > 0 {
		c.done = append(c.done, changed{applied, c.going})
		c.going = map[string]struct{}{}
	}
}

// forget forgets what has changed up to an input, as far as it lies apart from what has changed later.
func (c *changes) forget(upto uint64) {
	n := 0
	for n < len(c.done) && c.done[n].upto <= upto {
		c.from = c.done[n].upto
		n++
	}
	c.done = append([]changed(nil), c.done[n:]...)
}

// since returns what has changed after an input and before the last cut, maybe with some that changed before; ok is false when that
// is not remembered. What it returns is never written to.
func (c *changes) since(in uint64) (all []changed, ok bool) {
	if c == nil || in < c.from {
		return nil, false
	}
	n := 0
	for n < len(c.done) && c.done[n].upto <= in {
		n++
	}
	return c.done[n:len(c.done):len(c.done)], true
}

// union returns the identities of all of them.
func union(all []changed) map[string]struct{} {
	if len(all) == 1 {
		return all[0].identities
	}
	u := map[string]struct{}{}
	for _, c := range all {
		maps.Copy(u, c.identities)
	}
	return u
}
