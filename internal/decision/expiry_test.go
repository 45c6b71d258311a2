package decision_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// chain lives through periods of thirty days, each of which ends with the screening being run again. ref is the vendor's
// name for each run. It hands the state after each period to see.
func chain(periods int, ref func(n int) string, see func(period int, s State, calls, decisions int)) State {
	p := &Policy{Flow: "chain", Digest: "sha256:00", Subject: "person", Require: []string{"aml"},
		Checks: []Check{{Name: "screening", Components: []string{"aml"}, Providers: []Route{{Provider: "bive"}}}},
		Expire: map[string]Expiry{"aml": {After: 30 * 24 * time.Hour, Recheck: true, Stands: true}}}
	s, fx := Step(p, State{}, Input{Seq: 1, At: start, Body: Opened{ID: "vrf_chain", FlowDigest: p.Digest, SubjectType: "person"}})
	at := start
	seq := uint64(1)
	for period := range periods {
		calls, decisions := 0, 0
		for steps := 0; len(fx) > 0 && steps < 10; steps++ {
			seq++
			at = at.Add(time.Second)
			var in Body = Tick{}
			for _, e := range fx {
				switch e := e.(type) {
				case Call:
					calls++
					in = Answered{Check: e.Check, Provider: e.Provider, Attempt: e.Attempt, Try: e.Try, Kind: e.Kind, Status: AnswerCompleted,
						Ref: ref(e.Attempt), ObservedAt: at, Findings: []Finding{{Component: "aml", Result: True, Confidence: 99}}}
				case Decide:
					decisions++
				}
			}
			s, fx = Step(p, s, Input{Seq: seq, At: at, Body: in})
		}
		see(period, s, calls, decisions)
		wake, ok := s.NextWake()
		if !ok {
			break
		}
		seq++
		at = wake
		s, fx = Step(p, s, Input{Seq: seq, At: at, Body: Tick{}})
	}
	return s
}

func TestAChainOfRechecksDoesNotGrow(t *testing.T) {
	size := 0
	s := chain(1000, func(int) string { return `{"asked":["subject"]}` }, func(period int, s State, calls, decisions int) {
		if calls != 1 || decisions != 1 || s.Decision.Result != True || s.Decision.Revision != period+1 {
			t.Fatalf("period %d: %d calls, %d decisions, %+v; want one call and one decision, true", period, calls, decisions, s.Decision)
		}
		if n := len(encode(t, s)); period == 500 { // the timeline has its full length by then, and numbers of four digits
			size = n
		} else if period > 500 && n > size+8 {
			t.Fatalf("period %d: %d bytes, after period 500 %d", period, n, size)
		}
	})
	if s.Decision.Revision != 1000 {
		t.Errorf("after 1000 periods: got revision %d, want 1000", s.Decision.Revision)
	}
}

// Every name that a vendor gave has to be erased one day, so their number is bounded, and what cannot be run again is unknown.
func TestAChainEndsBeforeItsNamesAreTooMany(t *testing.T) {
	last, most := 0, 0
	s := chain(1000, func(n int) string { return fmt.Sprintf(`{"id":"%024d"}`, n) }, func(period int, s State, _, _ int) {
		last, most = period, max(most, len(encode(t, s)))
	})
	if last < 250 || last > 300 || most > 32<<10 || s.Decision.Result != Unknown || s.Decision.Reasons[0] != "expired_aml" {
		t.Fatalf("runs with names of their own: %d periods, at most %d bytes, then %+v; want about 256, under 32 KiB, unknown", last, most, s.Decision)
	}
	_, fx := Step(&Policy{Checks: make([]Check, 1)}, s, Input{Seq: 9999, At: start.Add(1 << 62), Body: Erased{}})
	erased := map[string]bool{}
	for _, e := range fx {
		if c, ok := e.(Call); ok && c.Kind == KindErase {
			erased[c.Ref] = true
		}
	}
	if len(erased) != last {
		t.Errorf("erased at the vendor under %d names, want %d, all that it gave", len(erased), last)
	}
}

// A vendor that always says what it found long ago is not asked again without a rest.
func TestAFindingThatIsOldAtOnceIsNotAskedForWithoutARest(t *testing.T) {
	p := &Policy{Flow: "old", Digest: "sha256:00", Subject: "person", Require: []string{"aml"},
		Checks: []Check{{Name: "screening", Components: []string{"aml"}, Providers: []Route{{Provider: "bive"}}}},
		Expire: map[string]Expiry{"aml": {After: 30 * 24 * time.Hour, Recheck: true, Stands: true}}}
	s, fx := Step(p, State{}, Input{Seq: 1, At: start, Body: Opened{ID: "vrf_old", FlowDigest: p.Digest, SubjectType: "person"}})
	at, calls := start, 0
	for seq := uint64(2); at.Before(start.Add(10 * 24 * time.Hour)); seq++ {
		var in Body = Tick{}
		if len(fx) > 0 {
			if c, ok := fx[0].(Call); ok {
				calls++
				in = Answered{Check: c.Check, Provider: c.Provider, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Status: AnswerCompleted,
					ObservedAt: start.Add(-31 * 24 * time.Hour), Findings: []Finding{{Component: "aml", Result: True, Confidence: 99}}}
			}
		}
		if _, tick := in.(Tick); tick {
			wake, ok := s.NextWake()
			if !ok {
				t.Fatalf("at %s it sleeps for ever: %+v", at, s)
			}
			at = wake
		}
		s, fx = Step(p, s, Input{Seq: seq, At: at, Body: in})
	}
	if calls < 10 || calls > 11 {
		t.Errorf("in ten days: %d calls, want one a day", calls)
	}
}
