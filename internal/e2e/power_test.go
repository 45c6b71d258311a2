//go:build unix

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/chaos"
	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// Where brokers acknowledge before they sync, what was accepted last is gone when the power fails. Without this, that nothing is
// lost where they do sync could mean that nothing is ever taken away.
func TestWhereBrokersDoNotSyncThePowerTakesWhatWasAccepted(t *testing.T) {
	if err := disk.Possible(); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	c := config(t)
	c.Power = true
	w := start(t, c)
	var ids []string
	for n := range 10 {
		ref := fmt.Sprint("gone-", n)
		p := w.Post(chaos.Somebody("bive-person", ref, "", n), ref)
		if p.Status != http.StatusAccepted {
			t.Fatalf("POST answered %d %s (%v)", p.Status, p.Body, p.Err)
		}
		ids = append(ids, p.ID)
	}
	known := w.opened(w.connect())
	for _, id := range ids {
		if !known[id] {
			t.Errorf("%s was accepted and is not among the inputs before the power fails", id)
		}
	}
	lost, err := w.PowerFails()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Restore(); err != nil {
		t.Fatal(err)
	}
	if err := w.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := 0
	known = w.opened(w.connect())
	for _, id := range ids {
		if !known[id] {
			gone++
		}
	}
	if gone == 0 || lost.Bytes == 0 {
		t.Errorf("of %d verifications that were accepted without a sync, %d are gone, and %d bytes: want some", len(ids), gone, lost.Bytes)
	}
}

// opened returns the verifications that are opened among the inputs.
func (w *world) opened(b *bus.Bus) map[string]bool {
	w.t.Helper()
	ids := map[string]bool{}
	for shard := range chaos.Shards {
		tail, err := b.Tail(context.Background(), shard)
		if err != nil {
			w.t.Fatal(err)
		}
		for seq := uint64(1); seq <= tail; seq++ {
			e, _, err := b.Input(context.Background(), shard, seq)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, p := range events.Facts(e.Data) {
				if _, ok := p.(events.VerificationOpened); ok { // vendors go on telling of what is gone
					ids[p.Key()] = true
				}
			}
		}
	}
	return ids
}
