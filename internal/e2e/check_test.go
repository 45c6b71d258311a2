//go:build unix

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// patience is how long what was accepted may take: a task that a dead dispatcher held comes again after a minute and a half.
const patience = 4 * time.Minute

// errEnough ends a reading.
var errEnough = errors.New("enough")

// check waits until every accepted verification is decided, tells ingest and the dispatchers to stop, so that nothing comes
// after, and then compares everything that is stored with what upstream knows and with what the inputs amount to.
func (w *world) check(h *history) {
	w.t.Helper()
	b := w.connect()
	w.awaitDecisions(b, h)
	w.stop("ingest", "dispatcher-1", "dispatcher-2")
	w.replay(b)
	w.results(b, h)
	w.ledgers()
}

// awaitDecisions returns when every accepted reference is decided.
func (w *world) awaitDecisions(b *bus.Bus, h *history) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	left := maps.Clone(h.accepted)
	began := time.Now()
	err := b.ReadResults(ctx, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			if d, ok := r.Event.Data.(events.VerificationDecided); ok {
				delete(left, d.Reference)
			}
		}
		if len(left) == 0 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		w.t.Fatalf("%d of %d accepted verifications have no decision after %v: %v, such as %v", len(left), len(h.accepted), patience, err,
			slices.Sorted(maps.Keys(left))[:min(len(left), 5)])
	}
	w.t.Logf("the last decision came %v after the last request", time.Since(began).Round(100*time.Millisecond))
}

// results reads RESULTS as it lies there: every accepted verification is decided, none that was not asked for, no
// (verification, revision) twice, revisions in order, and no request became two verifications.
func (w *world) results(b *bus.Bus, h *history) {
	w.t.Helper()
	last, ids := map[string]int{}, map[string]string{}
	for _, m := range w.read("RESULTS") {
		e, err := events.Decode(events.Header(m.Headers()), m.Data())
		d, ok := e.Data.(events.VerificationDecided)
		if err != nil || !ok {
			if _, action := e.Data.(events.ActionRequired); !action {
				w.t.Errorf("%s says %T (%v), want a decision", m.Subject(), e.Data, err)
			}
			continue
		}
		if !h.accepted[d.Reference] && !h.unsure[d.Reference] {
			w.t.Errorf("decided without having been asked for: %s", d.Reference)
		}
		if d.Decision.Revision != last[d.ID]+1 {
			w.t.Errorf("%s: revision %d after %d", d.ID, d.Decision.Revision, last[d.ID])
		}
		last[d.ID] = d.Decision.Revision
		if id := ids[d.Reference]; id != "" && id != d.ID {
			w.t.Errorf("one request, %s, became two verifications: %s and %s", d.Reference, id, d.ID)
		}
		ids[d.Reference] = d.ID
		if d.Decision.Result != "true" {
			w.t.Errorf("%s (%s) is %q: %s", d.ID, d.Reference, d.Decision.Result, d.Decision.Reasoning)
		}
	}
	for ref := range h.accepted {
		if ids[ref] == "" {
			w.t.Errorf("%s was accepted and is not decided", ref)
		}
	}
}

// replay computes every record again from the inputs and compares it with the log, byte for byte; epochs never go back. It
// returns the highest epoch of each shard.
func (w *world) replay(b *bus.Bus) []uint64 {
	w.t.Helper()
	epochs := make([]uint64, shards)
	for shard := range shards {
		why := "never read"
		over := time.Now().Add(30 * time.Second)
		for why != "" && time.Now().Before(over) { // what was read last may still be on its way into the log
			why, epochs[shard] = w.replayShard(b, shard)
		}
		if why != "" {
			w.t.Errorf("shard %d: %s", shard, why)
		}
	}
	return epochs
}

// replayShard returns what differs between a log and what its inputs cause, and the log's last epoch.
func (w *world) replayShard(b *bus.Bus, shard int) (why string, epoch uint64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	inTail, err := b.Tail(ctx, shard)
	if err != nil {
		w.t.Fatal(err)
	}
	tail, ok, err := b.LogTail(ctx, shard)
	if err != nil || !ok {
		w.t.Fatalf("shard %d: no log: %v", shard, err)
	}
	var log, again []string
	if err := b.ReadLog(ctx, shard, 1, func(batch []bus.Record) error {
		for _, r := range batch {
			if r.Epoch < epoch {
				w.t.Fatalf("shard %d: record %d of epoch %d lies behind one of epoch %d: a former owner wrote", shard, r.Seq, r.Epoch, epoch)
			}
			epoch = r.Epoch
			if log = append(log, line(r)); r.Seq >= tail.Seq {
				return errEnough
			}
		}
		return nil
	}); !errors.Is(err, errEnough) {
		w.t.Fatal(err)
	}
	var inputs []bus.Read
	if err := b.ReadInputs(ctx, shard, 1, func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Seq <= inTail {
				inputs = append(inputs, r)
			}
		}
		if inputs[len(inputs)-1].Seq >= inTail {
			return errEnough
		}
		return nil
	}); !errors.Is(err, errEnough) {
		w.t.Fatal(err)
	}
	if err := resolve.Replay(shard, inputs, func(r resolve.Record) { again = append(again, line(r)) }); err != nil {
		w.t.Fatal(err)
	}
	if i := firstDifference(log, again); i >= 0 {
		return fmt.Sprintf("record %d of %d differs from its replay:\nlog    %s\nreplay %s", i, len(log), at(log, i), at(again, i)), epoch
	}
	return "", epoch
}

// line is all of a record but who wrote it and where: the headers of the event, not those of the writing.
func line(r bus.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d.%d %s", r.InSeq, r.Ord, r.Subject)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !strings.HasPrefix(name, "Nats-") && !strings.HasPrefix(name, "Bf-") {
			fmt.Fprintf(&b, " %s=%q", name, r.Header[name])
		}
	}
	fmt.Fprintf(&b, " %s", r.Data)
	return b.String()
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

func firstDifference(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if at(a, i) != at(b, i) {
			return i
		}
	}
	return -1
}

// asked are the vendors that the histories ask for something; the others' sandboxes run and hear nothing.
var asked = []string{"sumsub", "bive"}

// ledgers asks the sandboxes what they would have charged: nobody was created twice.
func (w *world) ledgers() {
	w.t.Helper()
	for _, box := range w.boxes.Running {
		res, err := http.Get(box.URL + "/_sandbox/ledger")
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		var ledger struct {
			Creates map[string]map[string]int `json:"creates"`
		}
		if err := json.Unmarshal(b, &ledger); err != nil || len(ledger.Creates) == 0 && slices.Contains(asked, box.Name) {
			w.t.Fatalf("%s: ledger without creates (%v): %s", box.Name, err, b)
		}
		for op, by := range ledger.Creates {
			for identity, n := range by {
				if n != 1 {
					w.t.Errorf("%s: %s of %s was charged %d times", box.Name, op, identity, n)
				}
			}
			w.t.Logf("%s: %s charged for %d, once each", box.Name, op, len(by))
		}
	}
}
