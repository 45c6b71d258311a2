package resolve_test

import (
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// After a loss of power that took the inputs but not the log, nobody owns the shards until they are mended; then what is new is decided.
func TestShardsWhoseInputsThePowerTookAreOwnedAgainOnceTheyAreMended(t *testing.T) {
	dir := t.TempDir()
	during := func(name string, f func(t *testing.T, w *world)) {
		if !t.Run(name, func(t *testing.T) { f(t, connected(t, dir)) }) {
			t.FailNow()
		}
	}
	during("before", func(t *testing.T, w *world) { w.digest = w.publish(twoChecks) })
	back := bustest.Keep(t, dir, "BF_IN_0", "BF_IN_1")
	during("lost", func(t *testing.T, w *world) {
		w.digest = w.publish(twoChecks)
		w.resolver("first", time.Hour)
		w.answer()
		w.decided(w.open(0, 20))
	})
	back()
	during("mended", func(t *testing.T, w *world) {
		for s := range layout.Shards {
			if err := w.bus.Fits(t.Context(), s); err == nil {
				t.Errorf("shard %d is whole after a loss of power", s)
			}
		}
		w.digest = w.publish(twoChecks) // a service starts before anybody has looked
		r, _ := w.resolver("second", time.Hour)
		w.answer()
		ids := w.open(100, 8)
		if n := r.Owned(); n != 0 {
			t.Errorf("%d shards are owned before they are mended", n)
		}
		for s := range layout.Shards {
			if was, err := w.bus.Mend(t.Context(), s, "mender", time.Now()); err != nil || was.Whole() {
				t.Errorf("shard %d: was %+v, %v", s, was, err)
			}
		}
		w.decided(ids)
	})
	during("after", func(t *testing.T, w *world) { // what was lost is no input that a restart stumbles over
		w.resolver("third", time.Hour)
		w.answer()
		w.digest = w.publish(twoChecks)
		w.decided(w.open(200, 8))
	})
}

// connected starts the broker of a directory.
func connected(t *testing.T, dir string) *world {
	s := bustest.Start(t, bus.EmbedConfig{Dir: dir})
	return &world{t: t, cfg: s.Config(), bus: bustest.Connect(t, s.Config(), layout), layout: layout}
}

// A lost input changes nothing, and nobody is told of a fault.
func TestALostInputChangesNothing(t *testing.T) {
	records, err := resolve.NewReplayer(0).Apply(bus.Read{Seq: 1, At: time.Unix(1, 0), Event: events.Event{ID: "lost.0.1", Data: events.InputLost{Input: 1}}})
	if len(records) > 0 || err != nil {
		t.Errorf("a lost input gives %v, %v; want nothing", records, err)
	}
}
