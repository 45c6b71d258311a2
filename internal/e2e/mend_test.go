//go:build unix

package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/chaos"
)

// Where the broker does not sync, the disk may have what was decided and not what it was decided from: here the power fails when it has
// all but the inputs. Once the shards are mended, every one of them decides what is new.
func TestAfterALossOfPowerEveryShardThatIsMendedDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := slices.Concat(w.Brokers(), chaos.Services)
	w.stop(chaos.Services...)
	w.stop(w.Brokers()...)
	inputs := make([]string, chaos.Shards)
	for s := range inputs {
		inputs[s] = fmt.Sprint("BF_IN_", s)
	}
	back := bustest.Keep(t, filepath.Join(w.Dir, "nats", w.Brokers()[0]), inputs...)
	for _, name := range all {
		w.start(name)
	}
	if err := w.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	lost := w.connect()
	w.decided(lost, w.ask("gone", 32))
	if err := lost.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		w.Process(name).Kill()
	}
	back()
	b := w.again()
	for s := range chaos.Shards {
		d, err := b.Damage(t.Context(), s)
		if err != nil || d.Whole() {
			t.Errorf("shard %d: %+v, %v; want inputs to be lost", s, d, err)
		}
	}
	for s := range chaos.Shards {
		if _, err := b.Mend(t.Context(), s, "test", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range chaos.Services {
		w.start(name)
	}
	if err := w.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := w.ask("new", 32)
	w.decided(b, fresh)
	told := decisionsOf(t, b, fresh)
	for s := range chaos.Shards {
		if told[s] == 0 {
			t.Errorf("nothing new is decided on shard %d", s)
		}
	}
}

// ask asks for n verifications and returns their references.
func (w *world) ask(prefix string, n int) map[string]bool {
	w.t.Helper()
	refs := map[string]bool{}
	for i := range n {
		ref := fmt.Sprint(prefix, "-", i)
		p := w.Post(chaos.Somebody("bive-person", ref, "", i), ref)
		if p.Status != http.StatusAccepted {
			w.t.Fatalf("POST answered %d %s (%v)", p.Status, p.Body, p.Err)
		}
		refs[ref] = true
	}
	return refs
}

// errAll ends a reading.
var errAll = errors.New("all is read")

// decisionsOf counts the decisions about references by shard.
func decisionsOf(t *testing.T, b *bus.Bus, refs map[string]bool) (by [chaos.Shards]int) {
	t.Helper()
	last, err := b.LastResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.ReadResults(t.Context(), 0, func(batch []bus.Read) error {
		for _, r := range batch {
			if d, ok := r.Event.Data.(events.VerificationDecided); ok && refs[d.Reference] {
				by[events.ShardOf(d.ID, chaos.Shards)]++
			}
			if r.Seq >= last {
				return errAll
			}
		}
		return nil
	}); err != errAll {
		t.Fatal(err)
	}
	return by
}
