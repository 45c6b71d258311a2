package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/index"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

const shards = 2

// rig is a broker whose streams are written as ingest and a resolver would.
type rig struct {
	testing.TB
	bus  *bus.Bus
	logs []*bus.Log
	ids  []string
	nth  map[string]int // of an id among them
	last []uint64       // input of each shard
}

func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigOn(t, bustest.Run(t))
}

func newRigOn(t testing.TB, s *bus.Server) *rig {
	r := &rig{TB: t, bus: bustest.Connect(t, s.Config(), bus.Layout{Shards: shards, Providers: []string{"acme"}}), nth: map[string]int{}, last: make([]uint64, shards)}
	for n := range shards {
		l, err := r.bus.Claim(t.Context(), n, "test")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		r.logs = append(r.logs, l)
	}
	return r
}

var dossier = make([]byte, 700)

// verify writes n verifications of two tenants, with all that happens to them, and returns how many events that were.
func (r *rig) verify(n int) (written int) {
	r.Helper()
	begun := len(r.ids)
	done := make(chan error, 1024)
	put := func(id, word string, p events.Payload) {
		e := events.Event{ID: id + word, Source: "/test", Subject: id, Time: time.Now(), Data: p, Compact: true}
		if err := r.bus.PutAsync(r.Context(), e, func(p bus.Position, err error) {
			done <- err
		}); err != nil {
			r.Fatal(err)
		}
		written++
	}
	settle := func(n int) {
		for range n {
			if err := <-done; err != nil {
				r.Fatal(err)
			}
		}
	}
	for from := begun; from < begun+n; from += 200 {
		batch := min(200, begun+n-from)
		for i := range batch {
			id := events.NewID(time.Now(), [10]byte{byte((from + i) >> 16), byte((from + i) >> 8), byte(from + i), byte(rand.IntN(256))})
			r.nth[id] = len(r.ids)
			r.ids = append(r.ids, id)
			put(id, "/opened", events.VerificationOpened{ID: id, Tenant: r.tenant(from + i), Flow: "person-test", FlowDigest: "sha256:ab", Reference: fmt.Sprint("customer-", from+i),
				SubjectType: "person", Sealed: events.Sealed{Key: 1, Box: dossier}})
		}
		settle(batch)
		for i := range batch {
			id := r.ids[from+i]
			put(id, "/answered", events.CheckAnswered{ID: id, Tenant: r.tenant(from + i), Check: "identity", Provider: "acme", Attempt: 1, Try: 1, Kind: events.CallSend,
				Operation: id + ".identity.1", Status: events.AnswerCompleted, ObservedAt: time.Now(), Evidence: &events.Evidence{SHA256: "ab", Sealed: &events.Sealed{Key: 1, Box: dossier}},
				Findings: []events.Finding{{Component: "document", Result: "true", Confidence: 99}}})
		}
		settle(batch)
	}
	// The resolver reads them back, and says what follows.
	for shard := range shards {
		tail, err := r.bus.Tail(r.Context(), shard)
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithCancel(r.Context())
		if tail > r.last[shard] {
			_ = r.bus.ReadInputs(ctx, shard, r.last[shard]+1, func(batch []bus.Read) error {
				for _, in := range batch {
					if rec, ok := r.follows(shard, in); ok {
						if err := r.logs[shard].Append(ctx, []bus.Record{rec}); err != nil {
							return err
						}
						written++
					}
					if in.Seq == tail {
						cancel()
						return context.Canceled
					}
				}
				return nil
			})
		}
		cancel()
		r.last[shard] = tail
		if err := r.logs[shard].Flush(r.Context()); err != nil {
			r.Fatal(err)
		}
	}
	return written
}

func (r *rig) tenant(n int) string { return []string{"acme", "other"}[n%2] }

// follows returns the record that an input leads to.
func (r *rig) follows(shard int, in bus.Read) (bus.Record, bool) {
	id := in.Event.Data.Key()
	var p events.Payload
	subject := ""
	switch d := in.Event.Data.(type) {
	case events.VerificationOpened:
		p = events.CheckRequested{ID: id, Tenant: d.Tenant, Flow: d.Flow, Provider: "acme", SubjectType: "person", Opened: in.Seq, Sealed: &d.Sealed,
			Calls: []events.Call{{Check: "identity", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: id + ".identity.1"}}}
		subject = events.LogTaskSubject(shard, "acme")
	case events.CheckAnswered:
		n := r.nth[id]
		result := []string{"true", "true", "false", "unknown"}[n%4]
		p = events.VerificationDecided{View: events.View{ID: id, Tenant: d.Tenant, Flow: "person-test", FlowDigest: "sha256:ab", Reference: fmt.Sprint("customer-", n), Status: "completed",
			CreatedAt: in.At, UpdatedAt: in.At, Decision: &events.Decision{Revision: 1, Final: true, Result: result, Confidence: 99, Reasoning: "So it is.", Reasons: []string{"x"}, DecidedAt: in.At}}}
		subject = events.LogResultSubject(shard, d.Tenant, "person-test", result)
	default:
		return bus.Record{}, false
	}
	h, body, err := events.Encode(events.Event{ID: fmt.Sprint(shard, "-", in.Seq), Source: "/test", Subject: id, Time: in.At, Data: p, Compact: in.Event.Compact})
	if err != nil {
		r.Fatal(err)
	}
	return bus.Record{Subject: subject, Header: h, Data: body, InSeq: in.Seq}, true
}

