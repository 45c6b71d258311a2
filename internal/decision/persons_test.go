package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// family is a business with persons on verifications of their own, and what those say, made from a seed: before the business
// is checked again, and afterwards.
func family(seed uint64) (p *Policy, o Opened, words, later []Body) {
	r := rand.New(rand.NewPCG(seed, 5))
	p = &Policy{Flow: "w", Digest: "sha256:00", Subject: "business", Deadline: 15 * time.Minute, Require: []string{Persons},
		Checks: []Check{{Name: "owners", Components: []string{Persons}, Parties: &PartyRule{Roles: []RoleRule{{Role: "UBO", Over: 25}}}}}}
	o = Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "business"}
	for i := range 1 + r.IntN(4) {
		id := fmt.Sprint("vrf_", i)
		o.Parties = append(o.Parties, Party{Reference: fmt.Sprint("p", i), Role: []string{"UBO", "DIRECTOR"}[r.IntN(2)], Ownership: float64(r.IntN(60)), ID: id})
		w := Word{}
		first := r.IntN(5)
		for n := range first + r.IntN(4) {
			w.Seq += 1 + uint64(r.IntN(3))
			w.Status = []string{StatusRunning, StatusAwaiting, StatusInReview, StatusCompleted, StatusCompleted}[r.IntN(5)]
			said := w
			if w.Status == StatusCompleted {
				w.Revision++
				w.Result, w.Confidence = results[r.IntN(3)+2*r.IntN(2)], float64(90+r.IntN(11))
				if w.Result == Flagged {
					w.Result = Unknown
				}
				said = w
			} else {
				said.Revision, said.Result, said.Confidence = 0, "", 0
			}
			if n < first {
				words = append(words, Reported{Person: id, As: id, Word: said})
			} else {
				later = append(later, Reported{Person: id, As: id, Round: 1, Word: said})
			}
		}
	}
	return p, o, words, later
}

// What persons' verifications say may come in any order and any number of times: the last decision is the same. After a recheck
// of the business that counts which they say since, and what they had said before may still come.
func TestTheOrderOfReportsDoesNotMatter(t *testing.T) {
	last := func(p *Policy, o Opened, rounds ...[]Body) string {
		var s State
		n := uint64(0)
		step := func(d time.Duration, b Body) {
			n++
			s, _ = Step(p, s, Input{Seq: n, At: start.Add(d + time.Duration(n)*time.Second), Body: b})
		}
		step(0, o)
		out := ""
		for i, words := range rounds {
			hour := time.Duration(i) * time.Hour
			if i > 0 {
				step(hour, Rechecked{Dedupe: fmt.Sprint(i)})
			}
			for _, b := range words {
				step(hour, b)
			}
			step(hour+30*time.Minute, Tick{})
			d := s.Decision
			if d == nil {
				return out + "none"
			}
			out += fmt.Sprint(d.Result, d.Confidence, d.Reasons, d.Reasoning, s.View().AssociatedPersons)
		}
		return out
	}
	seen := map[string]int{}
	for seed := range uint64(3000) {
		p, o, words, later := family(seed)
		want := last(p, o, words, later)
		seen[want[:4]]++
		r := rand.New(rand.NewPCG(seed, 6))
		shuffled := func(words ...Body) []Body {
			twice := append(slices.Clone(words), words...)
			r.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
			return twice
		}
		for range 3 {
			before, after := shuffled(words...), shuffled(append(slices.Clone(words), later...)...)
			if got := last(p, o, before, after); got != want {
				t.Fatalf("seed %d:\n got %s\nwant %s\nwords %+v, then %+v\nshuffled %+v, then %+v", seed, got, want, words, later, before, after)
			}
		}
	}
	if len(seen) < 3 {
		t.Errorf("families ended %v: want some of each result", seen)
	}
}
