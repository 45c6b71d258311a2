package resolve_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

// Its deadline is longer than the broker waits before a task that it has lost on its way comes again.
const twoChecks = `flow: two
subject: person
deadline: 5m
checks:
  one: {components: [document], providers: [fake]}
  two: {components: [selfie], providers: [fake]}
decide:
  require: [document, selfie]
`

var layout = bus.Layout{Shards: 2, Replicas: 1, Providers: []string{"fake"}}

// world is a broker with a flow in it, requests that can be opened, and somebody who answers calls.
type world struct {
	t      *testing.T
	cfg    bus.Config
	bus    *bus.Bus // the test's own
	digest string
	layout bus.Layout
}

func newWorld(t *testing.T, cfg bus.Config, l bus.Layout) *world {
	t.Helper()
	w := &world{t: t, cfg: cfg, bus: bustest.Connect(t, cfg, l), layout: l}
	w.digest = w.publish(twoChecks)
	return w
}

// publish brings a flow to every shard.
func (w *world) publish(source string) string {
	w.t.Helper()
	f, err := flow.Compile("test.yaml", []byte(source), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.put(events.Event{ID: f.Digest, Source: "/test", Data: events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source}})
	return f.Digest
}

// put puts an event, again if need be: while a cluster has no leader nobody takes it.
func (w *world) put(e events.Event) bus.Position {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		at, err := w.bus.Put(ctx, e)
		if err == nil {
			return at
		}
		if fault.ClassOf(err) != fault.Transient || ctx.Err() != nil {
			w.t.Fatalf("put %s: %v", e.Data.Type(), err)
		}
	}
}

// open opens n verifications and returns their ids.
func (w *world) open(from, n int) []string {
	w.t.Helper()
	var ids []string
	for i := from; i < from+n; i++ {
		id := events.NewID(time.UnixMilli(1_760_000_000_000), [10]byte{byte(i >> 16), byte(i >> 8), byte(i), 7})
		w.put(events.Event{ID: "open-" + strconv.Itoa(i), Source: "/test", Subject: id, Data: events.VerificationOpened{
			ID: id, Tenant: "acme", Flow: "two", FlowDigest: w.digest, Reference: strconv.Itoa(i), SubjectType: "person", Sealed: events.Sealed{Key: 1, Box: []byte("box")}}})
		ids = append(ids, id)
	}
	return ids
}

