package decision_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

var (
	firstSeed = flag.Uint64("seed", 0, "the first history to play. The same seed is the same history.")
	manySeeds = flag.Uint64("seeds", 10000, "how many histories, from that seed on")
)

// everySeed plays histories on all processors until one goes wrong, and says how to play that one again.
func everySeed(t *testing.T, play func(seed uint64) error) {
	t.Helper()
	var next atomic.Uint64
	var failed atomic.Bool
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for n := next.Add(1) - 1; n < *manySeeds && !failed.Load(); n = next.Add(1) - 1 {
				seed := *firstSeed + n
				if err := play(seed); err != nil && failed.CompareAndSwap(false, true) {
					t.Errorf("seed %d: %v\nplay it again: go test ./internal/decision -run '^%s$' -seed %d -seeds 1", seed, err, t.Name(), seed)
				}
			}
		})
	}
	work.Wait()
}

// TestHistoriesReplayToTheSameBytes lives through 10,000 random histories of flows with everything in them and plays each
// again from its inputs: as they are, and from the state that was stored somewhere on the way.
func TestHistoriesReplayToTheSameBytes(t *testing.T) {
	var decided, again, reviewed, split atomic.Int64
	everySeed(t, func(seed uint64) error {
		var inputs []Input
		var effects [][]Effect
		var last State
		walk(seed, func(before State, in Input, after State, fx []Effect) {
			inputs, effects, last = append(inputs, in), append(effects, fx), after
			for i := range min(len(before.Checks), len(after.Checks)) {
				if before.Checks[i].Before == nil && after.Checks[i].Before != nil {
					again.Add(1)
				}
			}
		})
		for _, c := range last.Checks {
			if c.Split != nil {
				split.Add(1)
			}
		}
		if last.Decision != nil {
			decided.Add(1)
		}
		if len(last.Reviews) > 0 {
			reviewed.Add(1)
		}
		want, err := json.Marshal(last, json.Deterministic(true))
		if err != nil {
			return err
		}
		stored := rand.New(rand.NewPCG(seed, 7)).IntN(len(inputs))
		for _, cut := range []int{-1, stored} {
			p, s := wildPolicy(seed), State{}
			for i, in := range inputs {
				if i == cut {
					if s, err = throughStore(s); err != nil {
						return err
					}
				}
				var fx []Effect
				if s, fx = Step(p, s, in); !reflect.DeepEqual(fx, effects[i]) {
					return fmt.Errorf("stored before input %d, input %d %+v gives\n%+v\nwant\n%+v", cut, i, in, fx, effects[i])
				}
			}
			if got, err := json.Marshal(s, json.Deterministic(true)); err != nil || !bytes.Equal(got, want) {
				return fmt.Errorf("stored before input %d, the end is\n%s (%v)\nwant\n%s", cut, got, err, want)
			}
		}
		return nil
	})
	n := int64(*manySeeds)
	if !t.Failed() && n >= 1000 && (decided.Load() < n/2 || again.Load() < n/10 || reviewed.Load() < n/10 || split.Load() < n/10) {
		t.Errorf("%d histories were too quiet: %d decided, %d checks run again for an expiry, %d reviewed, %d checks split",
			n, decided.Load(), again.Load(), reviewed.Load(), split.Load())
	}
	t.Logf("%d histories: %d decided, %d checks run again for an expiry, %d reviewed, %d checks split", n, decided.Load(), again.Load(), reviewed.Load(), split.Load())
}

func throughStore(s State) (State, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	var out State
	return out, json.Unmarshal(b, &out)
}

// Whether a state is taken on where it lies, with or without a word to the world, or copied, it is what Step makes of it.
func TestAStateTakenOnWhereItLiesIsWhatStepMakesOfIt(t *testing.T) {
	everySeed(t, func(seed uint64) (err error) {
		p, r := wildPolicy(seed), rand.New(rand.NewPCG(seed, 8))
		var spoken, silent State
		walk(seed, func(_ State, in Input, after State, effects []Effect) {
			if err != nil {
				return
			}
			shown, before := spoken, string(encode(t, spoken))
			copied := r.IntN(3) == 0
			if copied {
				spoken = *shown.Copy()
			}
			if b, is := in.Body.(Answered); is && r.IntN(2) == 0 {
				in.Body = &b
			}
			fx := spoken.Take(p, in, false)
			nothing := silent.Take(p, in, true)
			want, said, unsaid := string(encode(t, after)), string(encode(t, spoken)), string(encode(t, silent))
			switch {
			case !reflect.DeepEqual(fx, effects) || nothing != nil:
				err = fmt.Errorf("input %+v gives\n%+v and %+v\nwant\n%+v and nothing", in, fx, nothing, effects)
			case said != want || unsaid != want:
				err = fmt.Errorf("after input %+v the state is\n%s and silently\n%s\nwant\n%s", in, said, unsaid, want)
			case copied && string(encode(t, shown)) != before:
				err = fmt.Errorf("input %+v was written to a copy, and this too:\n%s\nwant\n%s", in, string(encode(t, shown)), before)
			}
		})
		return err
	})
}

// A run that has its verdict is sent no more: a vendor may take that for a check of its own.
func TestWhatIsDoneIsNotSentAgain(t *testing.T) {
	var sent atomic.Int64
	everySeed(t, func(seed uint64) (err error) {
		walk(seed, func(before State, in Input, _ State, effects []Effect) {
			for _, fx := range effects {
				c, is := fx.(Call)
				if !is || c.Kind != KindSend {
					continue
				}
				sent.Add(1)
				for _, check := range before.Checks {
					if r := check.Run; check.Name == c.Check && int(r.Attempt) == c.Attempt && r.Answer != nil && r.Status == AnswerCompleted {
						err = fmt.Errorf("input %+v sends\n%+v\nof a run that is done:\n%+v", in, c, r)
					}
				}
			}
		})
		return err
	})
	if n := int64(*manySeeds); !t.Failed() && sent.Load() < n {
		t.Errorf("%d histories were too quiet: %d calls were sent", n, sent.Load())
	}
}
