package decision_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

// fiveChecks is the life of one verification with five checks that are answered at once: seven inputs with its tick.
func fiveChecks() (*Policy, []Input) {
	p := &Policy{Flow: "load-5", Digest: "sha256:00", Subject: "person", Deadline: 15 * time.Minute}
	inputs := []Input{{Seq: 1, At: start, Body: Opened{ID: "vrf_0123456789abcdefghjkmnpqrs", Tenant: "acme", Flow: "load-5",
		FlowDigest: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", SubjectType: "person", Country: "PL"}}}
	for i := range 5 {
		name := fmt.Sprint("c", i+1)
		p.Checks = append(p.Checks, Check{Name: name, Components: []string{name}, Providers: []Route{{Provider: "fake"}}})
		p.Require = append(p.Require, name)
		at := start.Add(time.Duration(i+1) * time.Millisecond)
		inputs = append(inputs, Input{Seq: uint64(i + 2), At: at, Body: Answered{Check: name, Provider: "fake", Attempt: 1, Try: 1,
			Kind: KindSend, Status: AnswerCompleted, ObservedAt: at, Ref: `{"id":"01HV"}`,
			Findings: []Finding{{Component: name, Result: True, Confidence: 99}}}})
	}
	return p, append(inputs, Input{Seq: 7, At: start.Add(time.Second), Body: Tick{}})
}

func BenchmarkStep(b *testing.B) {
	p, inputs := fiveChecks()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		var s State
		for _, in := range inputs {
			s, _ = Step(p, s, in)
		}
		if s.Decision == nil {
			b.Fatal("not decided")
		}
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*len(inputs)), "ns/step")
}

func BenchmarkView(b *testing.B) {
	p, inputs := fiveChecks()
	var s State
	for _, in := range inputs {
		s, _ = Step(p, s, in)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = s.View()
	}
}

func TestAStepCopiesOnlyTheCheckThatItChanges(t *testing.T) {
	p, inputs := fiveChecks()
	before, _ := Step(p, State{}, inputs[0])
	after, _ := Step(p, before, inputs[1])
	for i := range before.Checks {
		if got, want := after.Checks[i] == before.Checks[i], i > 0; got != want {
			t.Errorf("check %d after an answer of the first: got shared %t, want %t", i, got, want)
		}
	}
}

func TestAFinishedVerificationIsSmall(t *testing.T) {
	p, inputs := fiveChecks()
	var s State
	for _, in := range inputs {
		s, _ = Step(p, s, in)
	}
	if got := encode(t, s); len(got) > 1280 {
		t.Errorf("five checks: got %d bytes, want at most 1280:\n%s", len(got), got)
	}
	s = State{}
	p.Checks = p.Checks[:1]
	p.Require = p.Require[:1]
	for _, in := range inputs {
		s, _ = Step(p, s, in)
	}
	if got := encode(t, s); len(got) > 640 {
		t.Errorf("one check: got %d bytes, want at most 640:\n%s", len(got), got)
	}
}