// resolver starts a resolver on a bus of its own and returns how to stop it in order.
func (w *world) resolver(name string, snapshots time.Duration) (r *resolve.Resolver, stop func()) {
	w.t.Helper()
	b := bustest.Connect(w.t, w.cfg, w.layout)
	r, err := resolve.New(resolve.Config{Bus: b, Shards: w.layout.Shards, Holder: name, SnapshotEvery: snapshots, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	w.t.Cleanup(stop)
	return r, stop
}

// answer answers every call with true until the test ends.
func (w *world) answer() {
	w.t.Helper()
	b := bustest.Connect(w.t, w.cfg, w.layout)
	feed, err := b.Tasks(context.Background(), "fake")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = feed.Each(ctx, 16, func(ctx context.Context, d *bus.Delivery) {
			r, ok := d.Event.Data.(events.CheckRequested)
			if !ok {
				return
			}
			for _, c := range r.Calls {
				f := events.Finding{Component: c.Components[0], Result: "true", Confidence: 99, Reasoning: "Accepted."}
				_, err := b.Put(ctx, events.Event{ID: c.Operation + strconv.Itoa(c.Try), Source: "/test", Subject: r.ID, Data: events.CheckAnswered{ID: r.ID, Tenant: r.Tenant,
					Check: c.Check, Provider: r.Provider, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Operation: c.Operation, Status: events.AnswerCompleted, Findings: []events.Finding{f}}})
				if err != nil { // it comes again: soon, as a dispatcher would have it, and not when the broker gives this one up
					_ = d.Settle(ctx, err)
					return
				}
			}
			_ = d.Settle(ctx, nil)
		})
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

// decided reads RESULTS until every id has a first decision, and fails on any (verification, revision) that comes twice.
func (w *world) decided(ids []string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // a task that was lost on its way comes again after 90 s
	defer cancel()
	left := map[string]bool{}
	for _, id := range ids {
		left[id] = true
	}
	seen := map[string]bool{}
	over := fmt.Errorf("over")
	err := w.bus.ReadResults(ctx, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			d, ok := r.Event.Data.(events.VerificationDecided)
			if !ok {
				return fmt.Errorf("result %d is %+v (%v)", r.Seq, r.Event, r.Err)
			}
			key := fmt.Sprintf("%s revision %d", d.ID, d.Decision.Revision)
			if seen[key] {
				w.t.Errorf("%s came twice", key)
			}
			seen[key] = true
			if d.Decision.Result != "true" {
				w.t.Errorf("%s is %q: %s", key, d.Decision.Result, d.Decision.Reasoning)
			}
			delete(left, d.ID)
		}
		if len(left) == 0 {
			return over
		}
		return nil
	})
	if err != over {
		w.t.Fatalf("%d of %d verifications have no decision: %v", len(left), len(ids), err)
	}
}

// inputs returns what is in a shard's input stream.
func (w *world) inputs(shard int) []bus.Read {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	last, err := w.bus.Tail(ctx, shard)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []bus.Read
	over := fmt.Errorf("over")
	if last == 0 {
		return nil
	}
	if err := w.bus.ReadInputs(ctx, shard, 1, func(batch []bus.Read) error {
		if all = append(all, batch...); all[len(all)-1].Seq >= last {
			return over
		}
		return nil
	}); err != over {
		w.t.Fatal(err)
	}
	return all
}

// log returns what is in a shard's log, one line a record, epochs left out.
func (w *world) log(shard int) []string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tail, ok, err := w.bus.LogTail(ctx, shard)
	if err != nil {
		w.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	var lines []string
	over := fmt.Errorf("over")
	if err := w.bus.ReadLog(ctx, shard, 1, func(batch []bus.Record) error {
		for _, r := range batch {
			if lines = append(lines, line(r)); r.Seq >= tail.Seq {
				return over
			}
		}
		return nil
	}); err != over {
		w.t.Fatal(err)
	}
	return lines
}

// line is a record's canonical form.
func line(r bus.Record) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d.%d %s", r.InSeq, r.Ord, r.Subject)
	var names []string
	for name := range r.Header {
		if len(name) > 3 && name[:3] == "ce-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(&b, " %s=%s", n, r.Header[n][0])
	}
	b.WriteByte(' ')
	b.Write(r.Data)
	return b.String()
}

func TestVerificationsAreDecidedOnceAndReplayGivesTheLogByteForByte(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.resolver("a", time.Hour)
	w.answer()
	w.decided(w.open(0, 200))
	for shard := range layout.Shards {
		live, inputs := w.log(shard), w.inputs(shard)
		for _, procs := range []int{1, 4} {
			before := runtime.GOMAXPROCS(procs)
			var again []string
			err := resolve.Replay(shard, inputs, func(r resolve.Record) { again = append(again, line(r)) })
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			if len(live) == 0 || !slices.Equal(live, again) {
				t.Errorf("shard %d, GOMAXPROCS %d: replay gives %d records, the log has %d; first difference:\n%s", shard, procs, len(again), len(live), difference(live, again))
			}
		}
	}
}

func difference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return "live:   " + x + "\nreplay: " + y
		}
	}
	return "none"
}

func TestAHotStandbyTakesOverAndNothingIsDecidedTwice(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.answer()
	first, stop := w.resolver("first", time.Hour)
	await(t, "first owns all shards", func() bool { return first.Owned() == layout.Shards })
	second, _ := w.resolver("second", time.Hour)
	ids := w.open(0, 100)
	await(t, "second has caught up", func() bool { return second.Ready() == nil })
	done := make(chan []string)
	go func() { done <- w.open(100, 100) }()
	stop()
	began := time.Now()
	await(t, "second owns all shards", func() bool { return second.Owned() == layout.Shards })
	t.Logf("handed over in %v", time.Since(began))
	w.decided(append(ids, <-done...))
}

