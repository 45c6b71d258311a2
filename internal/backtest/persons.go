package backtest

import (
	"slices"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// report hands over what persons had said already when the flow that is tried asks for them.
func (t *twin) report(policy *decision.Policy, in decision.Input, effects []decision.Effect) {
	if !slices.ContainsFunc(effects, func(e decision.Effect) bool { _, begins := e.(decision.Begin); return begins }) {
		return
	}
	for _, said := range t.persons {
		t.step(policy, decision.Input{Seq: in.Seq, At: in.At, Body: said}) // what has been taken in changes nothing
	}
}

// personsKnown reports whether a check of persons that has not come to its end would have stood so: one of them is refused,
// or whoever is waited for was asked for as recorded, too.
func (t *twin) personsKnown(c *decision.Progress) bool {
	if a := c.Run.Answer; a != nil && slices.ContainsFunc(a.Findings, func(f decision.Finding) bool { return f.Result == decision.False }) {
		return true
	}
	for _, p := range t.state.Parties {
		waited := p.Asked && (p.Word == nil || p.Word.Revision == 0)
		if waited && !slices.ContainsFunc(t.recorded.Parties, func(was decision.Party) bool { return was.Asked && was.Reference == p.Reference }) {
			return false
		}
	}
	return true
}
