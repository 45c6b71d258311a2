package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// world is a policy and facts about one verification, made from a seed. Facts are answers whose calls have all been
// made: only their order and their number is open.
type world struct {
	policy *Policy
	facts  []Body
}

var results = []string{True, True, True, False, Flagged, Unknown}

func newWorld(seed uint64) world {
	r := rand.New(rand.NewPCG(seed, 1))
	w := world{policy: &Policy{Flow: "w", Digest: "sha256:00", Subject: "person", Deadline: 15 * time.Minute}}
	names := []string{"document", "selfie", "name", "phone"}
	vendors := []string{"sumsub", "bive"}
	n := 1 + r.IntN(3)
	for i := range n {
		c := Check{Name: fmt.Sprint("check", i), Providers: []Route{{Provider: vendors[r.IntN(2)]}}}
		for _, name := range names {
			if r.IntN(3) > 0 {
				c.Components = append(c.Components, name)
			}
		}
		w.policy.Checks = append(w.policy.Checks, c)
		for _, name := range c.Components {
			if !slices.Contains(w.policy.Require, name) {
				w.policy.Require = append(w.policy.Require, name)
			}
		}
		for range r.IntN(4) {
			status := []string{AnswerCompleted, AnswerCompleted, AnswerPending, AnswerInReview, AnswerAwaiting}[r.IntN(5)]
			a := Answered{Check: c.Name, Provider: c.Providers[0].Provider, Attempt: 1, Try: 1, Kind: KindSend, Status: status,
				Ref: "r", ObservedAt: start.Add(time.Duration(1+r.IntN(4)) * time.Second)}
			if status == AnswerAwaiting {
				a.Actions = []Action{{Type: "open_link", URL: "https://vendor.example/l"}}
			}
			for _, name := range c.Components {
				a.Findings = append(a.Findings, Finding{Component: name, Result: results[r.IntN(len(results))],
					Confidence: float64(90 + r.IntN(11))})
			}
			w.facts = append(w.facts, a)
		}
	}
	return w
}

// last plays facts and returns the last decision's content, after the deadline.
func (w world) last(facts []Body) (State, string) {
	var s State
	at := start
	seq := uint64(0)
	play := func(b Body) {
		seq++
		s, _ = Step(w.policy, s, Input{Seq: seq, At: at, Body: b})
	}
	play(Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "person"})
	for _, f := range facts {
		at = at.Add(time.Second)
		play(f)
	}
	at = start.Add(time.Hour)
	play(Tick{})
	d := s.Decision
	if d == nil {
		return s, "none"
	}
	return s, fmt.Sprint(d.Result, d.Confidence, d.Reasons, d.Reasoning)
}

func TestTheLastDecisionDependsOnTheFactsOnly(t *testing.T) {
	for seed := range uint64(4000) {
		w := newWorld(seed)
		r := rand.New(rand.NewPCG(seed, 2))
		_, want := w.last(w.facts)
		for range 3 {
			shuffled := append(slices.Clone(w.facts), w.facts...)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if _, got := w.last(shuffled); got != want {
				t.Fatalf("seed %d: got %s, want %s\nfacts %+v\nshuffled %+v", seed, got, want, w.facts, shuffled)
			}
		}
	}
}

// twin decides naively what the built-in rule says of facts, from its description alone.
func (w world) twin() (result string, confidence float64) {
	type word struct {
		result, provider string
		confidence       float64
	}
	said := map[string][]word{}
	for _, c := range w.policy.Checks {
		var best *Answered
		withdrawn := time.Time{}
		for _, f := range w.facts {
			a := f.(Answered)
			if a.Check != c.Name {
				continue
			}
			if a.Status == AnswerAwaiting && a.ObservedAt.After(withdrawn) {
				withdrawn = a.ObservedAt
			}
			if a.Status == AnswerCompleted && (best == nil || a.ObservedAt.After(best.ObservedAt)) {
				best = &a
			}
		}
		if best == nil {
			continue
		}
		for _, f := range best.Findings {
			x := word{f.Result, best.Provider, f.Confidence}
			switch {
			case !best.ObservedAt.After(withdrawn), (x.result == True || x.result == False) && x.confidence < 95:
				x.result = Unknown
			}
			said[f.Component] = append(said[f.Component], x)
		}
	}
	result, confidence = True, 101
	strongest := -1.0
	for _, name := range w.policy.Require {
		words := said[name]
		yes, no, other := []word{}, []word{}, 0
		for _, x := range words {
			switch x.result {
			case True:
				yes = append(yes, x)
			case False:
				no = append(no, x)
			default:
				other++
			}
		}
		contradiction := slices.ContainsFunc(yes, func(y word) bool {
			return slices.ContainsFunc(no, func(n word) bool { return n.provider != y.provider })
		})
		switch {
		case contradiction:
			result = Unknown
		case len(no) > 0:
			for _, x := range no {
				strongest = max(strongest, x.confidence)
			}
		case other > 0 || len(yes) == 0:
			result = Unknown
		default:
			surest := 0.0
			for _, x := range yes {
				surest = max(surest, x.confidence)
			}
			confidence = min(confidence, surest)
		}
	}
	switch {
	case strongest >= 0:
		return False, strongest
	case result == Unknown || len(w.policy.Require) == 0:
		return Unknown, 0
	}
	return True, confidence
}

// unambiguous reports whether no two completed answers of a check share their instant, which the twin does not judge,
// and no component is spoken of by more than two checks, whose order would then matter for what contradicts what.
func (w world) unambiguous() bool {
	seen := map[string]bool{}
	for _, f := range w.facts {
		a := f.(Answered)
		key := fmt.Sprint(a.Check, a.ObservedAt)
		if a.Status == AnswerCompleted && seen[key] {
			return false
		}
		seen[key] = seen[key] || a.Status == AnswerCompleted
	}
	return len(w.policy.Checks) < 3
}

func TestDecisionsAgreeWithANaiveTwin(t *testing.T) {
	compared := 0
	for seed := range uint64(20000) {
		w := newWorld(seed)
		if !w.unambiguous() {
			continue
		}
		s, _ := w.last(w.facts)
		result, confidence := w.twin()
		if s.Decision == nil || s.Decision.Result != result || s.Decision.Confidence != confidence {
			t.Fatalf("seed %d: got %+v, want %s %v\nfacts %+v", seed, s.Decision, result, confidence, w.facts)
		}
		compared++
	}
	if compared < 5000 {
		t.Errorf("compared %d worlds, want at least 5000", compared)
	}
}