func TestARestartedResolverGoesOnFromItsSnapshot(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.answer()
	_, stop := w.resolver("a", 50*time.Millisecond)
	ids := w.open(0, 50)
	w.decided(ids)
	stop() // leaves a snapshot behind
	ctx := context.Background()
	if s, layers, err := w.bus.ReadSnapshot(ctx, 0); err != nil || len(layers) == 0 || s.InSeq == 0 {
		t.Fatalf("snapshot = %+v, %d layers, %v; want one", s, len(layers), err)
	}
	w.resolver("b", time.Hour)
	ids = append(ids, w.open(50, 50)...)
	w.decided(ids)
	for _, id := range ids {
		v := w.view(id, "acme", 0)
		if v == nil || v.Decision == nil || v.Decision.Revision != 1 {
			t.Fatalf("%s after the restart is %+v, want its first decision", id, v)
		}
	}
}

func TestAVerificationWaitsForAFlowThatIsNotKnownYet(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.answer()
	w.resolver("a", time.Hour)
	later := twoChecks + "# another version\n"
	f, err := flow.Compile("later.yaml", []byte(later), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.digest = f.Digest
	ids := w.open(0, 10)
	at := w.put(events.Event{ID: "x", Source: "/test", Subject: ids[9], Data: events.VerificationSubmitted{ID: ids[9], Tenant: "acme"}})
	if v := w.view(ids[9], "acme", at.Seq); v == nil || v.Decision != nil {
		t.Fatalf("before its flow is known the verification is %+v, want it waiting", v)
	}
	w.publish(later)
	w.decided(ids)
}

func TestADeadlineEndsInADecisionThatNamesWhatIsMissing(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.resolver("a", time.Hour)
	w.digest = w.publish("flow: two\nsubject: person\ndeadline: 1s\nchecks:\n  one: {components: [document], providers: [fake]}\ndecide:\n  require: [document]\n")
	id := w.open(0, 1)[0]
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	over := fmt.Errorf("over")
	err := w.bus.ReadResults(ctx, 0, func(batch []bus.Read) error {
		d, ok := batch[0].Event.Data.(events.VerificationDecided)
		if !ok || d.ID != id || d.Decision.Result != "unknown" || !bytes.Contains([]byte(d.Decision.Reasoning), []byte("document")) {
			return fmt.Errorf("the result is %+v, want unknown that names document", batch[0].Event.Data)
		}
		return over
	})
	if err != over {
		t.Fatal(err)
	}
}

// view asks the owner of the verification's shard.
func (w *world) view(id, tenant string, atLeast uint64) *events.View {
	w.t.Helper()
	q, err := json.Marshal(ask.Question{ID: id, Tenant: tenant, AtLeast: atLeast})
	if err != nil {
		w.t.Fatal(err)
	}
	var a ask.Answer
	await(w.t, "an answer about "+id, func() bool {
		b, err := w.bus.Ask(context.Background(), events.ShardOf(id, w.layout.Shards), q)
		return err == nil && json.Unmarshal(b, &a) == nil && !a.Behind
	})
	return a.View
}

func TestTheOwnerAnswersTheTenantAndNobodyElse(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.answer()
	w.resolver("a", time.Hour)
	id := w.open(0, 1)[0]
	w.decided([]string{id})
	if v := w.view(id, "acme", 0); v == nil || v.Status != "completed" || v.Tenant != "" {
		t.Errorf("for its tenant the view is %+v, want it completed and without the tenant's name", v)
	}
	if v := w.view(id, "evil", 0); v != nil {
		t.Errorf("for another tenant the view is %+v, want none", v)
	}
}

func TestThreeReplicasDecideOnceThroughALeaderChange(t *testing.T) {
	l := layout
	l.Replicas = 3
	nodes := bustest.Cluster(t, 3)
	w := newWorld(t, nodes.Config(), l)
	w.answer()
	first, stop := w.resolver("first", time.Hour)
	w.resolver("second", time.Hour)
	ids := w.open(0, 50)
	await(t, "somebody owns shards", func() bool { return first.Owned() > 0 })
	nodes.Restart("BF_LOG_0")
	ids = append(ids, w.open(50, 50)...)
	stop()
	ids = append(ids, w.open(100, 20)...)
	w.decided(ids)
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// Resolvers that take the shard from each other keep what has changed, and not everything again; who starts goes on from all of
// it. When a layer is damaged, less is known at the start and the next snapshot is whole.
func TestSnapshotsAreLayersAcrossOwners(t *testing.T) {
	one := bus.Layout{Shards: 1, Replicas: 1, Providers: []string{"fake"}}
	w := newWorld(t, bustest.Run(t).Config(), one)
	w.answer()
	last := func() bus.Snapshot {
		s, err := w.bus.LastSnapshot(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	_, stop := w.resolver("a", time.Hour)
	ids := w.open(0, 200)
	w.decided(ids)
	stop() // leaves a whole snapshot behind
	whole := last()
	if whole.InSeq == 0 || whole.Layers != 0 {
		t.Fatalf("the first snapshot is %+v, want a whole one", whole)
	}
	first, stopFirst := w.resolver("b", time.Hour)
	await(t, "b owns the shard", func() bool { return first.Owned() == 1 })
	second, stopSecond := w.resolver("c", time.Hour)
	await(t, "c reads along", func() bool { return second.Ready() == nil })
	ids = append(ids, w.open(200, 20)...)
	w.decided(ids)
	stopFirst()
	await(t, "c owns the shard", func() bool { return second.Owned() == 1 })
	afterB := last()
	ids = append(ids, w.open(220, 20)...)
	w.decided(ids)
	stopSecond()
	afterC := last()
	if afterB.Layers != 1 || afterC.Layers != 2 || afterC.Changes >= afterC.Whole/2 || afterC.Whole != whole.Whole {
		t.Fatalf("after two owners more the snapshots are %+v and %+v, want one and two small layers on %+v", afterB, afterC, whole)
	}
	if read, layers, err := w.bus.ReadSnapshot(context.Background(), 0); err != nil || read.Damaged || len(layers) != 3 {
		t.Fatalf("read %+v, %d layers, %v; want all three", read, len(layers), err)
	}
	third, stopThird := w.resolver("d", time.Hour)
	await(t, "d owns the shard", func() bool { return third.Owned() == 1 })
	for _, id := range ids {
		if v := w.view(id, "acme", 0); v == nil || v.Decision == nil || v.Decision.Revision != 1 {
			t.Fatalf("%s after the restart is %+v, want its first decision", id, v)
		}
	}
	ids = append(ids, w.open(240, 1)...)
	w.decided(ids)
	stopThird()
	if three := last(); three.Layers != 3 {
		t.Fatalf("the next snapshot is %+v, want a third layer", three)
	}

	w.damageSnapshot()
	fourth, stopFourth := w.resolver("e", time.Hour)
	await(t, "e owns the shard", func() bool { return fourth.Owned() == 1 })
	ids = append(ids, w.open(241, 1)...)
	w.decided(ids)
	stopFourth()
	if again := last(); again.Layers != 0 {
		t.Fatalf("after a damaged layer the snapshot is %+v, want a whole one", again)
	}
	if read, layers, err := w.bus.ReadSnapshot(context.Background(), 0); err != nil || read.Damaged || len(layers) != 1 {
		t.Fatalf("read %+v, %d layers, %v; want the whole one", read, len(layers), err)
	}
}

// damageSnapshot removes the last chunk of the last snapshot.
func (w *world) damageSnapshot() {
	w.t.Helper()
	nc, err := nats.Connect(w.cfg.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := js.Stream(context.Background(), "BF_SNAP")
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := s.GetLastMsgForSubject(context.Background(), "bf.snap.0.chunk")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.DeleteMsg(context.Background(), m.Sequence); err != nil {
		w.t.Fatal(err)
	}
}
