package replay_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

var layout = bus.Layout{Shards: 2, Replicas: 1, Providers: []string{"first", "second"}}

// world is a broker, a resolver, and vendors whose answers the test says.
type world struct {
	t      *testing.T
	bus    *bus.Bus
	digest string
	flow   string
	opened int

	compact bool // requests from now on are in the compact form
}

// newWorld starts a resolver with a flow. Answer says what each call gets.
func newWorld(t *testing.T, source string, answer func(events.CheckRequested, events.Call) events.CheckAnswered, change ...func(*resolve.Config)) *world {
	t.Helper()
	cfg := bustest.Run(t).Config()
	w := &world{t: t, bus: bustest.Connect(t, cfg, layout)}
	w.publish(source)
	rc := resolve.Config{Bus: bustest.Connect(t, cfg, layout), Shards: layout.Shards, Holder: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, c := range change {
		c(&rc)
	}
	r, err := resolve.New(rc)
	if err != nil {
		t.Fatal(err)
	}
	w.run(r.Run)
	for _, p := range layout.Providers {
		feed, err := w.bus.Tasks(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		w.run(func(ctx context.Context) error {
			return feed.Each(ctx, 8, func(ctx context.Context, d *bus.Delivery) {
				req := d.Event.Data.(events.CheckRequested)
				for _, c := range req.Calls {
					a := answer(req, c)
					a.ID, a.Tenant, a.Check, a.Provider, a.Attempt, a.Try, a.Kind, a.Operation = req.ID, req.Tenant, c.Check, p, c.Attempt, c.Try, c.Kind, c.Operation
					if _, err := w.bus.Put(ctx, events.Event{ID: c.Operation + c.Kind + strconv.Itoa(c.Try), Source: "/test", Subject: req.ID, Data: a, Compact: d.Event.Compact}); err != nil {
						return // it comes again
					}
				}
				_ = d.Settle(ctx, nil)
			})
		})
	}
	return w
}

// run runs something until the test ends.
func (w *world) run(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = f(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

func (w *world) publish(source string) {
	w.t.Helper()
	f, err := flow.Compile("test.yaml", []byte(source), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.digest, w.flow = f.Digest, f.Name
	w.put(events.Event{ID: f.Digest, Source: "/test", Data: events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source}})
}

func (w *world) put(e events.Event) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := w.bus.Put(ctx, e); err != nil {
		w.t.Fatalf("put %s: %v", e.Data.Type(), err)
	}
}

// open opens n verifications and returns their ids.
func (w *world) open(n int) []string {
	w.t.Helper()
	var ids []string
	for range n {
		w.opened++
		id := events.NewID(time.UnixMilli(1_760_000_000_000), [10]byte{byte(w.opened >> 8), byte(w.opened), 9})
		w.put(events.Event{ID: "open-" + id, Source: "/test", Subject: id, Compact: w.compact, Data: events.VerificationOpened{ID: id, Tenant: "acme", Flow: w.flow, FlowDigest: w.digest,
			Reference: strconv.Itoa(w.opened), SubjectType: "person", Sealed: events.Sealed{Key: 1, Box: []byte("box")}}})
		ids = append(ids, id)
	}
	return ids
}

// decided waits until n decisions are in RESULTS.
func (w *world) decided(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	over := context.Canceled
	err := w.bus.ReadResults(ctx, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			if _, ok := r.Event.Data.(events.VerificationDecided); ok {
				n--
			}
		}
		if n <= 0 {
			return over
		}
		return nil
	})
	if err != over {
		w.t.Fatalf("%d decisions are missing: %v", n, err)
	}
}

// recording is what is recorded now.
func (w *world) recording() replay.Recording {
	w.t.Helper()
	r, err := replay.Live(w.t.Context(), w.bus)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// valid is an answer that finds everything valid.
func valid(_ events.CheckRequested, c events.Call) events.CheckAnswered {
	a := events.CheckAnswered{Status: events.AnswerCompleted}
	for _, name := range c.Components {
		a.Findings = append(a.Findings, events.Finding{Component: name, Result: "true", Confidence: 98, Reasoning: "Accepted."})
	}
	return a
}

// altered is a recording of which somebody has changed something. What it returns as nil is left out.
type altered struct {
	replay.Recording
	input func(shard int, r bus.Raw) *bus.Raw
	line  func(shard int, l replay.Line) []replay.Line
}

func (a altered) Inputs(ctx context.Context, shard int, each func([]bus.Raw) error) error {
	return a.Recording.Inputs(ctx, shard, func(batch []bus.Raw) error {
		var out []bus.Raw
		for _, r := range batch {
			if a.input == nil {
				out = append(out, r)
			} else if r := a.input(shard, r); r != nil {
				out = append(out, *r)
			}
		}
		return each(out)
	})
}

func (a altered) Log(ctx context.Context, shard int, each func([]replay.Line) error) error {
	return a.Recording.Log(ctx, shard, func(batch []replay.Line) error {
		var out []replay.Line
		for _, l := range batch {
			if a.line == nil {
				out = append(out, l)
			} else {
				out = append(out, a.line(shard, l)...)
			}
		}
		return each(out)
	})
}
