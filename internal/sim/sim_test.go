package sim

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	firstSeed = flag.Uint64("seed", 0, "the first life to play. The same seed is the same life.")
	manySeeds = flag.Uint64("seeds", 10000, "how many lives, from that seed on; bonafide sim plays more")
)

// play plays lives on all processors, and stops when much has gone wrong.
func play(first, many uint64, s Sabotage) (all Report) {
	var next atomic.Uint64
	var mu sync.Mutex
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for n := next.Add(1) - 1; n < many; n = next.Add(1) - 1 {
				r := Run(first+n, s)
				mu.Lock()
				all.Add(r)
				enough := s == Nothing && len(all.Violations) > 10
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
	work.Wait()
	return all
}

func TestEveryLifeKeepsThePromises(t *testing.T) {
	all := play(*firstSeed, *manySeeds, Nothing)
	for _, v := range all.Violations[:min(len(all.Violations), 10)] {
		t.Errorf("%s\nplay it again: go test ./internal/sim -run '^%s$' -seed %d -seeds 1", v, t.Name(), v.Seed)
	}
	n := int(*manySeeds)
	if n >= 1000 && (all.Crashes < n || all.Takeovers < n || all.Refused == 0 || all.Decisions < n || all.Again < n/10 || all.Erased < n/20 || all.Businesses < n/4 || all.Carried < n) {
		t.Errorf("%d lives were too quiet to prove anything: %+v", n, all)
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
	for s, rules := range map[Sabotage][]string{NoFence: {"I3", "I4"}, NoLedger: {"I6"}, NoReplay: {"I3"}, NoWheel: {"I1"}, EarlySettled: {"F1", "F2", "F3"}, AnyOrder: {"F1"}} {
		found := map[string]int{}
		for _, v := range play(0, 400, s).Violations {
			found[v.Rule]++
		}
		for _, rule := range rules {
			if found[rule] == 0 {
				t.Errorf("sabotage %d: got %v in 400 lives, want some of %s", s, found, rule)
			}
		}
	}
}
