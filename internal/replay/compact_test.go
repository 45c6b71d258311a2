package replay_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
)

// A stream that was begun before there was a compact form goes on in it, and is replayed as a whole.
func TestLogsThatHoldBothFormsAreWhatTheInputsGive(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	w.open(20)
	w.decided(20)
	w.compact = true
	ids := w.open(20)
	w.decided(40)
	forms := map[bool]int{} // of tasks
	for shard := range layout.Shards {
		tail, _, err := w.bus.LogTail(t.Context(), shard)
		if err != nil {
			t.Fatal(err)
		}
		over := errors.New("over")
		if err := w.bus.ReadLog(t.Context(), shard, 1, func(batch []bus.Record) error {
			for _, r := range batch {
				e, err := events.Decode(r.Header, r.Data)
				if err != nil {
					t.Errorf("record %d of shard %d: %v", r.Seq, shard, err)
					continue
				}
				switch e.Data.(type) {
				case events.CheckRequested:
					if forms[e.Compact]++; e.Compact != slices.Contains(ids, e.Subject) {
						t.Errorf("the task of %s is compact: %v, which its input is not", e.Subject, e.Compact)
					}
				case events.VerificationDecided:
					if e.Compact {
						t.Errorf("the decision of %s is in a form that is not public", e.Subject)
					}
				}
				if r.Seq >= tail.Seq {
					return over
				}
			}
			return nil
		}); err != over {
			t.Fatal(err)
		}
	}
	if forms[true] < 20 || forms[false] < 20 {
		t.Fatalf("tasks by compactness: %v, want 20 of each at least", forms)
	}
	here := run(t, w.recording())
	if !here.Same || here.Verifications != 40 || here.Decisions != 40 {
		t.Errorf("%+v, want 40 verifications and decisions, all the same", here)
	}
	f, _ := file(t, w.recording())
	if elsewhere := run(t, f); !elsewhere.Same || elsewhere.Digest != here.Digest {
		t.Errorf("from a file: %+v, want %+v", elsewhere, here)
	}
}

func TestWhatDiffersInACompactRecordIsNamed(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	w.compact = true
	id := w.open(10)[4]
	w.decided(10)
	got := run(t, altered{Recording: w.recording(), input: func(_ int, r bus.Raw) *bus.Raw {
		if kind, about := events.Gist(r.Header, r.Data); about == id && kind == events.TypeOpened {
			e, err := events.Decode(r.Header, r.Data)
			if err != nil || !e.Compact {
				t.Fatalf("the request is %+v, %v, want it compact", e, err)
			}
			o := e.Data.(events.VerificationOpened)
			o.Sealed.Key = 4711
			e.Data = o
			if r.Header, r.Data, err = events.Encode(e); err != nil {
				t.Fatal(err)
			}
		}
		return &r
	}})
	if len(got.First) != 1 || got.First[0].What != replay.Content || got.First[0].Verification != id {
		t.Fatalf("%+v, want a record of %s that says something else", got, id)
	}
	d := got.First[0]
	if !slices.Contains(d.Fields, replay.Field{Pointer: "/sealed/key", Log: "1", Computed: "4711"}) {
		t.Errorf("the fields are %+v, want /sealed/key of 1 and 4711", d.Fields)
	}
}
