package ingest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// A broker that acknowledges before it syncs may lose a request and remember the key that it came with.
func TestARequestThatThePowerTookIsRepeatedUnderItsKeyAndBeginsAgain(t *testing.T) {
	dir := t.TempDir()
	during := func(name string, f func(t *testing.T, s *bus.Server)) {
		if !t.Run(name, func(t *testing.T) { f(t, bustest.Start(t, bus.EmbedConfig{Dir: dir})) }) {
			t.FailNow()
		}
	}
	during("before", func(t *testing.T, s *bus.Server) { newRigOn(t, s, nil) })
	inputs := []string{"BF_SNAP"} // it knows verifications too
	for s := range shards {
		inputs = append(inputs, fmt.Sprint("BF_IN_", s))
	}
	back := bustest.Keep(t, dir, inputs...)
	var first receipt
	during("accepted", func(t *testing.T, s *bus.Server) { first = newRigOn(t, s, nil).open(full, "Idempotency-Key", "k-1") })
	back()
	during("mended", func(t *testing.T, s *bus.Server) {
		b := bustest.Connect(t, s.Config(), bus.Layout{Shards: shards, Providers: []string{"acme"}})
		for s := range shards {
			if _, err := b.Mend(t.Context(), s, "test", time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	})
	during("after", func(t *testing.T, s *bus.Server) {
		r := newRigOn(t, s, func(c *ingest.Config) { c.Now = func() time.Time { return time.Now().Add(time.Minute) } })
		r.want(404, r.call("GET", "/v1/verifications/"+first.ID, acme, nil))
		for range 2 {
			if again := r.open(full, "Idempotency-Key", "k-1"); again.ID != first.ID {
				t.Errorf("the repetition is %s, want %s", again.ID, first.ID)
			}
			r.want(200, r.call("GET", "/v1/verifications/"+first.ID, acme, nil))
		}
		opened := 0
		for _, in := range r.inputs() {
			if o, ok := in.Event.Data.(events.VerificationOpened); ok && o.ID == first.ID {
				opened++
			}
		}
		if opened != 1 {
			t.Errorf("it is opened %d times, want once", opened)
		}
	})
}
