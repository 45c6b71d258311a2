package resolve_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// viewAt asks for a verification as it was.
func (w *world) viewAt(id string, at time.Time) *events.View {
	w.t.Helper()
	q, err := json.Marshal(ask.Question{ID: id, Tenant: "acme", AsOf: at})
	if err != nil {
		w.t.Fatal(err)
	}
	var a ask.Answer
	await(w.t, "an answer about "+id, func() bool {
		a = ask.Answer{}
		b, err := w.bus.Ask(context.Background(), events.ShardOf(id, w.layout.Shards), q)
		return err == nil && json.Unmarshal(b, &a) == nil && !a.Behind
	})
	return a.View
}

func TestAVerificationIsShownAsItWasAfterEachOfItsInputs(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.resolver("a", time.Hour)
	later := twoChecks + "# known later\n"
	f, err := flow.Compile("later.yaml", []byte(later), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.digest = f.Digest
	id := w.open(0, 1)[0]
	w.publish(later)
	w.answer()
	w.decided([]string{id})
	w.put(events.Event{ID: "review", Source: "/test", Subject: id, Data: events.VerificationReviewed{ID: id, Tenant: "acme", Result: "false", Reviewer: "k", Dedupe: "1"}})
	await(t, "the review is decided", func() bool { return w.view(id, "acme", 0).Decision.Revision == 2 })

	var at []time.Time // of the inputs that say something of it
	var what []string
	for _, r := range w.inputs(events.ShardOf(id, layout.Shards)) {
		p, known := r.Event.Data.(events.FlowPublished)
		if r.Event.Data.Key() == id || known && p.Digest == f.Digest {
			at, what = append(at, r.At), append(what, r.Event.Data.Type())
		}
	}
	if v := w.viewAt(id, at[0].Add(-time.Nanosecond)); v != nil {
		t.Errorf("before it was opened it is %+v, want nothing", v)
	}
	for i, k := range []struct {
		says, status string
		revision     int
	}{{events.TypeOpened, "initiated", 0}, {events.TypeFlowPublished, "running", 0}, {events.TypeCheckAnswered, "running", 0},
		{events.TypeCheckAnswered, "completed", 1}, {events.TypeReviewed, "completed", 2}} {
		if i >= len(at) || what[i] != k.says {
			t.Fatalf("the inputs are %v, want %s as number %d", what, k.says, i)
		}
		v := w.viewAt(id, at[i])
		revision := 0
		if v != nil && v.Decision != nil {
			revision = v.Decision.Revision
		}
		if v == nil || v.Status != k.status || revision != k.revision || !v.UpdatedAt.Equal(at[i]) {
			t.Errorf("as of %s (%s) it is %+v, want %s and revision %d", at[i], what[i], v, k.status, k.revision)
		}
	}
}
