package decision_test

import (
	"reflect"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// A reading that says the same is not even remembered: who remaps again and again does not fill timelines.
func TestAReadingThatSaysTheSameLeavesTheStateAlone(t *testing.T) {
	p := &Policy{Flow: "story", Digest: "sha256:00", Subject: "person", Require: []string{"document"},
		Checks: []Check{{Name: "identity", Components: []string{"document"}, Providers: []Route{{Provider: "sumsub"}}}}}
	a := Answered{Check: "identity", Provider: "sumsub", Attempt: 1, Try: 1, Kind: KindSend, Status: AnswerCompleted, ObservedAt: start, Evidence: "e1",
		Findings: []Finding{{Component: "document", Result: True, Confidence: 99, Reasons: []string{"r"}}}}
	s, _ := Step(p, State{}, Input{Seq: 1, At: start, Body: Opened{ID: "vrf_same", FlowDigest: "sha256:00", SubjectType: "person"}})
	s, _ = Step(p, s, Input{Seq: 2, At: start, Body: a})
	a.Kind, a.Mapping = KindRemap, "sumsub/2"
	a.Findings = []Finding{{Component: "document", Result: True, Confidence: 99, Reasons: []string{"r"}}}
	next, fx := Step(p, s, Input{Seq: 3, At: start.Add(time.Hour), Body: a})
	if !reflect.DeepEqual(next, s) || len(fx) > 0 {
		t.Errorf("got %+v and %v, want the state as it was, %+v, and no effect", next, fx, s)
	}
}
