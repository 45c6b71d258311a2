package resolve

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/flows"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// life is the inputs of n verifications of so many checks: they are decided and, if whole, reviewed by a human, checked
// again and erased.
func life(tb testing.TB, n, checks int, whole bool) []bus.Read {
	tb.Helper()
	f, err := flow.Compile(fmt.Sprintf("load-%d.yaml", checks), flows.Load(checks), nil)
	if err != nil {
		tb.Fatal(err)
	}
	var all []bus.Read
	put := func(p events.Payload) {
		seq := uint64(len(all) + 1)
		at := time.Unix(1_800_000_000, 0).Add(time.Duration(seq) * time.Millisecond).UTC()
		all = append(all, bus.Read{Seq: seq, At: at, Event: events.Event{ID: fmt.Sprint(seq), Source: "/test", Time: at, Data: p}})
	}
	put(events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source})
	for i := range n {
		id := events.NewID(time.Unix(1_800_000_000, 0), [10]byte{byte(i >> 8), byte(i)})
		answers := func(attempt int) {
			gathered := events.ChecksAnswered{ID: id, Tenant: "acme"}
			for i, c := range f.Policy.Checks[:checks] {
				gathered.Answers = append(gathered.Answers, events.CheckAnswered{ID: id, Tenant: "acme", Check: c.Name, Provider: "fake", Attempt: attempt, Try: 1,
					Kind: "send", Operation: fmt.Sprintf("%s.%s.%d", id, c.Name, attempt), Status: events.AnswerCompleted, Ref: jsontext.Value(`{"id":"` + id + "." + c.Name + `"}`),
					Evidence: &events.Evidence{SHA256: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, id, i, attempt)))},
					Findings: []events.Finding{{Component: c.Components[0], Result: "true", Confidence: 99, Reasoning: "said so"}}})
			}
			put(gathered)
		}
		put(events.VerificationOpened{ID: id, Tenant: "acme", Flow: f.Name, FlowDigest: f.Digest, Reference: fmt.Sprint("ref-", i), SubjectType: "person"})
		answers(1)
		if !whole {
			continue
		}
		put(events.VerificationReviewed{ID: id, Tenant: "acme", Result: "false", Reviewer: "key", Dedupe: "1"})
		put(events.VerificationRechecked{ID: id, Tenant: "acme", Dedupe: "2"})
		answers(2)
		put(events.SubjectErased{ID: id, Tenant: "acme"})
	}
	return all
}

// run applies inputs and returns what they cause; each is called after every one.
func run(tb testing.TB, m *machine, inputs []bus.Read, each func()) string {
	tb.Helper()
	var out bytes.Buffer
	for _, in := range inputs {
		records, err := m.apply(in)
		if err != nil {
			tb.Fatal(err)
		}
		for _, r := range records {
			fmt.Fprintf(&out, "%d.%d %s %v %s\n", r.InSeq, r.Ord, r.Subject, r.Header, r.Data)
		}
		each()
	}
	return out.String()
}

// Whether a state was packed in between, or came from a snapshot, nobody can tell by what the shard does next.
func TestAPackedStateGoesOnAsIfItHadNotBeen(t *testing.T) {
	inputs := life(t, 3, 2, true)
	want := run(t, newMachine(0, nil), inputs, func() {})

	m := newMachine(0, nil)
	most := 0
	got := run(t, m, inputs, func() {
		n := 0
		for identity, k := range m.states.kept {
			if m.closed(k) {
				b, err := k.json(nil)
				if err != nil {
					t.Fatal(err)
				}
				m.states.pack(identity, k.state, pack(k.state, b, nil))
			}
			if m.states.kept[identity].packed != nil {
				n++
			}
		}
		most = max(most, n)
	})
	if got != want {
		t.Errorf("with packing the shard says\n%s\nwant\n%s", got, want)
	}
	if most != 3 {
		t.Errorf("at most %d states were packed at once, want 3", most)
	}

	m = newMachine(0, nil)
	got = run(t, m, inputs, func() {
		var b bytes.Buffer
		if err := imageOf(m).write(&b); err != nil {
			t.Fatal(err)
		}
		again := newMachine(0, nil)
		if err := again.restore(m.applied, b.Bytes()); err != nil {
			t.Fatal(err)
		}
		*m = *again
	})
	if got != want {
		t.Errorf("through snapshots the shard says\n%s\nwant\n%s", got, want)
	}
}

// After a restart the shard says what is not in the log, and no word of what is.
func TestWhatIsInTheLogIsNotMadeAgain(t *testing.T) {
	inputs := life(t, 2, 2, true)
	for said := range uint64(len(inputs)) {
		all, again := newMachine(0, nil), newMachine(0, nil)
		again.said = said
		run(t, all, inputs[:max(said, 1)-1], func() {})
		if got := run(t, again, inputs[:max(said, 1)-1], func() {}); got != "" {
			t.Errorf("what is said before input %d is made again:\n%s", said, got)
		}
		rest := inputs[max(said, 1)-1:]
		want := run(t, all, rest, func() {})
		if got := run(t, again, rest, func() {}); got != want {
			t.Errorf("from input %d on the shard says\n%s\nwant\n%s", said, got, want)
		}
	}
}

