package decision_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

var reviewers = []string{"key-1", "key-2", "key-3"}

// wild makes any input at all, mostly ones that fit.
func wild(r *rand.Rand, seq uint64, at time.Time) Input {
	checks := []string{"one", "two", "three", "none"}
	vendors := []string{"sumsub", "bive", "fake"}
	docs := []Document{{Type: []string{"PASSPORT", "SELFIE"}[r.IntN(2)], Side: []string{"", "FRONT"}[r.IntN(2)], Ref: "b"}}
	word := fmt.Sprint("d", r.IntN(6))
	in := Input{Seq: seq, At: at}
	switch r.IntN(21) {
	case 0:
		in.Body = Opened{ID: "vrf_wild", FlowDigest: "sha256:00", SubjectType: "person", Documents: docs, Hold: r.IntN(4) == 0,
			Parties: []Party{{Reference: "ubo-1", ID: "vrf_a", Own: "vrf_own"}, {Reference: "ubo-2", Role: "UBO", Ownership: 10, ID: "vrf_b"}}}
	case 17:
		in.Body = Opened{ID: "vrf_wild", FlowDigest: "sha256:00", Parent: &Parent{ID: fmt.Sprint("vrf_p", r.IntN(3)), As: "vrf_wild", Round: r.IntN(3)}}
	case 18:
		in.Body = Released{Parent: fmt.Sprint("vrf_p", r.IntN(3)), Erase: r.IntN(8) == 0}
	case 19, 20:
		in.Body = Reported{Person: []string{"vrf_a", "vrf_own", "vrf_b"}[r.IntN(3)], As: "vrf_a", Round: r.IntN(2), Word: Word{Seq: seq - uint64(r.IntN(3)), Revision: r.IntN(3),
			Status: []string{"running", "completed", "failed", "erased", "awaiting_subject"}[r.IntN(5)], Result: results[r.IntN(3)], Confidence: 97}}
	case 1:
		in.Body = FlowKnown{}
	case 2:
		in.Body = DocumentsAdded{Documents: docs, Dedupe: word}
		if r.IntN(3) == 0 {
			in.Body = Corrected{Dedupe: word}
		}
	case 3:
		in.Body = Submitted{}
	case 4:
		in.Body = Rechecked{Dedupe: word}
		if r.IntN(3) == 0 {
			in.Body = Claimed{Reviewer: reviewers[r.IntN(3)], GivenBack: r.IntN(3) == 0}
		}
	case 5:
		in.Body = Reviewed{Component: []string{"", "document"}[r.IntN(2)], Result: results[r.IntN(len(results))], Reviewer: reviewers[r.IntN(3)], Dedupe: word}
	case 6, 7:
		in.Body = Hinted{Provider: vendors[r.IntN(3)], Check: checks[r.IntN(4)], Dedupe: word}
	case 8, 9:
		in.Body = Tick{}
	case 16:
		in.Body = LinkRequested{Check: []string{"", "one", "three"}[r.IntN(3)], Makers: vendors[:1+r.IntN(3)], Fresh: r.IntN(3) == 0, Dedupe: word}
	case 10:
		switch r.IntN(30) {
		case 0:
			in.Body = Cancelled{}
		case 1:
			in.Body = Erased{}
		default:
			in.Body = Tick{}
		}
	default:
		a := Answered{Check: checks[r.IntN(4)], Provider: vendors[r.IntN(3)], Attempt: 1 + r.IntN(4), Try: 1 + r.IntN(4),
			Kind:     []string{KindSend, KindPoll, KindResubmit, KindErase, KindLink, KindConclude, KindRemap}[r.IntN(7)],
			Evidence: fmt.Sprint("e", r.IntN(8)),
			Status:   []string{AnswerCompleted, AnswerPending, AnswerAwaiting, AnswerInReview, AnswerRetry, AnswerFailed, AnswerErased, "what"}[r.IntN(8)],
			Class:    []string{"transient", "invalid", "unauthorized", "rate_limited"}[r.IntN(4)],
			Ref:      []string{"", "r"}[r.IntN(2)], PollAfter: time.Duration(r.IntN(60)) * time.Second,
			RetryAfter: time.Duration(r.IntN(60)) * time.Second, ObservedAt: at.Add(-time.Duration(r.IntN(20)) * time.Second)}
		for _, name := range []string{"document", "selfie", "persons"} {
			f := Finding{Component: name, Result: results[r.IntN(len(results))], Confidence: float64(90 + r.IntN(11)),
				Expires: TimeOf(at.Add(time.Duration(r.IntN(100)) * time.Minute))}
			if name == "persons" {
				f.Person = "ubo-1"
			}
			a.Findings = append(a.Findings, f)
		}
		if a.Status == AnswerAwaiting {
			a.Actions = []Action{{Type: []string{"resubmit", "open_link", "correct_data"}[r.IntN(3)], Document: "PASSPORT", URL: fmt.Sprint("https://vendor.example/", seq), ExpiresAt: TimeOf(at.Add(time.Minute))}}
		}
		in.Body = a
	}
	return in
}

