package sim

import (
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

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
