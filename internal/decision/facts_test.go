package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// world is a policy and facts about one verification, made from a seed. Facts are answers whose calls have all been
// made, and webhooks: only their order, their number and when they come is open.
type world struct {
	policy *Policy
	facts  []Body // of the first attempts
	again  []Body // of the attempts that follow an expiry
	words  []Body // of reviewers, once all facts of the first attempts are in
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

// last plays facts, a second apart, and returns the last decision's content, after the deadline.
func (w world) last(facts []Body) (State, string) {
	p := w.play(Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "person"})
	for i, f := range facts {
		p.at(start.Add(time.Duration(i+1)*time.Second), f)
	}
	p.at(start.Add(time.Hour), Tick{})
	return p.state, p.content()
}

// player plays facts at times of their own.
type player struct {
	policy *Policy
	state  State
	seq    uint64
}

func (w world) play(o Opened) *player {
	p := &player{policy: w.policy}
	p.at(start, o)
	return p
}

func (p *player) at(t time.Time, b Body) {
	p.seq++
	p.state, _ = Step(p.policy, p.state, Input{Seq: p.seq, At: t, Body: b})
}

// content is what the last decision says.
func (p *player) content() string {
	d := p.state.Decision
	if d == nil {
		return "none"
	}
	return fmt.Sprint(d.Result, d.Confidence, d.Reasons, d.Reasoning, p.state.View().Details)
}

// scattered plays facts in any order, any number of times, each when it likes within a span.
func (p *player) scattered(r *rand.Rand, from, to time.Duration, facts ...Body) {
	var all []Input
	for _, f := range facts {
		for range 1 + r.IntN(3) {
			all = append(all, Input{At: start.Add(from + time.Duration(r.Int64N(int64(to-from)))), Body: f})
		}
	}
	slices.SortFunc(all, func(a, b Input) int { return a.At.Compare(b.At) })
	for _, in := range all {
		p.at(in.At, in.Body)
	}
}

// TestTheLastDecisionDependsOnTheFactsOnly plays the same facts over and over: in any order, any number of times, with any
// delay. Halfway everything that the flow wants checked again has expired; then come the facts of the attempts that follow,
// with repetitions of the old. Corrections, pages and what vendors say to being told come between, and change nothing; reviewers
// speak when the first facts are in, and no repetition of those ends what they said.
func TestTheLastDecisionDependsOnTheFactsOnly(t *testing.T) {
	var again atomic.Int64
	everySeed(t, func(seed uint64) error {
		w := newWorld(seed)
		w.renew(seed)
		r := rand.New(rand.NewPCG(seed, 2))
		history := func() (first, last string, renewed bool) {
			p := w.play(Opened{ID: "vrf_w", Reference: fmt.Sprint("customer-", seed), FlowDigest: "sha256:00", SubjectType: "person"})
			p.scattered(r, 0, 30*time.Minute, w.facts...)
			for i, word := range w.words {
				p.at(start.Add(40*time.Minute+time.Duration(i)*time.Second), word)
			}
			if len(w.words) > 0 { // a stale fact ends no word
				said := p.content()
				if p.scattered(r, 42*time.Minute, 49*time.Minute, append(slices.Clone(w.facts), w.words...)...); p.content() != said {
					return "a stale fact made", p.content() + "\nof\n" + said, false
				}
			}
			p.at(start.Add(50*time.Minute), Tick{})
			first = p.content()
			p.at(start.Add(time.Hour+5*time.Second), Tick{})
			renewed = slices.ContainsFunc(p.state.Checks, func(c *Progress) bool { return c.Run.Attempt > 1 })
			p.scattered(r, time.Hour+6*time.Second, 90*time.Minute, append(slices.Clone(w.facts), w.again...)...)
			p.at(start.Add(110*time.Minute), Tick{})
			return first, p.content(), renewed
		}
		first, last, renewed := history()
		if strings.HasPrefix(first, "a stale") {
			return fmt.Errorf("%s\n%s\nwords %+v\nfacts %+v", first, last, w.words, w.facts)
		}
		if renewed {
			again.Add(1)
		}
		for range 3 {
			// A word that what vendors say in between has ended has ended for good, so with words only that is one that they say first.
			if f, l, _ := history(); f != first || l != last && len(w.words) == 0 {
				return fmt.Errorf("got\n%s\n%s\nwant\n%s\n%s\nfacts %+v\nand %+v", f, l, first, last, w.facts, w.again)
			}
		}
		return nil
	})
	if !t.Failed() && *manySeeds >= 1000 && again.Load() < int64(*manySeeds/5) {
		t.Errorf("in %d of %d histories a check was run again, want more", again.Load(), *manySeeds)
	}
}

