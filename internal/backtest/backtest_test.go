package backtest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/backtest"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// Two recorded flows: one vendor alone, and one with a second vendor for what the first cannot tell.
const (
	one = `flow: one
subject: person
checks:
  identity: {components: [document, selfie, address], providers: [alpha]}
decide:
  require: [document, selfie]
`
	two = `flow: two
subject: person
checks:
  identity: {components: [document, selfie], providers: [alpha, beta]}
decide: {require: [document, selfie]}
`
)

// tried is a flow that is tried and what must come of it, of n verifications for each name.
type tried struct {
	name, source, of string
	transitions      []string // "before after count"
	flipped          []string // whose
	reasons          []string // of flips: "before → after"
	review           backtest.Review
	alpha, beta      backtest.Calls
}

func TestWhatAnotherFlowWouldDecide(t *testing.T) {
	const n = 5
	h := record(t, n, one, two)
	before := h.published(t)
	same := []string{"false false 5", "true true 10", "unknown unknown 5"}
	all := backtest.Calls{Before: 4 * n, After: 4 * n}
	for _, k := range []tried{
		{name: "a comment and another order of members change nothing", source: "# tried\nsubject: person\nflow: one\ndecide:\n  require: [document, selfie]\nchecks:\n  identity:\n    providers: [alpha]\n    components: [document, selfie, address]\n",
			transitions: same, alpha: all},
		{name: "nor does another name, for the same verifications", source: strings.Replace(one, "flow: one", "flow: other", 1), of: "one", transitions: same, alpha: all},
		{name: "more confidence is wanted", source: strings.Replace(one, "decide:", "decide:\n  confidence: 97", 1),
			transitions: []string{"false false 5", "true true 5", "true unknown 5", "unknown unknown 5"}, flipped: []string{"one/Ben"},
			reasons: []string{"all_required_true → under_confidence"}, alpha: all},
		{name: "a rule has somebody look", source: one + "  rules:\n    - {if: \"findings.document.result == 'true' && findings.document.confidence < 97.0\", result: unknown, review: true, reason: unsure}\n",
			transitions: []string{"false false 5", "true true 5", "true unknown 5", "unknown unknown 5"}, flipped: []string{"one/Ben"},
			reasons: []string{"all_required_true → unsure review_required"}, review: backtest.Review{After: n}, alpha: all},
		{name: "what nobody speaks of is required", source: strings.Replace(one, "selfie]\n", "selfie, address]\n", 1),
			transitions: []string{"false false 5", "true unknown 10", "unknown unknown 5"}, flipped: []string{"one/Ana", "one/Ben"},
			reasons: []string{"all_required_true → missing_component"}, alpha: all},
		{name: "another vendor, whom nobody asked", source: strings.Replace(one, "alpha", "beta", 1),
			transitions: []string{"false undetermined 5", "true undetermined 10", "unknown undetermined 5"}, alpha: backtest.Calls{Before: 4 * n},
			beta: backtest.Calls{After: 4 * n, Unrecorded: 4 * n}},
		{name: "the second vendor first: it was asked about some", source: strings.Replace(two, "alpha, beta", "beta, alpha", 1),
			transitions: []string{"false undetermined 5", "true true 5", "true undetermined 10"}, alpha: backtest.Calls{Before: 4 * n},
			beta: backtest.Calls{Before: n, After: 4 * n, Unrecorded: 3 * n}},
		{name: "no second vendor", source: strings.Replace(two, "alpha, beta", "alpha", 1),
			transitions: []string{"false false 5", "true true 10", "true unknown 5"}, flipped: []string{"two/Dora"},
			reasons: []string{"all_required_true → unknown_document"}, alpha: all, beta: backtest.Calls{Before: n}},
	} {
		k.check(t, h)
	}
	if after := h.published(t); !slices.Equal(after, before) {
		t.Errorf("inputs, logs and results end at %v, before at %v; want that nothing is published", after, before)
	}
}

func (k tried) check(t *testing.T, h history) {
	t.Helper()
	f, err := flow.Compile("tried.yaml", []byte(k.source), vendors())
	if err != nil {
		t.Fatalf("%s: %v", k.name, err)
	}
	of := k.of
	if of == "" {
		of = f.Name
	}
	r, err := backtest.Run(t.Context(), h, of, f)
	if err != nil {
		t.Fatalf("%s: %v", k.name, err)
	}
	var transitions, flipped, reasons, want []string
	for _, x := range r.Transitions {
		transitions = append(transitions, fmt.Sprint(x.Before, " ", x.After, " ", x.Count))
	}
	for _, x := range r.Flipped {
		flipped = append(flipped, x.ID)
	}
	for _, x := range r.Reasons {
		reasons = append(reasons, x.ReasonsBefore+" → "+x.ReasonsAfter)
	}
	for _, who := range k.flipped {
		want = append(want, h.ids[who]...)
	}
	slices.Sort(want)
	if !slices.Equal(transitions, k.transitions) || !slices.Equal(flipped, want) || !slices.Equal(reasons, k.reasons) || r.Flips != len(want) {
		t.Errorf("%s: transitions %q, flipped %v because of %q; want %q, %v because of %q", k.name, transitions, flipped, reasons, k.transitions, want, k.reasons)
	}
	if r.Review != k.review || r.Calls["alpha"] != k.alpha || r.Calls["beta"] != k.beta {
		t.Errorf("%s: review %+v, calls %+v; want %+v, alpha %+v, beta %+v", k.name, r.Review, r.Calls, k.review, k.alpha, k.beta)
	}
}

func TestWithoutVerificationsOfTheFlowTheOthersAreNamed(t *testing.T) {
	h := record(t, 1, one, two)
	f, err := flow.Compile("tried.yaml", []byte(one), vendors())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backtest.Run(t.Context(), h, "three", f); !errors.Is(err, backtest.ErrNone) || !strings.Contains(err.Error(), "recorded are: one, two") {
		t.Errorf("error %v, want ErrNone that names one and two", err)
	}
}
