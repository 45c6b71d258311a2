package backtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/backtest"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
)

const company = `flow: company
subject: business
deadline: 10m
checks:
  register: {components: [registry], providers: [alpha]}
  owners: {persons: {flow: person, roles: {UBO: {over: 25}}}}
decide: {require: [registry, persons]}
`

// written is a recording of one shard that was never on a broker.
type written struct {
	t      *testing.T
	inputs []bus.Raw
}

func (w *written) Shards() int { return 1 }
func (w *written) Inputs(_ context.Context, _ int, each func([]bus.Raw) error) error {
	return each(w.inputs)
}
func (w *written) Log(context.Context, int, func([]replay.Line) error) error { return nil }
func (w *written) Lasts(context.Context, int) ([]uint64, error)              { return nil, nil }
func (w *written) Said(context.Context, int, replay.Line) ([]byte, error)    { return nil, nil }

// put adds an input that came so long after the beginning.
func (w *written) put(after time.Duration, p events.Payload) {
	w.t.Helper()
	at := time.Unix(1000, 0).UTC().Add(after)
	h, data, err := events.Encode(events.Event{ID: fmt.Sprint(len(w.inputs)), Source: "/test", Subject: p.Key(), Time: at, Data: p})
	if err != nil {
		w.t.Fatal(err)
	}
	w.inputs = append(w.inputs, bus.Raw{Header: h, Data: data, Seq: uint64(len(w.inputs) + 1), At: at})
}

// What the persons of a business have said is there for another flow as soon as that asks for them; whom nobody has asked
// makes the result one that cannot be told.
func TestPersonsOfABusinessUnderAnotherFlow(t *testing.T) {
	f, err := flow.Compile("company.yaml", []byte(company), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &written{t: t}
	w.put(0, events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source})
	says := []string{"true", "false", ""} // of the owner of each business; the last one's never says anything
	id := func(i int) string { return events.NewID(time.Unix(1000, 0), [10]byte{byte(i), 1}) }
	person := func(i, n int) string { return events.NewID(time.Unix(1000, 0), [10]byte{byte(i), 2, byte(n)}) }
	for i := range says {
		w.put(time.Second, events.VerificationOpened{ID: id(i), Tenant: "acme", Flow: f.Name, FlowDigest: f.Digest, SubjectType: "business", Parties: []events.Party{
			{Reference: "owner", Role: "UBO", Ownership: 60, ID: person(i, 0)}, {Reference: "friend", Role: "UBO", Ownership: 20, ID: person(i, 1)}}})
	}
	for i, result := range says {
		if result != "" {
			w.put(2*time.Second, events.PersonReported{ID: id(i), Tenant: "acme", Person: person(i, 0), Seq: 7, Status: "completed", Revision: 1, Result: result, Confidence: 98, Reasons: []string{"x"}})
		}
	}
	for i := range says { // the register is slower than they
		w.put(3*time.Second, events.CheckAnswered{ID: id(i), Tenant: "acme", Check: "register", Provider: "alpha", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: id(i) + ".register.1",
			Status: events.AnswerCompleted, ObservedAt: time.Unix(1003, 0).UTC(), Findings: []events.Finding{{Component: "registry", Result: "true", Confidence: 99}}})
	}
	for i := range says {
		w.put(11*time.Minute, events.TimerFired{ID: id(i)})
	}
	for _, k := range []struct {
		name, source string
		transitions  []string
	}{
		{"a comment changes nothing", "# tried\n" + company, []string{"false false 1", "true true 1", "unknown unknown 1"}},
		{"persons who are asked after the register", strings.Replace(company, "owners: {", "owners: {after: [register], ", 1),
			[]string{"false false 1", "true true 1", "unknown unknown 1"}},
		{"persons whom nobody has asked", strings.Replace(company, "over: 25", "over: 10", 1),
			[]string{"false false 1", "true undetermined 1", "unknown undetermined 1"}},
		{"owners who need not be verified", strings.Replace(company, "over: 25", "over: 70", 1),
			[]string{"false true 1", "true true 1", "unknown true 1"}},
		{"no persons", strings.Replace(strings.Replace(company, ", persons]", "]", 1), "  owners: {persons: {flow: person, roles: {UBO: {over: 25}}}}\n", "", 1),
			[]string{"false true 1", "true true 1", "unknown true 1"}},
	} {
		tried, err := flow.Compile("tried.yaml", []byte(k.source), nil)
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		r, err := backtest.Run(t.Context(), w, "company", tried)
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		var transitions []string
		for _, x := range r.Transitions {
			transitions = append(transitions, fmt.Sprint(x.Before, " ", x.After, " ", x.Count))
		}
		if !slices.Equal(transitions, k.transitions) {
			t.Errorf("%s: transitions %q, reasons %v, want %q", k.name, transitions, r.Reasons, k.transitions)
		}
	}
}
