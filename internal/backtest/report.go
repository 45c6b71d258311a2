package backtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// How a verification stands at the end of a recording, where the word is not the result of its decision.
const (
	Open         = "open" // not decided
	Failed       = "failed"
	Cancelled    = "cancelled"
	Undetermined = "undetermined" // under the flow that is tried: it asks for what nobody was asked
)

// Report is what would be otherwise. Before is as recorded, after under the flow that was tried.
type Report struct {
	Flow          string           `json:"flow"`
	Digest        string           `json:"digest"`
	Of            string           `json:"of"` // the recorded flow
	Verifications int              `json:"verifications"`
	Flips         int              `json:"flips"`        // another result
	Undetermined  int              `json:"undetermined"` // no flips: what they would be cannot be told
	Transitions   []Transition     `json:"transitions"`  // by before and after
	Reasons       []Change         `json:"reasons"`      // of flips, the most frequent first
	Review        Review           `json:"review"`
	Calls         map[string]Calls `json:"calls"` // by provider
	Flipped       []Flip           `json:"flipped"`
	Seconds       float64          `json:"seconds"`
}

// Transition counts the verifications with one result before and one after. Undetermined has no flips.
type Transition struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Count  int    `json:"count"`
}

// Change counts flips by the reason codes of both decisions.
type Change struct {
	Outcomes
	Count int `json:"count"`
}

// Outcomes are what was decided and what would be.
type Outcomes struct {
	Before        string `json:"before"`
	ReasonsBefore string `json:"reasonsBefore"` // with blanks between
	After         string `json:"after"`
	ReasonsAfter  string `json:"reasonsAfter"`
}

// Review counts the verifications of which a rule wanted somebody to look. Those that are undetermined are not among them.
type Review struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Calls counts the calls at a vendor. Unrecorded are those of After that no answer is recorded for; what the flow would ask
// after such an answer is not counted.
type Calls struct {
	Before     int `json:"before"`
	After      int `json:"after"`
	Unrecorded int `json:"unrecorded"`
}

// Flip is one verification with another result.
type Flip struct {
	ID string `json:"id"`
	Outcomes
}

// outcome says how a verification stands.
func outcome(s *decision.State) string {
	switch {
	case s.Failure != nil:
		return Failed
	case s.Decision != nil:
		return s.Decision.Result
	case s.Status == decision.StatusCancelled:
		return Cancelled
	}
	return Open
}

func reasons(s *decision.State) string {
	switch {
	case s.Failure != nil:
		return s.Failure.Class
	case s.Decision != nil:
		return strings.Join(s.Decision.Reasons, " ")
	}
	return ""
}

// tally counts what became of verifications.
type tally struct {
	verifications int
	transitions   map[[2]string]int
	flips         []Flip
	review        Review
	calls         map[string]Calls
}

func newTally() *tally { return &tally{transitions: map[[2]string]int{}, calls: map[string]Calls{}} }

func (t *tally) add(before, after *decision.State, known bool, reviewed [2]bool) {
	t.verifications++
	o := Outcomes{outcome(before), reasons(before), outcome(after), reasons(after)}
	if !known {
		t.transitions[[2]string{o.Before, Undetermined}]++
		return
	}
	t.transitions[[2]string{o.Before, o.After}]++
	if reviewed[0] {
		t.review.Before++
	}
	if reviewed[1] {
		t.review.After++
	}
	if o.Before != o.After {
		t.flips = append(t.flips, Flip{before.ID, o})
	}
}

func (t *tally) merge(o *tally) {
	t.verifications += o.verifications
	t.flips = append(t.flips, o.flips...)
	t.review.Before += o.review.Before
	t.review.After += o.review.After
	for k, n := range o.transitions {
		t.transitions[k] += n
	}
	for k, n := range o.calls {
		c := t.calls[k]
		t.calls[k] = Calls{c.Before + n.Before, c.After + n.After, c.Unrecorded + n.Unrecorded}
	}
}

// report fills a report, everything in a fixed order.
func (t *tally) report(r *Report) {
	r.Verifications, r.Flips, r.Flipped, r.Review, r.Calls = t.verifications, len(t.flips), t.flips, t.review, t.calls
	slices.SortFunc(r.Flipped, func(a, b Flip) int { return cmp.Compare(a.ID, b.ID) })
	for k, n := range t.transitions {
		r.Transitions = append(r.Transitions, Transition{k[0], k[1], n})
		if k[1] == Undetermined {
			r.Undetermined += n
		}
	}
	slices.SortFunc(r.Transitions, func(a, b Transition) int {
		return cmp.Or(cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After))
	})
	changes := map[Outcomes]int{}
	for i := range t.flips {
		changes[t.flips[i].Outcomes]++
	}
	for o, n := range changes {
		r.Reasons = append(r.Reasons, Change{o, n})
	}
	slices.SortFunc(r.Reasons, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Before+" "+a.ReasonsBefore, b.Before+" "+b.ReasonsBefore), cmp.Compare(a.After+" "+a.ReasonsAfter, b.After+" "+b.ReasonsAfter))
	})
}
