package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// What two vendors have read differently makes their component unknown and names it, whatever order they say it in and how often.
func TestWhatVendorsReadDifferentlyIsAContradiction(t *testing.T) {
	vendors := []string{"sumsub", "persona", "bive"}
	everySeed(t, func(seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 21))
		p := &Policy{Flow: "w", Digest: "sha256:00", Subject: "person", Require: []string{"birth_date"}}
		w := world{policy: p}
		said := map[string]bool{} // dates by who counts
		var facts []Body
		for i := range 2 + r.IntN(2) {
			name := fmt.Sprint("check", i)
			p.Checks = append(p.Checks, Check{Name: name, Components: []string{"document", "birth_date"}, Providers: []Route{{Provider: vendors[i]}}})
			var last string
			for n := range 1 + r.IntN(3) {
				last = fmt.Sprint("d", r.IntN(2))
				at := time.Duration(n+1) * time.Second
				if seed%2 == 1 { // at one instant: only that the order says nothing can be told
					at = time.Second
				}
				facts = append(facts, Answered{Check: name, Provider: vendors[i], Attempt: 1, Try: 1, Kind: KindSend, Status: AnswerCompleted, Ref: "r",
					ObservedAt: start.Add(at),
					Findings:   []Finding{{Component: "document", Result: True, Confidence: 99}, {Component: "birth_date", Result: True, Confidence: 99}},
					Marks:      []Mark{{Of: "birth_date", Sums: []string{last}}, {Of: "country.nationality", Sums: []string{"c" + last}}}})
			}
			said[last] = true
		}
		end := func() (State, string) {
			order := slices.Clone(facts)
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			return w.last(append(order, facts[r.IntN(len(facts))]))
		}
		s, first := end()
		want, reasons := True, "[all_required_true]"
		if len(said) > 1 {
			want, reasons = Unknown, "[contradiction_birth_date]"
		}
		if got := s.Decision; seed%2 == 0 && (got.Result != want || fmt.Sprint(got.Reasons) != reasons) {
			return fmt.Errorf("got %s %v, want %s %s; %+v", got.Result, got.Reasons, want, reasons, facts)
		}
		shown := slices.IndexFunc(s.View().Details, func(d Detail) bool {
			return d.Component == "country" && d.Result == Unknown && slices.Equal(d.Reasons, []string{"contradiction"}) && d.Provider == Bonafide
		})
		if seed%2 == 0 && shown >= 0 != (len(said) > 1) {
			return fmt.Errorf("details: got %+v; want a contradiction of the country among them: %t", s.View().Details, len(said) > 1)
		}
		for range 3 {
			if _, again := end(); again != first {
				return fmt.Errorf("got %s, want %s; %+v", again, first, facts)
			}
		}
		return nil
	})
}

// One vendor that reads twice does not contradict itself, and what it has read of a document that it doubts is no word against
// another's.
func TestNotEveryDifferenceIsAContradiction(t *testing.T) {
	for name, tt := range map[string]struct {
		second, document string
		want             bool
	}{
		"another vendor":                    {"persona", True, true},
		"another that flags the document":   {"persona", Flagged, true},
		"the same vendor":                   {"sumsub", True, false},
		"another that cannot read it":       {"persona", Unknown, false},
		"another that finds it not genuine": {"persona", False, false},
	} {
		p := &Policy{Flow: "w", Digest: "sha256:00", Subject: "person", Require: []string{"birth_date"}}
		play := world{policy: p}
		for i, vendor := range []string{"sumsub", tt.second} {
			p.Checks = append(p.Checks, Check{Name: fmt.Sprint("check", i), Components: []string{"birth_date"}, Providers: []Route{{Provider: vendor}}})
		}
		var facts []Body
		for i, c := range p.Checks {
			a := Answered{Check: c.Name, Provider: c.Providers[0].Provider, Attempt: 1, Try: 1, Kind: KindSend, Status: AnswerCompleted, Ref: "r", ObservedAt: start.Add(time.Second),
				Findings: []Finding{{Component: "birth_date", Result: True, Confidence: 99}}, Marks: []Mark{{Of: "birth_date", Sums: []string{fmt.Sprint(i)}}}}
			if i == 1 {
				a.Findings = append(a.Findings, Finding{Component: "document", Result: tt.document, Confidence: 99})
			}
			facts = append(facts, a)
		}
		s, _ := play.last(facts)
		if got := slices.Contains(s.Decision.Reasons, "contradiction_birth_date"); got != tt.want {
			t.Errorf("%s: a contradiction: got %t (%+v), want %t", name, got, s.Decision, tt.want)
		}
	}
}