// feed feeds an index until it knows what there is now, and stops.
func (r *rig) feed(ix *index.Index) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); ix.Run(ctx, r.bus) }()
	over := time.After(time.Minute)
	for ix.Ready() != nil {
		select {
		case <-over:
			r.Fatalf("not fed: %v", ix.Ready())
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	<-ended
}

func (r *rig) open(dir string) *index.Index {
	r.Helper()
	ix, err := index.Open(dir, shards, nil)
	if err != nil {
		r.Fatal(err)
	}
	return ix
}

// told is everything that an index tells.
func (r *rig) told(ix *index.Index) string {
	r.Helper()
	out := ""
	for _, f := range []index.Filter{{}, {Status: "completed"}, {Status: "running"}, {Result: "true"}, {Result: "false"}, {Flow: "person-test"}, {Reference: "customer-3"}} {
		for _, f.Tenant = range []string{"acme", "other", "nobody"} {
			out += fmt.Sprintf("%+v:", f)
			for before := ""; ; {
				rows, next, err := ix.List(f, before, 7)
				if err != nil {
					r.Fatal(err)
				}
				for _, row := range rows {
					out += fmt.Sprintf(" %+v", row)
				}
				if before = next; next == "" {
					break
				}
			}
			out += "\n"
		}
	}
	for _, id := range r.ids {
		places, err := ix.Places(r.Context(), id)
		if err != nil {
			r.Fatal(err)
		}
		out += fmt.Sprint(id, " ", places, "\n")
	}
	return out
}

func TestAnIndexThatWasStoppedCopiedOrThrownAwayTellsTheSame(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	for round := range 3 {
		r.verify(60)
		kept := r.open(dir)
		r.feed(kept)
		crashed := filepath.Join(t.TempDir(), "crashed")
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil { // as it lies there while it is open
			t.Fatal(err)
		}
		anew := r.open("")
		r.feed(anew)
		want := r.told(anew)
		if got := r.told(kept); got != want {
			t.Fatalf("round %d: fed in parts it tells\n%s\nmade anew\n%s", round, got, want)
		}
		after := r.open(crashed)
		r.feed(after)
		if got := r.told(after); got != want {
			t.Fatalf("round %d: after a crash it tells\n%s\nmade anew\n%s", round, got, want)
		}
		for _, ix := range []*index.Index{kept, anew, after} {
			if err := ix.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnIndexOfOtherStreamsIsMadeAnew(t *testing.T) {
	r := newRig(t)
	r.verify(20)
	dir := t.TempDir()
	ix := r.open(dir)
	r.feed(ix)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	r = newRigOn(t, bustest.Run(t))
	r.verify(30)
	ix, fresh := r.open(dir), r.open("")
	defer ix.Close()
	defer fresh.Close()
	r.feed(ix)
	r.feed(fresh)
	if got, want := r.told(ix), r.told(fresh); got != want {
		t.Errorf("an index of streams that are gone tells\n%s\nwant\n%s", got, want)
	}
}

func TestAnIndexOfAnotherNumberOfShardsIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{4, 2} {
		ix, err := index.Open(dir, n, nil)
		if err != nil {
			t.Fatalf("Open for %d shards: %v", n, err)
		}
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADirectoryIsOneProcesss(t *testing.T) {
	dir := t.TempDir()
	ix, err := index.Open(dir, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	if second, err := index.Open(dir, 1, nil); err == nil {
		_ = second.Close()
		t.Error("a directory in use was opened again")
	}
}

func TestWhatIsDamagedIsMadeAnew(t *testing.T) {
	r := newRig(t)
	r.verify(20)
	dir := t.TempDir()
	ix := r.open(dir)
	r.feed(ix)
	want := r.told(ix)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "MANIFEST-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, []byte("not a manifest at all"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ix = r.open(dir)
	defer ix.Close()
	r.feed(ix)
	if got := r.told(ix); got != want {
		t.Errorf("after damage it tells\n%s\nbefore\n%s", got, want)
	}
}

// BenchmarkCatchUp says how fast an index is made from nothing.
func BenchmarkCatchUp(b *testing.B) {
	r := newRig(b)
	n := r.verify(30_000)
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		ix := r.open(b.TempDir())
		r.feed(ix)
		if err := ix.Close(); err != nil {
			b.Fatal(err)
		}
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(n*b.N)/1000, "cpu-µs/event")
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
