package sim

import (
	"slices"
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

// found plans the life of businesses, and of the persons whom they name: some of them together.
func (w *world) found() {
	p := w.businessPolicy("sha256:b0")
	w.policies[p.Digest] = p
	var persons []string
	for i := range 3 {
		persons = append(persons, string(rune('a'+i)))
	}
	for n := range 1 + w.r.IntN(3) {
		w.tally.Businesses++
		id := "biz_" + string(rune('1'+n))
		b := decision.Opened{ID: id, Tenant: "acme", Flow: "sim-business", FlowDigest: p.Digest, SubjectType: "business", Hold: w.chance(10)}
		for i := range 1 + w.r.IntN(4) {
			who := persons[w.r.IntN(len(persons))]
			party := decision.Party{Reference: "p" + string(rune('1'+i)), Role: []string{"UBO", "UBO", "DIRECTOR"}[w.r.IntN(3)], Ownership: float64(10 * w.r.IntN(11))}
			party.ID, party.Own = "per_"+who+"@"+id, "own_"+who+"_"+id
			if w.chance(15) {
				party.ID, party.Own = party.Own, ""
			}
			for _, name := range []string{party.ID, "own_" + who + "_" + id} {
				w.raise(identity(name), who)
			}
			b.Parties = append(b.Parties, party)
		}
		w.after(w.span(0, 20*time.Minute), func() { w.establish(id, b) })
	}
}

// raise plans what happens to a person apart from what businesses do. What expires is checked for ever, so it is ended.
func (w *world) raise(id, who string) {
	if w.families[id] != "" {
		return
	}
	w.families[id] = "sha256:0" + string('0'+who[0]%2)
	sometime := func(percent int, from, to time.Duration, body decision.Body) {
		if w.chance(percent) {
			w.after(w.span(from, to), func() {
				if w.opened[id] {
					w.put(id, body)
				}
			})
		}
	}
	sometime(8, 0, time.Hour, decision.Rechecked{Dedupe: "r1"})
	sometime(4, 0, time.Hour, decision.Reviewed{Result: decision.False, Reviewer: "k2"})
	sometime(4, 0, time.Hour, decision.Cancelled{})
	sometime(8, 0, time.Hour, decision.Erased{})
	if len(w.policies[w.families[id]].Expire) > 0 {
		sometime(100, 5*time.Hour, 6*time.Hour, decision.Cancelled{})
	}
}

// establish is somebody upstream who asks for a business, and for it again.
func (w *world) establish(id string, b decision.Opened) {
	w.put(id, b)
	if b.Hold {
		w.after(w.span(0, time.Minute), func() { w.put(id, decision.Submitted{}) })
	}
	sometime := func(percent int, body decision.Body) {
		if w.chance(percent) {
			until := 2 * time.Hour
			if w.chance(40) { // while its persons have hardly heard of it
				until = 10 * time.Second
			}
			w.after(w.span(0, until), func() { w.put(id, body) })
		}
	}
	sometime(30, decision.Rechecked{Dedupe: "r1"})
	sometime(20, decision.Rechecked{Dedupe: "r2"})
	sometime(8, decision.Cancelled{})
	sometime(15, decision.Erased{})
}

// businessPolicy is a flow that has persons verified on their own, some of whom need not be.
func (w *world) businessPolicy(digest string) *decision.Policy {
	owners := decision.Check{Name: "owners", Components: []string{decision.Persons}, Optional: w.chance(10),
		Parties: &decision.PartyRule{Flow: "sim", Roles: []decision.RoleRule{{Role: "UBO", Over: 25}, {Role: "DIRECTOR", Required: w.chance(30)}}}}
	p := &decision.Policy{Flow: "sim-business", Digest: digest, Subject: "business", Deadline: w.span(10*time.Minute, 90*time.Minute), Require: []string{decision.Persons}}
	if w.chance(50) {
		p.Checks = append(p.Checks, decision.Check{Name: "company", Components: []string{"registry"}, Providers: []decision.Route{{Provider: "personr"}}})
		p.Require = append(p.Require, "registry")
		if w.chance(50) {
			owners.After = []string{"company"}
		}
	}
	p.Checks = append(p.Checks, owners)
	return p
}

// related says what must hold between businesses and persons when everything is at rest, by the states that replaying gives:
//
//	F1  whoever was asked for knows who has asked, and was begun with once for each that asked and no more often
//	F2  a business knows where its persons stand, and is as good as the worst of them
//	F3  nobody waits for a person who is done, and nobody goes on or is kept for a business that needs them no more
func (w *world) related(states map[string]*decision.State, bad func(rule, format string, args ...any)) {
	asks, again := map[string]map[decision.Parent]bool{}, map[string]int{}
	for _, in := range w.inputs {
		switch b := in.body.(type) {
		case decision.Opened:
			if b.Parent != nil {
				if asks[in.id] == nil {
					asks[in.id] = map[decision.Parent]bool{}
				}
				asks[in.id][decision.Parent{ID: b.Parent.ID, Round: b.Parent.Round}] = true
			}
		case decision.Rechecked:
			again[in.id] = 1 // all have one Dedupe
		}
	}
	for _, id := range sorted(states) {
		s := states[id]
		if s.Subject == "business" {
			w.relatives(s, states, bad)
			continue
		}
		if n := len(asks[id]); n > 0 && s.Round > n-1+again[id] {
			bad("F1", "%s was begun with %d times again, asked for %d times", id, s.Round, n)
		}
		if len(s.Parents) == 0 {
			continue
		}
		needed, kept := false, false
		for _, p := range s.Parents {
			needed = needed || !p.Left
			kept = kept || states[p.ID].Phase != decision.Forgotten
		}
		if !needed && s.Phase == decision.Started && !s.Done {
			bad("F3", "%s goes on, and nobody needs it", id)
		}
		if !kept && s.Phase != decision.Forgotten {
			bad("F3", "%s is kept, and all who needed it are erased", id)
		}
	}
}

// relatives says what must hold between one business and its persons.
func (w *world) relatives(b *decision.State, states map[string]*decision.State, bad func(rule, format string, args ...any)) {
	over := b.Phase == decision.Stopped || b.Phase == decision.Forgotten
	open := false
	for i := range b.Parties {
		p := &b.Parties[i]
		if !p.Asked {
			continue
		}
		s := states[identity(p.ID)]
		if s == nil {
			bad("F1", "%s has asked for %s, who was never opened", b.ID, p.ID)
			continue
		}
		at := slices.IndexFunc(s.Parents, func(q decision.Parent) bool { return q.ID == b.ID })
		if at < 0 || s.Parents[at].Left != over || !over && s.Parents[at].Round < p.Round {
			bad("F1", "%s has asked for %s in round %d and over is %v; they know %+v", b.ID, p.ID, p.Round, over, s.Parents)
			continue
		}
		if over {
			continue
		}
		k := p.Word
		if k == nil || k.Status != s.Status || p.ID != s.ID {
			bad("F2", "%s knows of %s %+v, and it is %s %s", b.ID, p.ID, k, s.ID, s.Status)
			continue
		}
		if d := s.Decision; s.Done && s.Failure == nil && s.Phase == decision.Started && d != nil && (k.Revision != d.Revision || k.Result != d.Result || k.Confidence != d.Confidence) {
			bad("F2", "%s knows of %s %+v, and it is decided %+v", b.ID, p.ID, k, d)
		}
		open = open || s.Phase == decision.Started && !s.Done
	}
	if !over && b.Phase == decision.Started {
		w.summed(b, open, bad)
	}
}

// summed says whether what a business has made of its persons is the worst of what it knows.
func (w *world) summed(b *decision.State, open bool, bad func(rule, format string, args ...any)) {
	p := w.policies[b.Digest]
	for i, c := range b.Checks {
		rule := p.Checks[i].Parties
		if rule == nil || c.Run.Answer == nil { // its turn has not come in time
			continue
		}
		if !open && c.Stage != decision.Ended {
			bad("F3", "%s still waits for its persons, and all are done: %+v", b.ID, b.Parties)
		}
		worst, named := decision.True, len(b.Parties) > 0
		for _, r := range rule.Roles {
			named = named && (!r.Required || slices.ContainsFunc(b.Parties, func(q decision.Party) bool { return q.Role == r.Role }))
		}
		for _, q := range b.Parties {
			switch need := q.Role != "UBO" || q.Ownership == 0 || q.Ownership > 25; {
			case !need:
			case q.Word != nil && q.Word.Result == decision.False:
				worst = decision.False
			case worst == decision.True && (q.Word == nil || q.Word.Result != decision.True):
				worst = decision.Unknown
			}
		}
		if worst == decision.True && !named {
			worst = decision.Unknown
		}
		if got := c.Run.Answer.Findings[0]; got.Result != worst {
			bad("F2", "%s makes %s of its persons, who are %s: %+v", b.ID, got.Result, worst, b.Parties)
		}
	}
}
