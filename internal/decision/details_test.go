package decision_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// A vendor that is asked again and says the same in another order, with its codes in another order, has said nothing new: no
// revision follows, and what is shown stays.
func TestTheOrderOfFindingsIsNoNews(t *testing.T) {
	components := []string{"document", "selfie", "name", "document", "name"}
	everySeed(t, func(seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 11))
		p := &Policy{Flow: "w", Digest: "sha256:00", Subject: "business", Require: []string{"document", "name"}, Checks: []Check{
			{Name: "identity", Components: []string{"document", "selfie", "name"}, Providers: []Route{{Provider: "sumsub"}}}}}
		w := world{policy: p}
		play := w.play(Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "business", Parties: []Party{{Reference: "ubo-1"}, {Reference: "ubo-2"}}})
		a := Answered{Check: "identity", Provider: "sumsub", Attempt: 1, Try: 1, Kind: KindSend, Status: AnswerCompleted, Ref: "r", ObservedAt: start.Add(time.Second)}
		for i := range 2 + r.IntN(4) {
			f := Finding{Component: components[i], Result: results[r.IntN(len(results))], Confidence: float64(94 + r.IntN(3)), Reasoning: "Odd.", Reasons: []string{"blurred", "cropped"}}
			if r.IntN(4) == 0 {
				f.Person = []string{"ubo-1", "ubo-2"}[r.IntN(2)]
			}
			a.Findings = append(a.Findings, f)
		}
		play.at(start.Add(time.Second), a)
		before := *play.state.Decision
		again := a
		again.Kind, again.Try, again.ObservedAt = KindPoll, 2, start.Add(time.Minute)
		again.Findings = slices.Clone(a.Findings)
		r.Shuffle(len(again.Findings), func(i, j int) { again.Findings[i], again.Findings[j] = again.Findings[j], again.Findings[i] })
		for i := range again.Findings {
			again.Findings[i].Reasons = []string{"cropped", "blurred"}
		}
		play.at(start.Add(time.Minute), again)
		if got := play.state.Decision.Revision; got != before.Revision {
			return fmt.Errorf("got revision %d that says the same, want %d\nfirst %+v\nagain %+v", got, before.Revision, a.Findings, again.Findings)
		}
		return nil
	})
}

// Who reads only decisions must learn of all that they show in our words: a code that changes beside a result that stays is a
// revision. A vendor that has another word for the same (an inquiry that is "completed" and then "approved") has said nothing new.
func TestWhatIsShownMakesARevision(t *testing.T) {
	for name, change := range map[string]func(*Finding){
		"result":     func(f *Finding) { f.Result = Flagged },
		"confidence": func(f *Finding) { f.Confidence = 96 },
		"code":       func(f *Finding) { f.Reasons = []string{"expired_document"} },
		"label":      func(f *Finding) { f.Labels = []string{"EXPIRED"} },
	} {
		want := 2
		if name == "label" {
			want = 1
		}
		p := &Policy{Flow: "w", Digest: "sha256:00", Subject: "person", Require: []string{"name"}, Checks: []Check{
			{Name: "identity", Components: []string{"name"}, Providers: []Route{{Provider: "sumsub"}}}}}
		play := world{policy: p}.play(Opened{ID: "vrf_w", FlowDigest: "sha256:00", SubjectType: "person"})
		a := Answered{Check: "identity", Provider: "sumsub", Attempt: 1, Try: 1, Kind: KindSend, Status: AnswerCompleted, Ref: "r", ObservedAt: start.Add(time.Second),
			Findings: []Finding{{Component: "name", Result: True, Confidence: 99}, {Component: "document", Result: True, Confidence: 99}}}
		play.at(start.Add(time.Second), a)
		a.ObservedAt, a.Findings = start.Add(time.Minute), slices.Clone(a.Findings)
		change(&a.Findings[1])
		play.at(start.Add(time.Minute), a)
		if got := play.state.Decision.Revision; got != want {
			t.Errorf("%s of a finding changed: got revision %d, want %d", name, got, want)
		}
	}
}