// wildPolicy makes a flow that has what the seed wants: a split, a watch, rules, findings that expire in every way.
func wildPolicy(seed uint64) *Policy {
	r := rand.New(rand.NewPCG(seed, 5))
	p := &Policy{Flow: "wild", Digest: "sha256:00", Subject: "business", Deadline: 15 * time.Minute, Tell: []string{"sumsub", "fake"},
		Checks: []Check{
			{Name: "one", Components: []string{"document"}, Providers: []Route{{Provider: "sumsub"}, {Provider: "bive"}}},
			{Name: "two", Components: []string{"document", "selfie"}, Providers: []Route{{Provider: "bive"}}, After: []string{"one"}, Deadline: 5 * time.Minute},
			{Name: "owners", Components: []string{"persons"}, Parties: &PartyRule{Flow: "person", Roles: []RoleRule{{Role: "UBO", Over: 25}}}, After: []string{"one"}},
			{Name: "three", Components: []string{"persons"}, Providers: []Route{{Provider: "fake"}, {Provider: "sumsub"}}, On: []string{OnFalse}, Optional: true},
		},
		Require:  []string{"document", "selfie"},
		FourEyes: seed%2 == 0,
		Expire:   map[string]Expiry{"document": {After: time.Hour}, "selfie": {Until: true}},
	}
	if r.IntN(2) == 0 {
		p.Checks[0].Split = []Share{{Provider: "bive", Percent: 100}}
	}
	if r.IntN(2) == 0 {
		p.Watch = time.Duration(r.IntN(120)) * time.Minute
	}
	for _, name := range []string{"document", "selfie", "persons"} {
		if r.IntN(2) == 0 {
			p.Expire[name] = Expiry{After: time.Duration(1+r.IntN(40)) * time.Minute, Until: r.IntN(3) == 0, Recheck: true, Stands: r.IntN(2) == 0}
		}
	}
	if r.IntN(3) == 0 {
		p.Rules = []Rule{{Text: "flagged", If: condition("document:flagged"), Reads: []string{"document"}, Result: Unknown, Reason: "look", Review: true}}
	}
	return p
}