// A state that has changed since it was packed stays as it is.
func TestAStateThatChangesWhileItIsPackedIsKept(t *testing.T) {
	m := newMachine(0, nil)
	inputs := life(t, 1, 2, true)
	run(t, m, inputs[:3], func() {})
	for identity := range m.states.kept {
		k := m.states.show(identity)
		b, err := k.json(nil)
		if err != nil {
			t.Fatal(err)
		}
		run(t, m, inputs[3:4], func() {})
		m.states.pack(identity, k.state, pack(k.state, b, nil))
		if m.states.kept[identity].packed != nil {
			t.Error("what is packed is older than what is known")
		}
	}
}

// What was shown of a shard, one state or all of them, stays as it was shown; what nobody has seen is not copied.
func TestAStateThatWasShownIsNotWrittenTo(t *testing.T) {
	inputs := life(t, 1, 2, true)
	for name, show := range map[string]func(*machine, string) *decision.State{
		"one":    func(m *machine, identity string) *decision.State { return m.states.show(identity).state },
		"asked":  func(m *machine, identity string) *decision.State { st, _ := m.states.get(identity); return st },
		"all":    func(m *machine, _ string) *decision.State { return imageOf(m).states[0].state },
		"nobody": func(m *machine, identity string) *decision.State { return m.states.kept[identity].state },
	} {
		m := newMachine(0, nil)
		run(t, m, inputs[:2], func() {})
		identity := events.IdentityOf(inputs[1].Event.Data.Key())
		st := show(m, identity)
		was, err := st.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		run(t, m, inputs[2:], func() {})
		is, err := st.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := bytes.Equal(is, was), name != "nobody"; got != want {
			t.Errorf("shown to %s: as it was: got %t, want %t\n%s\n%s", name, got, want, was, is)
		}
	}
}

func TestADamagedPackedStateIsAnError(t *testing.T) {
	for _, p := range []packed{{}, {0x80}, {0}, {0, 200}, {0, 1, 'x'}, {0, 1, 'x', 5, 1, 2}} {
		s := newShelf()
		s.put("x", nil)
		s.pack("x", nil, p)
		if st, err := s.get("x"); err == nil {
			t.Errorf("got %+v of %v, want an error", st, []byte(p))
		}
	}
}

// BenchmarkReplay applies decoded inputs: all that they cause is made, and, as after a restart, is in the log already.
func BenchmarkReplay(b *testing.B) {
	inputs := life(b, 1000, 5, false)
	for _, said := range []bool{false, true} {
		b.Run(map[bool]string{false: "made", true: "said"}[said], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m := newMachine(0, func(string, time.Time, bool, bool) {})
				if said {
					m.said = inputs[len(inputs)-1].Seq
				}
				for _, in := range inputs {
					if _, err := m.apply(in); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*len(inputs))/b.Elapsed().Seconds(), "inputs/s")
		})
	}
}

// packAll packs what is over.
func packAll(tb testing.TB, m *machine) {
	tb.Helper()
	for identity, k := range m.states.kept {
		if !m.closed(k) {
			continue
		}
		stored, err := k.json(nil)
		if err != nil {
			tb.Fatal(err)
		}
		m.states.pack(identity, k.state, pack(k.state, stored, nil))
	}
}

// BenchmarkRestore fills a machine with verifications that are over, from the form of today and from that of before.
func BenchmarkRestore(b *testing.B) {
	const n = 10_000
	m := newMachine(0, nil)
	run(b, m, life(b, n, 5, false), func() {})
	lines := asLines(b, m)
	packAll(b, m)
	var parts bytes.Buffer
	if err := imageOf(m).write(&parts); err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"parts": parts.Bytes(), "lines": lines} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				again := newMachine(0, func(string, time.Time, bool, bool) {})
				if err := again.restore(m.applied, data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/verification")
		})
	}
}

// BenchmarkSnapshot writes states that are packed, and those that are not.
func BenchmarkSnapshot(b *testing.B) {
	for _, packing := range []bool{false, true} {
		b.Run(map[bool]string{false: "live", true: "packed"}[packing], func(b *testing.B) {
			m := newMachine(0, nil)
			run(b, m, life(b, 1000, 5, false), func() {})
			size := 0
			for identity, k := range m.states.kept {
				stored, err := k.json(nil)
				if err != nil {
					b.Fatal(err)
				}
				if p := pack(k.state, stored, nil); packing {
					m.states.pack(identity, k.state, p)
					size += len(p)
				} else {
					size += len(stored)
				}
			}
			for b.Loop() {
				if err := imageOf(m).write(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/state")
			b.ReportMetric(float64(size)/1000, "bytes/state")
		})
	}
}
