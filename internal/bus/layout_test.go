package bus_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

func texts(changes []bus.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.String())
	}
	return out
}

func TestApplyMakesTheBrokerAsTheLayoutSays(t *testing.T) {
	ctx := within(t, 30*time.Second)
	b, err := bus.Connect(ctx, bustest.Run(t).Config(), "test")
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer b.Close(ctx)

	planned, err := b.Check(ctx, small)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	for _, want := range []string{
		"create REQUESTS", "create RESULTS", "create BF_IN_0", "create BF_LOG_1", "create BF_TASK_FAKE", "create BF_KEYS",
		"create BF_FLOWS", "create BF_DEAD", "create BF_SNAP", "create KV_bf_leases", "create KV_bf_idem", "create KV_bf_calls",
		"create REQUESTS/ingest", "create BF_TASK_FAKE/dispatcher", "create BF_KIN", "create BF_KIN/courier-0", "create BF_KIN/courier-1",
	} {
		if !slices.Contains(texts(planned), want) {
			t.Errorf("check of an empty broker: %q is missing in %q", want, texts(planned))
		}
	}
	done, err := b.Apply(ctx, small)
	if err != nil || !slices.Equal(texts(done), texts(planned)) {
		t.Fatalf("apply: got %q, %v; want what check said", texts(done), err)
	}
	if again, err := b.Apply(ctx, small); err != nil || len(again) != 0 {
		t.Fatalf("apply again: got %q, %v; want nothing", texts(again), err)
	}

	wider := small
	wider.Providers = []string{"fake", "persona"}
	wider.InputBytes = 1 << 30
	want := []string{
		"update BF_IN_0: max_bytes: -1 -> 1073741824", "update BF_IN_1: max_bytes: -1 -> 1073741824",
		"create BF_TASK_PERSONA", "create BF_TASK_PERSONA/dispatcher",
	}
	if got, err := b.Check(ctx, wider); err != nil || !slices.Equal(texts(got), want) {
		t.Fatalf("check: got %q, %v; want %q", texts(got), err, want)
	}
	if err := b.Ensure(ctx, wider); err != nil {
		t.Fatalf("ensure: %v", err)
	}
	if got, err := b.Check(ctx, wider); err != nil || !slices.Equal(texts(got), want[:2]) {
		t.Fatalf("check after ensure, which only creates: got %q, %v; want %q", texts(got), err, want[:2])
	}
	if got, err := b.Apply(ctx, wider); err != nil || !slices.Equal(texts(got), want[:2]) {
		t.Fatalf("apply: got %q, %v; want %q", texts(got), err, want[:2])
	}
}

func TestWhatWouldDestroyIsRefused(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 30*time.Second)
	shorter := small
	shorter.TaskAge = time.Hour
	more := small
	more.Shards = 4
	for name, c := range map[string]struct {
		layout bus.Layout
		detail string
	}{
		"tasks kept for less long": {shorter, "refuse BF_TASK_FAKE: max_age: 168h0m0s -> 1h0m0s (messages would be dropped)"},
		"another number of shards": {more, "refuse BF_IN_0: shards: 2 -> 4 (verifications would lose their shard)"},
	} {
		changes, err := b.Apply(ctx, c.layout)
		if fault.ClassOf(err) != fault.Invalid || !slices.Contains(texts(changes), c.detail) {
			t.Errorf("%s: got %v, %q; want class invalid and %q", name, err, texts(changes), c.detail)
		}
	}
	if err := b.Ensure(ctx, more); fault.ClassOf(err) != fault.Invalid || !strings.Contains(err.Error(), "shards") {
		t.Errorf("ensure with another number of shards: got %v, want class invalid", err)
	}
	if err := b.Ensure(ctx, shorter); err != nil {
		t.Errorf("ensure with another age: got %v, want none: it only creates", err)
	}
	if got, err := b.Check(ctx, small); err != nil || len(got) != 0 {
		t.Errorf("after refusals: got %q, %v; want nothing changed", texts(got), err)
	}
	for name, l := range map[string]bus.Layout{"no shards": {}, "three shards": {Shards: 3}, "a bad name": {Shards: 1, Providers: []string{"a.b"}}} {
		if _, err := b.Check(ctx, l); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want class invalid", name, err)
		}
	}
}