// renew gives a world what came after the first flows: splits, expiries that follow nothing or a recheck, a watch, webhooks,
// pages, corrections, vendors who are told, reviewers.
func (w *world) renew(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 6))
	p := w.policy
	p.Expire = map[string]Expiry{}
	for _, name := range []string{"document", "selfie", "name", "phone"} {
		if r.IntN(2) == 0 {
			p.Expire[name] = Expiry{After: time.Hour, Recheck: r.IntN(3) > 0, Stands: r.IntN(2) == 0}
		}
	}
	if r.IntN(3) == 0 {
		p.Watch = time.Duration(r.IntN(200)) * time.Minute
	}
	if r.IntN(3) == 0 {
		p.Tell = []string{"sumsub", "bive"}
	}
	for i := range r.IntN(3) {
		w.facts = append(w.facts, Corrected{Dedupe: fmt.Sprint("c", i)})
	}
	for i := range r.IntN(3) {
		w.facts = append(w.facts, LinkRequested{Makers: []string{"sumsub", "bive"}, Fresh: r.IntN(2) == 0, Dedupe: fmt.Sprint("l", i)})
	}
	p.FourEyes = r.IntN(3) == 0
	for range r.IntN(3) {
		word := Reviewed{Result: results[r.IntN(4)], Dedupe: fmt.Sprint("w", len(w.words))}
		if len(p.Require) > 0 && r.IntN(4) > 0 {
			word.Component = p.Require[r.IntN(len(p.Require))]
		}
		for _, who := range []string{"key-1", "key-2"}[:1+r.IntN(2)] {
			word.Reviewer = who
			word.Dedupe += who
			w.words = append(w.words, word)
		}
	}
	for i := range p.Checks {
		c := &p.Checks[i]
		begins := c.Providers[0].Provider
		if r.IntN(2) == 0 { // the split chooses the provider that the facts are of
			c.Providers = []Route{{Provider: "personr"}, {Provider: begins}}
			c.Split = []Share{{Provider: begins, Percent: 100}}
			c.On = []string{OnError}
		}
		if r.IntN(3) == 0 {
			w.facts = append(w.facts, Hinted{Provider: begins, Check: c.Name, Dedupe: fmt.Sprint("h", i)})
		}
		if r.IntN(3) == 0 {
			said := Answered{Check: c.Name, Provider: begins, Attempt: 1, Try: 2, Kind: KindConclude, Status: AnswerCompleted, Ref: "r", ObservedAt: start.Add(time.Minute)}
			for _, name := range c.Components {
				said.Findings = append(said.Findings, Finding{Component: name, Result: False, Confidence: 100})
			}
			w.facts = append(w.facts, said)
		}
		for range r.IntN(3) {
			a := Answered{Check: c.Name, Provider: begins, Attempt: 2, Try: 1, Kind: KindSend, Status: AnswerCompleted, Ref: "r2",
				ObservedAt: start.Add(time.Hour + time.Duration(6+r.IntN(4))*time.Second)}
			for _, name := range c.Components {
				a.Findings = append(a.Findings, Finding{Component: name, Result: results[r.IntN(len(results))], Confidence: float64(90 + r.IntN(11))})
			}
			w.again = append(w.again, a)
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
