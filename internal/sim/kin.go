package sim

import (
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// carriage is how long the broker waits until it gives to somebody else what is to be carried.
const carriage = 30 * time.Second

// kin is what verifications have to say to each other, in the order in which the log says it. One thing is under way at a
// time, as internal/courier does it for a shard.
type kin struct {
	said    []record
	carried int // so many of them are settled
	lent    bool
}

// courier carries what is said to where it belongs, and settles it when it is stored.
type courier struct {
	process
	world *world
}

// identity is what all ids of a verification have in common: whoever asks for a person makes an id of their own.
func identity(id string) string {
	before, _, _ := strings.Cut(id, "@")
	return before
}

// lend gives what is to be carried next to a courier, and again if that has not settled it in time.
func (w *world) lend() {
	if w.lent || w.carried == len(w.said) {
		return
	}
	n, wait := w.carried, time.Second
	if w.sabotage == AnyOrder {
		n += w.r.IntN(len(w.said) - n)
		w.said[n], w.said[w.carried] = w.said[w.carried], w.said[n]
		n = w.carried
	}
	w.lent = true
	for _, i := range w.r.Perm(len(w.couriers)) {
		if c := w.couriers[i]; c.up {
			if w.sabotage == EarlySettled {
				w.settled(n)
			}
			w.after(w.hop(), c.then(func() { c.carry(n, 0) }))
			wait = carriage
			break
		}
	}
	w.after(wait, func() {
		if w.carried == n {
			w.lent = false
			w.lend()
		}
	})
}

// settled takes in that a thing is where it belongs, and goes on with the next.
func (w *world) settled(n int) {
	if w.carried == n {
		w.carried, w.lent = n+1, false
		w.after(w.hop(), w.lend)
	}
}

// carry stores what a record says, input for input, of which so many are stored. Crashes come between any two.
func (c *courier) carry(n, stored int) {
	w := c.world
	if w.chance(3) {
		w.tally.Crashes++
		c.crash()
		w.after(w.span(0, 5*time.Minute), c.start)
		return
	}
	to := w.saying(w.said[n])
	if stored < len(to) {
		w.put(to[stored].id, to[stored].body)
		w.tally.Carried++
		w.after(w.hop(), c.then(func() { c.carry(n, stored+1) }))
		return
	}
	if !w.chance(5) {
		w.settled(n)
	}
}

// saying returns the inputs that a record is for others.
func (w *world) saying(r record) (to []input) {
	switch e := r.effect.(type) {
	case decision.Begin:
		for _, id := range e.Persons {
			to = append(to, input{id: identity(id), body: decision.Opened{ID: id, Tenant: "acme", Flow: "sim", FlowDigest: w.families[identity(id)], SubjectType: "person",
				Documents: []decision.Document{{Type: "PASSPORT", Ref: "b1", For: r.id}}, Parent: &decision.Parent{ID: r.id, As: id, Round: e.Round}}})
		}
	case decision.Tell:
		to = append(to, input{id: e.Parent, body: decision.Reported{Person: r.state.ID, As: e.As, Round: e.Round, Word: e.Word}})
	case decision.Release:
		to = append(to, input{id: identity(e.Person), body: decision.Released{Parent: r.id, Erase: e.Erase}})
	case decision.Forget:
		to = append(to, input{id: r.id, body: decision.Erased{}})
	}
	return to
}
