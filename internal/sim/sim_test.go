package sim

import (
	"fmt"
	"testing"
)

// seeds is how many lives the tests play; bonafide sim plays more.
const seeds = 2500

func TestEveryLifeKeepsThePromises(t *testing.T) {
	var all Report
	for seed := range uint64(seeds) {
		r := Run(seed, Nothing)
		all.Add(r)
		if len(all.Violations) > 10 {
			break
		}
	}
	for _, v := range all.Violations {
		t.Error(v)
	}
	if all.Crashes < seeds || all.Takeovers < seeds || all.Refused == 0 || all.Decisions < seeds {
		t.Errorf("%d lives were too quiet to prove anything: %+v", seeds, all)
	}
	t.Logf("%+v", all)
}

func TestASeedIsOneLife(t *testing.T) {
	for seed := range uint64(50) {
		if a, b := fmt.Sprint(Run(seed, Nothing)), fmt.Sprint(Run(seed, Nothing)); a != b {
			t.Errorf("seed %d: got\n%s\nand\n%s", seed, a, b)
		}
	}
}

// The checks find what they are for: with a protection taken away, lives go wrong in the way that it protects from.
func TestWhatIsSabotagedIsFound(t *testing.T) {
	for s, rules := range map[Sabotage][]string{NoFence: {"I3", "I4"}, NoLedger: {"I6"}, NoReplay: {"I3"}, NoWheel: {"I1"}} {
		found := map[string]int{}
		for seed := range uint64(400) {
			for _, v := range Run(seed, s).Violations {
				found[v.Rule]++
			}
		}
		for _, rule := range rules {
			if found[rule] == 0 {
				t.Errorf("sabotage %d: got %v in 400 lives, want some of %s", s, found, rule)
			}
		}
	}
}
