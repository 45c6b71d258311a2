//go:build unix

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

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

// A broker that syncs hands out the messages of a batch before it has synced it. Whoever acted on them could have written down what
// follows from inputs that the power then takes.
func TestAnInputThatIsReadIsThereWhenThePowerHasFailed(t *testing.T) {
	const n, each = 400, 500 * time.Millisecond
	w, b := powered(t)
	w.Drag("BF_IN_", each)
	id := theirs(0)
	for i := range n {
		e := events.Event{ID: strconv.Itoa(i), Source: "/test", Time: time.Now(), Data: events.CheckAnswered{ID: id, Tenant: "default", Why: long}}
		if err := b.PutAsync(t.Context(), e, func(bus.Position, error) {}); err != nil {
			t.Fatal(err)
		}
	}
	last := uint64(0)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := b.ScanInputs(ctx, 0, 1, func(got []bus.Raw) error {
		for _, r := range got {
			if last = r.Seq; len(r.Header["Nats-Batch-Id"]) > 0 {
				return w.fails()
			}
		}
		return nil
	}); err != errFailed {
		t.Fatal(err)
	}
	b = w.again()
	if tail, err := b.Tail(t.Context(), 0); err != nil || tail < last {
		t.Errorf("input %d was read, and after the power failed there are %d (%v)", last, tail, err)
	}
}

// The broker copies results from logs. A copy that is synced before the record is would be told again when the record is written again.
func TestAResultThatIsToldIsInTheLogWhenThePowerHasFailed(t *testing.T) {
	const n, each, some = 400, 300 * time.Millisecond, 5
	w, b := powered(t)
	log, err := b.Claim(t.Context(), 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	var records []bus.Record
	for i := range n {
		records = append(records, bus.Record{Subject: events.LogResultSubject(0, "default", "basic", "true"), Data: []byte(long), InSeq: 1 << 20, Ord: i})
	}
	w.Drag("BF_LOG_", each)
	if err := log.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	told := 0
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := b.ScanResults(ctx, 0, func(got []bus.Raw) error {
		if told += len(got); told >= some {
			return w.fails()
		}
		return nil
	}); err != errFailed {
		t.Fatal(err)
	}
	b = w.again()
	copies, err := b.LastResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last, written, err := b.LogTail(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if in := uint64(last.Ord + 1); copies < some || !written || in < copies {
		t.Errorf("%d results are told after the power failed, and the log has %d (any: %v); want at least %d, all in the log", copies, in, written, some)
	}
}

// long makes that the broker is at writing a batch for a while.
var long = strings.Repeat("long ", 800)

// powered starts a World whose broker syncs before it acknowledges, without resolvers, and connects to it.
func powered(t *testing.T) (*world, *bus.Bus) {
	t.Helper()
	if err := disk.Possible(); err != nil {
		t.Skip(err)
	}
	t.Parallel()
	c := config(t)
	c.Power, c.Sync = true, true
	w := start(t, c)
	w.stop("resolver-1", "resolver-2")
	return w, w.connect()
}

// errFailed says that the power has failed.
var errFailed = errors.New("the power has failed")

// fails lets the power fail at once, and returns errFailed.
func (w *world) fails() error {
	if _, err := w.PowerFails(); err != nil {
		return err
	}
	return errFailed
}

// again starts the broker again and connects to it.
func (w *world) again() *bus.Bus {
	w.t.Helper()
	w.start(w.Brokers()[0])
	return w.connect()
}

// theirs returns a verification of a shard.
func theirs(shard int) string {
	for n := 0; ; n++ {
		if id := fmt.Sprintf("vrf_%026d", n); events.ShardOf(id, chaos.Shards) == shard {
			return id
		}
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
