package resolve_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// What expires while nobody owns the shard is checked again by whoever comes next, and again after that.
func TestAnExpiryIsNotForgottenWhenItsOwnerIs(t *testing.T) {
	w := newWorld(t, bustest.Run(t).Config(), layout)
	w.digest = w.publish("flow: two\nsubject: person\nchecks:\n  one: {components: [document], providers: [fake], split: {fake: 100}}\nexpire:\n  document: {after: 1s, then: recheck}\n")
	w.answer()
	r, stop := w.resolver("a", 20*time.Millisecond)
	await(t, "a owns all shards", func() bool { return r.Owned() == layout.Shards })
	id := w.open(0, 1)[0]
	revisions := 0
	results := func(until int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		over := fmt.Errorf("over")
		revisions = 0
		err := w.bus.ReadResults(ctx, 0, func(batch []bus.Read) error {
			for _, m := range batch {
				d, ok := m.Event.Data.(events.VerificationDecided)
				if !ok || d.ID != id || d.Decision.Result != "true" || d.Decision.Revision != revisions+1 || d.Details[0].Attempt != d.Decision.Revision {
					return fmt.Errorf("after revision %d comes %+v, want the next one, true by the next attempt", revisions, m.Event.Data)
				}
				if s := d.Checks[0].Split; s == nil || s.Provider != "fake" || s.Percent != 100 {
					return fmt.Errorf("revision %d says of the split %+v, want fake, 100", d.Decision.Revision, s)
				}
				if revisions++; revisions > 1 && d.Decision.Cause != "expiry" {
					return fmt.Errorf("revision %d is due to %q, want expiry", revisions, d.Decision.Cause)
				}
			}
			if revisions >= until {
				return over
			}
			return nil
		})
		if err != over {
			t.Fatal(err)
		}
	}
	results(1)
	stop()
	before := revisions
	w.resolver("b", time.Hour)
	results(before + 2)
}
