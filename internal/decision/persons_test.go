package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// family is a business with persons on verifications of their own, and what those say, made from a seed.
func family(seed uint64) (*Policy, Opened, []Body) {
	r := rand.New(rand.NewPCG(seed, 5))
	p := &Policy{Flow: "w", Digest: "sha256:00", Subject: "business", Deadline: 15 * time.Minute, Require: []string{Persons},
		Checks: []Check{{Name: "owners", Components: []string{Persons}, Parties: &PartyRule{Roles: []RoleRule{{Role: "UBO", Over: 25}}}}}}
	o := Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "business"}
	var words []Body
	for i := range 1 + r.IntN(4) {
		id := fmt.Sprint("vrf_", i)
		o.Parties = append(o.Parties, Party{Reference: fmt.Sprint("p", i), Role: []string{"UBO", "DIRECTOR"}[r.IntN(2)], Ownership: float64(r.IntN(60)), ID: id})
		w := Word{}
		for range r.IntN(5) {
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
			words = append(words, Reported{Person: id, As: id, Word: said})
		}
	}
	return p, o, words
}

// What persons' verifications say may come in any order and any number of times: the last decision is the same.
func TestTheOrderOfReportsDoesNotMatter(t *testing.T) {
	last := func(p *Policy, o Opened, words []Body) string {
		var s State
		for i, b := range append(append([]Body{o}, words...), Tick{}) {
			at := start.Add(time.Duration(i) * time.Second)
			if i > len(words) {
				at = start.Add(time.Hour)
			}
			s, _ = Step(p, s, Input{Seq: uint64(i + 1), At: at, Body: b})
		}
		d := s.Decision
		if d == nil {
			return "none"
		}
		return fmt.Sprint(d.Result, d.Confidence, d.Reasons, d.Reasoning, s.View().AssociatedPersons)
	}
	seen := map[string]int{}
	for seed := range uint64(3000) {
		p, o, words := family(seed)
		want := last(p, o, words)
		seen[want[:4]]++
		r := rand.New(rand.NewPCG(seed, 6))
		for range 3 {
			shuffled := append(slices.Clone(words), words...)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if got := last(p, o, shuffled); got != want {
				t.Fatalf("seed %d:\n got %s\nwant %s\nwords %+v\nshuffled %+v", seed, got, want, words, shuffled)
			}
		}
	}
	if len(seen) < 3 {
		t.Errorf("families ended %v: want some of each result", seen)
	}
}
