package decision_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// begun opens a verification of a check that is split and returns where the check began.
func begun(t *testing.T, o Opened, shares ...Share) (State, string) {
	t.Helper()
	p := &Policy{Flow: "split", Digest: "sha256:00", Subject: "person"}
	c := Check{Name: "identity", Components: []string{"document"}, Providers: []Route{{Provider: "sumsub"}, {Provider: "persona"}, {Provider: "bive"}}, Split: shares}
	p.Checks = []Check{c}
	o.FlowDigest, o.SubjectType = p.Digest, p.Subject
	s, fx := Step(p, State{}, Input{Seq: 1, At: start, Body: o})
	if len(fx) != 1 {
		t.Fatalf("open %+v: got %+v, want one call", o, fx)
	}
	return s, fx[0].(Call).Provider
}

func customers(n int) (all []Opened) {
	for i := range n {
		all = append(all, Opened{ID: fmt.Sprintf("vrf_%026d", i), Tenant: "acme", Reference: fmt.Sprint("customer-", i)})
	}
	return all
}

func TestASplitIsKeptToWithinAPercent(t *testing.T) {
	const n = 20000
	for _, shares := range [][]Share{
		{{Provider: "persona", Percent: 20}, {Provider: "sumsub", Percent: 80}},
		{{Provider: "bive", Percent: 1}, {Provider: "persona", Percent: 49}, {Provider: "sumsub", Percent: 50}},
		{{Provider: "persona", Percent: 0}, {Provider: "sumsub", Percent: 100}},
	} {
		for _, named := range []bool{true, false} {
			got := map[string]int{}
			for _, o := range customers(n) {
				if !named {
					o.Reference = ""
				}
				_, provider := begun(t, o, shares...)
				got[provider]++
			}
			for _, s := range shares {
				if percent := 100 * float64(got[s.Provider]) / n; math.Abs(percent-float64(s.Percent)) > 1 || s.Percent == 0 && percent > 0 {
					t.Errorf("of %d customers (with a reference: %v) under %v: got %v, want %d %% at %s", n, named, shares, got, s.Percent, s.Provider)
				}
			}
		}
	}
}

func TestAShareThatGrowsMovesOnlyWhatItGrowsBy(t *testing.T) {
	const n = 20000
	moved := 0
	for _, o := range customers(n) {
		_, before := begun(t, o, Share{Provider: "persona", Percent: 20}, Share{Provider: "sumsub", Percent: 80})
		_, after := begun(t, o, Share{Provider: "persona", Percent: 15}, Share{Provider: "sumsub", Percent: 85})
		if before == after {
			continue
		}
		moved++
		if before != "persona" || after != "sumsub" {
			t.Fatalf("%s moved from %s to %s, want none but from persona to sumsub", o.Reference, before, after)
		}
	}
	if percent := 100 * float64(moved) / n; math.Abs(percent-5) > 0.5 {
		t.Errorf("80 became 85: %.1f %% of customers moved, want 5", percent)
	}
}

func TestACustomerWhoComesAgainMeetsTheSameProvider(t *testing.T) {
	shares := []Share{{Provider: "persona", Percent: 50}, {Provider: "sumsub", Percent: 50}}
	others := 0
	for _, o := range customers(200) {
		_, first := begun(t, o, shares...)
		o.ID = "vrf_" + o.Reference + "-again"
		if _, again := begun(t, o, shares...); again != first {
			t.Errorf("%s began with %s and, in another verification, with %s", o.Reference, first, again)
		}
		o.Tenant = "globex"
		if _, theirs := begun(t, o, shares...); theirs != first {
			others++
		}
	}
	if others < 50 || others > 150 {
		t.Errorf("the same references of another tenant: %d of 200 began elsewhere, want about half", others)
	}
}

// Everybody's provider is for ever: this table is added to, never changed.
func TestWhoBeginsWhereNeverChanges(t *testing.T) {
	shares := []Share{{Provider: "persona", Percent: 50}, {Provider: "sumsub", Percent: 50}}
	for reference, want := range map[string]string{"customer-1": "persona", "customer-2": "persona", "customer-3": "sumsub", "customer-4": "sumsub", "": "persona"} {
		if _, got := begun(t, Opened{ID: "vrf_0123456789abcdefghjkmnpqrs", Tenant: "acme", Reference: reference}, shares...); got != want {
			t.Errorf("%q begins with %s, want %s", reference, got, want)
		}
	}
}

func TestTheProvidersThatASplitDidNotChooseFollowInTheirOrder(t *testing.T) {
	p := &Policy{Flow: "split", Digest: "sha256:00", Subject: "person", Checks: []Check{{Name: "identity", Components: []string{"document"},
		Providers: []Route{{Provider: "sumsub"}, {Provider: "persona"}, {Provider: "bive"}}}}}
	for first, want := range map[string]string{"sumsub": "[sumsub persona bive]", "persona": "[persona sumsub bive]", "bive": "[bive sumsub persona]"} {
		p.Checks[0].Split = []Share{{Provider: first, Percent: 100}}
		s, fx := Step(p, State{}, Input{Seq: 1, At: start, Body: Opened{ID: "vrf_split", FlowDigest: p.Digest, SubjectType: "person"}})
		var order []string
		for n := 0; len(fx) > 0 && n < 5; n++ {
			c, ok := fx[0].(Call)
			if !ok {
				break
			}
			order = append(order, c.Provider)
			at := start.Add(time.Duration(n+1) * time.Second)
			s, fx = Step(p, s, Input{Seq: uint64(n + 2), At: at, Body: Answered{Check: c.Check, Provider: c.Provider, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Status: AnswerFailed, Class: "invalid"}})
		}
		if got := fmt.Sprint(order); got != want {
			t.Errorf("begun with %s: got %s, want %s", first, got, want)
		}
		if got := s.View().Checks[0].Split; got == nil || got.Provider != first {
			t.Errorf("the view says of the split %+v, want %s", got, first)
		}
	}
}