// walk steps through a random life and hands every step to see.
func walk(seed uint64, see func(before State, in Input, after State, fx []Effect)) {
	r := rand.New(rand.NewPCG(seed, 3))
	p := wildPolicy(seed)
	s, at := State{}, start
	var calls []Call
	for seq := range uint64(40) {
		at = at.Add(time.Duration(r.IntN(90)) * time.Second)
		if r.IntN(12) == 0 {
			at = at.Add(time.Hour)
		}
		in := wild(r, seq+1, at)
		if a, ok := in.Body.(Answered); ok && len(calls) > 0 && r.IntN(3) > 0 { // of a call that was made
			c := calls[r.IntN(len(calls))]
			a.Check, a.Provider, a.Attempt, a.Try, a.Kind = c.Check, c.Provider, c.Attempt, c.Try, c.Kind
			in.Body = a
		}
		if seq == 0 {
			in.Body = Opened{ID: "vrf_wild", FlowDigest: "sha256:00", SubjectType: "business", Parties: []Party{{Reference: "ubo-1"}}, Hold: seed%4 == 0}
		}
		after, fx := Step(p, s, in)
		see(s, in, after, fx)
		for _, e := range fx {
			if c, ok := e.(Call); ok {
				calls = append(calls, c)
			}
		}
		s = after
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStepNeverWritesToWhatItIsGivenAndAlwaysGivesTheSame(t *testing.T) {
	for seed := range uint64(500) {
		p := wildPolicy(seed)
		walk(seed, func(before State, in Input, after State, fx []Effect) {
			was := encode(t, before)
			again, fxAgain := Step(p, before, in)
			if now := encode(t, before); !bytes.Equal(was, now) {
				t.Fatalf("seed %d input %+v: the state given became\n%s\nit was\n%s", seed, in, now, was)
			}
			if a, b := encode(t, after), encode(t, again); !bytes.Equal(a, b) || !reflect.DeepEqual(fx, fxAgain) {
				t.Fatalf("seed %d input %+v: twice gives\n%s %+v\n%s %+v", seed, in, a, fx, b, fxAgain)
			}
			var stored State
			if err := json.Unmarshal(was, &stored); err != nil {
				t.Fatal(err)
			}
			fromStored, fxStored := Step(p, stored, in)
			if a, b := encode(t, after), encode(t, fromStored); !bytes.Equal(a, b) || fmt.Sprint(fx) != fmt.Sprint(fxStored) {
				t.Fatalf("seed %d input %+v: from the stored state\n%s\nwant\n%s", seed, in, b, a)
			}
		})
	}
}

func TestEveryLifeKeepsItsRules(t *testing.T) {
	again, replaced := 0, 0
	for seed := range uint64(3000) {
		revision := 0
		var last *Decision
		calls := map[string]bool{}
		walk(seed, func(before State, in Input, after State, fx []Effect) {
			decided := 0
			for i := range min(len(before.Checks), len(after.Checks)) {
				was, is := before.Checks[i].Before != nil, after.Checks[i].Before != nil
				switch {
				case !was && is:
					again++
				case was && !is:
					replaced++
				}
			}
			for _, e := range fx {
				switch e := e.(type) {
				case Decide:
					decided++
					if e.Revision != revision+1 || after.Decision.Revision != e.Revision || after.Decision.Result != e.Result {
						t.Fatalf("seed %d: revision %d after %d, state has %+v", seed, e.Revision, revision, after.Decision)
					}
					if last != nil && last.Result == after.Decision.Result && last.Shown == after.Decision.Shown && last.Confidence == after.Decision.Confidence &&
						last.Reasoning == after.Decision.Reasoning && slices.Equal(last.Reasons, after.Decision.Reasons) && before.Done {
						t.Fatalf("seed %d: the same content twice: %+v", seed, last)
					}
					revision, last = e.Revision, after.Decision
				case Call:
					key := fmt.Sprint(e.Operation, e.Kind, e.Try)
					if calls[key] {
						t.Fatalf("seed %d: call %s twice", seed, key)
					}
					calls[key] = true
					if e.Kind != KindSend && e.Ref == "" && e.Kind == KindPoll {
						t.Fatalf("seed %d: poll without a ref: %+v", seed, e)
					}
				}
			}
			if c := before.Claim; c != nil && TimeOf(in.At) < c.Until {
				if b, word := in.Body.(Reviewed); word && b.Reviewer != c.Reviewer && len(after.Reviews) > 0 && after.Reviews[len(after.Reviews)-1].At == TimeOf(in.At) {
					t.Fatalf("seed %d: claimed by %s, and the word of %s gave %+v", seed, c.Reviewer, b.Reviewer, after.Reviews)
				}
			}
			for _, w := range after.Reviews {
				alone := !slices.ContainsFunc(after.Reviews, func(x Review) bool {
					return x.Weight == Counts && x.Component == w.Component && x.Result == w.Result && x.Reviewer != w.Reviewer
				})
				if w.Weight == Counts && alone && seed%2 == 0 {
					t.Fatalf("seed %d: with four eyes %+v counts alone", seed, w)
				}
			}
			if decided > 1 {
				t.Fatalf("seed %d: %d decisions in one step", seed, decided)
			}
			if before.Phase == Forgotten && slices.ContainsFunc(fx, func(e Effect) bool {
				c, call := e.(Call)
				_, tells := e.(Tell) // a business that asks for the person is told
				return !tells && (!call || c.Kind != KindErase || c.Ref == "")
			}) {
				t.Fatalf("seed %d: an erased verification did %+v", seed, fx)
			}
			if at, ok := after.NextWake(); ok && len(fx) == 0 && !at.After(in.At) {
				t.Fatalf("seed %d: after %+v at %s it wants to wake at %s", seed, in, in.At, at)
			}
			if at, ok := after.NextWake(); ok {
				if early, fx := Step(wildPolicy(seed), after, Input{Seq: 99, At: at.Add(-1), Body: Tick{}}); len(fx) > 0 || !reflect.DeepEqual(early, after) {
					t.Fatalf("seed %d: a tick before %s did %+v", seed, at, fx)
				}
				if due, fx := Step(wildPolicy(seed), after, Input{Seq: 99, At: at, Body: Tick{}}); len(fx) == 0 && reflect.DeepEqual(due, after) {
					t.Fatalf("seed %d: a tick at %s did nothing", seed, at)
				}
			}
		})
	}
	if again < 500 || replaced < 100 {
		t.Errorf("checks were run again for an expiry %d times, and replaced what was found %d times; too few to show anything", again, replaced)
	}
}

func FuzzStep(f *testing.F) {
	f.Add(uint64(1), []byte(`{}`))
	f.Add(uint64(1), []byte(`{"ph":2,"ck":[null]}`))
	walk(7, func(_ State, _ Input, after State, _ []Effect) {
		b, err := json.Marshal(after)
		if err == nil {
			f.Add(uint64(len(b)), b)
		}
	})
	f.Fuzz(func(t *testing.T, seed uint64, stored []byte) {
		var s State
		if json.Unmarshal(stored, &s) != nil {
			return
		}
		r := rand.New(rand.NewPCG(seed, 4))
		for seq := range uint64(10) {
			s, _ = Step(wildPolicy(seed), s, wild(r, seq, start.Add(time.Duration(r.IntN(1000))*time.Second)))
			s.View()
			s.NextWake()
		}
	})
}
