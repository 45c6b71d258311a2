package resolve

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// asLines is a snapshot in the form that was written before there were parts.
func asLines(tb testing.TB, m *machine) []byte {
	tb.Helper()
	var b bytes.Buffer
	for _, f := range m.flows {
		line, err := json.Marshal(snapshotLine{Flow: f.Name, Source: f.Source})
		if err != nil {
			tb.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	for _, identity := range slices.Sorted(maps.Keys(m.states.kept)) {
		stored, err := m.states.kept[identity].json(nil)
		if err != nil {
			tb.Fatal(err)
		}
		b.WriteString(`{"state":` + string(stored) + "}\n")
	}
	return b.Bytes()
}

// Both forms of a snapshot make the machine that was written, by what it says from then on.
func TestBothFormsOfASnapshotAreRead(t *testing.T) {
	inputs := life(t, 3, 2, true)
	for cut := range inputs {
		m := newMachine(0, nil)
		run(t, m, inputs[:cut], func() { packAll(t, m) })
		var parts bytes.Buffer
		if err := imageOf(m).write(&parts); err != nil {
			t.Fatal(err)
		}
		lines := asLines(t, m)
		want := run(t, m, inputs[cut:], func() {})
		for form, data := range map[string][]byte{"parts": parts.Bytes(), "lines": lines} {
			again := newMachine(0, nil)
			if err := again.restore(uint64(cut), data); err != nil {
				t.Fatalf("%s after input %d: %v", form, cut, err)
			}
			if got := run(t, again, inputs[cut:], func() {}); got != want {
				t.Errorf("%s after input %d: the shard says\n%s\nwant\n%s", form, cut, got, want)
			}
		}
	}
}

// A restart opens no packed state, and wakes at its time what has an expiry to come all the same.
func TestWhatIsPackedIsWokenAfterARestart(t *testing.T) {
	f, err := flow.Compile("two.yaml", []byte("flow: two\nsubject: person\nchecks:\n  one: {components: [document], providers: [fake]}\nexpire:\n  document: {after: 30d, then: recheck}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 123).UTC()
	id := events.NewID(at, [10]byte{1})
	woken := map[string]time.Time{}
	told := func(id string, at time.Time, ok, _ bool) {
		delete(woken, id)
		if ok {
			woken[id] = at
		}
	}
	m := newMachine(0, told)
	for i, p := range []events.Payload{
		events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source},
		events.VerificationOpened{ID: id, Tenant: "acme", Flow: f.Name, FlowDigest: f.Digest, SubjectType: "person"},
		events.CheckAnswered{ID: id, Tenant: "acme", Check: "one", Provider: "fake", Attempt: 1, Try: 1, Kind: "send", Operation: id + ".one.1", Status: events.AnswerCompleted,
			Findings: []events.Finding{{Component: "document", Result: "true", Confidence: 99, Reasoning: "said so"}}},
	} {
		if _, err := m.apply(bus.Read{Seq: uint64(i + 1), At: at, Event: events.Event{ID: fmt.Sprint(i), Source: "/test", Time: at, Data: p}}); err != nil {
			t.Fatal(err)
		}
	}
	packAll(t, m)
	if k := m.states.kept[events.IdentityOf(id)]; k.packed == nil {
		t.Fatalf("the verification is not packed: %+v", k.state)
	}
	want := woken[id]
	if d := want.Sub(at); d < 29*24*time.Hour || d > 31*24*time.Hour {
		t.Fatalf("before the restart it is woken at %v, want 30 days after %v", want, at)
	}
	var b bytes.Buffer
	if err := imageOf(m).write(&b); err != nil {
		t.Fatal(err)
	}
	clear(woken)
	again := newMachine(0, told)
	if err := again.restore(m.applied, b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got := woken[id]; !got.Equal(want) {
		t.Errorf("after the restart it is woken at %v, want %v", got, want)
	}
}

// What is over while its flow is not known is looked for when the flow comes: it is there after a restart, too.
func TestWhatWaitsForItsFlowWaitsAfterARestart(t *testing.T) {
	inputs := life(t, 1, 2, false)
	id := inputs[1].Event.Data.Key()
	early := []bus.Read{inputs[1], {Seq: 3, At: inputs[2].At, Event: events.Event{ID: "c", Source: "/test", Data: events.VerificationCancelled{ID: id, Tenant: "acme"}}}}
	flowComes := inputs[0]
	flowComes.Seq = 4
	m := newMachine(0, nil)
	run(t, m, early, func() { packAll(t, m) })
	var b bytes.Buffer
	if err := imageOf(m).write(&b); err != nil {
		t.Fatal(err)
	}
	again := newMachine(0, nil)
	if err := again.restore(3, b.Bytes()); err != nil {
		t.Fatal(err)
	}
	want, wantParked := run(t, m, []bus.Read{flowComes}, func() {}), len(m.parked)
	if got := run(t, again, []bus.Read{flowComes}, func() {}); got != want || len(again.parked) != wantParked {
		t.Errorf("when the flow comes after a restart the shard says %q, %d flows are waited for; want %q, %d", got, len(again.parked), want, wantParked)
	}
	if k, was := again.states.kept[events.IdentityOf(id)], m.states.kept[events.IdentityOf(id)]; k.state == nil || was.state == nil || !slices.Equal(k.state.Inputs, was.state.Inputs) {
		t.Errorf("when the flow has come the state is %+v, want %+v", k.state, was.state)
	}
}

// A snapshot that is cut anywhere is refused, or is the machine before what is missing; it is never a panic.
func TestACutSnapshotIsNoPanic(t *testing.T) {
	m := newMachine(0, nil)
	run(t, m, life(t, 2, 2, false), func() { packAll(t, m) })
	var b bytes.Buffer
	if err := imageOf(m).write(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	refused := 0
	for n := range len(whole) {
		if newMachine(0, nil).restore(m.applied, whole[:n:n]) != nil {
			refused++
		}
	}
	if ends := 3 + 1; refused < len(whole)-ends-1 { // it may end after its name, the flow, and the first state, and be empty
		t.Errorf("%d of %d cuts are refused, want all but %d", refused, len(whole), ends+1)
	}
	if err := newMachine(0, nil).restore(1, append(bytes.Clone(whole), 'z', 0)); err == nil {
		t.Error("a part of an unknown kind is taken, want an error")
	}
}
