package replay

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// made is a recording of one shard that was never on a broker.
type made struct{ inputs []bus.Raw }

func (m made) Shards() int { return 1 }
func (m made) Inputs(_ context.Context, _ int, each func([]bus.Raw) error) error {
	return each(m.inputs)
}
func (m made) Log(context.Context, int, func([]Line) error) error { return nil }
func (m made) Lasts(context.Context, int) ([]uint64, error)       { return nil, nil }
func (m made) Said(context.Context, int, Line) ([]byte, error)    { return nil, nil }

func TestAReplayOfAFileKeepsOnlyWhatMayGoOn(t *testing.T) {
	const n = 50
	var m made
	put := func(p events.Payload) {
		h, data, err := events.Encode(events.Event{ID: fmt.Sprint(len(m.inputs)), Source: "/test", Subject: p.Key(), Time: time.Unix(1, 0).UTC(), Data: p})
		if err != nil {
			t.Fatal(err)
		}
		m.inputs = append(m.inputs, bus.Raw{Header: h, Data: data, Seq: uint64(10 + 3*len(m.inputs)), At: time.Unix(int64(1+len(m.inputs)), 0).UTC()})
	}
	id := func(i int) string { return events.NewID(time.Unix(1, 0), [10]byte{byte(i), 9}) }
	digest := ""
	open := func(i int) {
		put(events.VerificationOpened{ID: id(i), Tenant: "acme", Flow: "two", FlowDigest: digest, SubjectType: "person"})
	}
	source := "flow: two\nsubject: person\nchecks:\n  one: {components: [document], providers: [first]}\ndecide: {require: [document]}\n"
	two, err := flow.Compile("two.yaml", []byte(source), nil)
	if err != nil {
		t.Fatal(err)
	}
	digest = two.Digest
	open(n) // it waits for its flow, and nothing else is ever said of it
	put(events.FlowPublished{Flow: "two", Digest: digest, Source: []byte(source)})
	for i := range n {
		open(i)
	}
	for i := range n {
		if i%2 == 0 {
			put(events.VerificationCancelled{ID: id(i), Tenant: "acme"})
		}
	}
	path := filepath.Join(t.TempDir(), "recording")
	var b bytes.Buffer
	if err := Write(t.Context(), &b, m, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lasts, err := f.Lasts(t.Context(), 0)
	if err != nil || len(lasts) != n+1 || !slices.IsSorted(lasts) {
		t.Fatalf("Lasts = %v, %v, want %d in order", lasts, err, n+1)
	}
	kept, err := compare(t.Context(), m, 0)
	if err != nil {
		t.Fatal(err)
	}
	freed, err := compare(t.Context(), f, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := freed.sum.Sum(nil), kept.sum.Sum(nil); !bytes.Equal(got, want) || freed.pending != kept.pending {
		t.Errorf("from the file %d records, %x; want what the inputs give: %d, %x", freed.pending, got, kept.pending, want)
	}
	if got := freed.machine.Verifications(); got != n+1 {
		t.Errorf("Verifications = %d, want %d: those that were let go of count", got, n+1)
	}
	if got := freed.machine.Held(); got > 1 {
		t.Errorf("at the end %d verifications are held, want none but the one that has waited for its flow", got)
	}
}
