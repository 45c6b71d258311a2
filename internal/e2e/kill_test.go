package e2e_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

var (
	kills = flag.Int("kills", 10, "service processes to kill")
	seed  = flag.Uint64("seed", 1, "which ones, and when")
)

// history is what upstream knows: references that were accepted, and those it cannot know about.
type history struct {
	mu       sync.Mutex
	accepted map[string]bool
	unsure   map[string]bool
	refused  int
	retry    int // refusals that said when to come again
}

// upstream hands in requests, alternately through HTTP and NATS, until ctx ends. Half are Sumsub's, half Bive's.
func (w *world) upstream(ctx context.Context, prefix string, h *history) {
	b := w.connect()
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ref := fmt.Sprintf("%s-%d", prefix, n)
			flow := []string{"sumsub-person", "bive-person"}[n/2%2]
			r := ask(flow, ref, "Ana", fmt.Sprintf("Reyes%s%d", prefix, n), ref+"@example.test", n)
			if n%2 == 0 {
				h.note(ref, put(context.WithoutCancel(ctx), b, ref, r), true)
				return
			}
			status, _, header := w.post(r, ref)
			h.note(ref, status == http.StatusAccepted, status == 0)
			if status == http.StatusServiceUnavailable {
				h.mu.Lock()
				h.refused++
				if header.Get("Retry-After") != "" {
					h.retry++
				}
				h.mu.Unlock()
			} else if status != 0 && status != http.StatusAccepted {
				w.t.Errorf("POST answered %d, want 202 or 503", status)
			}
		})
	}
	wg.Wait()
}

func (h *history) note(ref string, accepted, unsure bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if accepted {
		h.accepted[ref] = true
	} else if unsure {
		h.unsure[ref] = true
	}
}

func newHistory() *history { return &history{accepted: map[string]bool{}, unsure: map[string]bool{}} }

// check reads everything that was published and stored, and compares it with what upstream knows: every accepted
// verification is decided, none that was not asked for, no (verification, revision) twice, revisions in order.
func (w *world) check(h *history) {
	w.t.Helper()
	b := w.connect()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	left := map[string]bool{}
	for ref := range h.accepted {
		left[ref] = true
	}
	last := map[string]int{}
	over := errors.New("over")
	err := b.ReadResults(ctx, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			d, ok := r.Event.Data.(events.VerificationDecided)
			if !ok {
				return fmt.Errorf("result %d is %T (%v)", r.Seq, r.Event.Data, r.Err)
			}
			if !h.accepted[d.Reference] && !h.unsure[d.Reference] {
				w.t.Errorf("decided without having been asked for: %s", d.Reference)
			}
			if d.Decision.Revision != last[d.ID]+1 {
				w.t.Errorf("%s: revision %d after %d", d.ID, d.Decision.Revision, last[d.ID])
			}
			last[d.ID] = d.Decision.Revision
			if d.Decision.Result != "true" {
				w.t.Errorf("%s (%s) is %q: %s", d.ID, d.Reference, d.Decision.Result, d.Decision.Reasoning)
			}
			delete(left, d.Reference)
		}
		if len(left) == 0 {
			return over
		}
		return nil
	})
	if !errors.Is(err, over) {
		w.t.Fatalf("%d of %d accepted verifications have no decision: %v", len(left), len(h.accepted), err)
	}
	w.replay(b)
	w.ledgers()
}

// replay computes every record again from the inputs and compares it with the log; epochs never go back.
func (w *world) replay(b *bus.Bus) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	over := errors.New("over")
	for shard := range shards {
		tail, ok, err := b.LogTail(ctx, shard)
		if err != nil || !ok {
			w.t.Fatalf("shard %d: no log: %v", shard, err)
		}
		var log []string
		epoch := uint64(0)
		if err := b.ReadLog(ctx, shard, 1, func(batch []bus.Record) error {
			for _, r := range batch {
				if r.Epoch < epoch {
					w.t.Errorf("shard %d: record %d of epoch %d lies behind one of epoch %d: a former owner wrote", shard, r.Seq, r.Epoch, epoch)
				}
				epoch = r.Epoch
				if log = append(log, line(r)); r.Seq >= tail.Seq {
					return over
				}
			}
			return nil
		}); !errors.Is(err, over) {
			w.t.Fatal(err)
		}
		var inputs []bus.Read
		if err := b.ReadInputs(ctx, shard, 1, func(batch []bus.Read) error {
			if inputs = append(inputs, batch...); inputs[len(inputs)-1].Seq >= tail.InSeq {
				return over
			}
			return nil
		}); !errors.Is(err, over) {
			w.t.Fatal(err)
		}
		var again []string
		if err := resolve.Replay(shard, inputs, func(r resolve.Record) { again = append(again, line(r)) }); err != nil {
			w.t.Fatal(err)
		}
		again = again[:min(len(again), len(log))] // the log's end may lie in the middle of what the last inputs cause
		if i := firstDifference(log, again); i >= 0 {
			w.t.Errorf("shard %d: record %d differs from its replay:\nlog    %s\nreplay %s", shard, i, at(log, i), at(again, i))
		}
	}
}

func line(r bus.Record) string {
	return fmt.Sprintf("%d.%d %s %s %s", r.InSeq, r.Ord, r.Subject, strings.Join(r.Header["ce-id"], ","), r.Data)
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
		if err := json.Unmarshal(b, &ledger); err != nil || len(ledger.Creates) == 0 {
			w.t.Fatalf("%s: ledger without creates (%v): %s", box.Name, err, b)
		}
		for op, by := range ledger.Creates {
			for identity, n := range by {
				if n != 1 {
					w.t.Errorf("%s: %s of %s was charged %d times", box.Name, op, identity, n)
				}
			}
			w.t.Logf("%s: %s charged %d times", box.Name, op, len(by))
		}
	}
}

func TestKilledServicesLoseNothingAndRepeatNothing(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "kill", h) })
	r := rand.New(rand.NewPCG(*seed, 0))
	victims := []string{"ingest", "dispatcher-1", "dispatcher-2", "resolver-1", "resolver-2"}
	for range *kills {
		pause(time.Duration(300+r.IntN(900)) * time.Millisecond)
		name := victims[r.IntN(len(victims))]
		w.kill(name)
		pause(time.Duration(r.IntN(400)) * time.Millisecond)
		w.start(name)
	}
	pause(500 * time.Millisecond)
	stop()
	up.Wait()
	w.check(h)
	t.Logf("%d kills: %d accepted, all decided once; %d requests whose answer was lost", *kills, len(h.accepted), len(h.unsure))
}

func TestAKilledBrokerRefusesAndThenGoesOn(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "broker", h) })
	for range 2 {
		pause(time.Second)
		w.kill("broker")
		w.await("POST is refused with 503 and Retry-After", 20*time.Second, func() bool {
			status, _, header := w.post(ask("bive-person", "while-down", "Jan", "Kowalski", "down@example.test", 0), fmt.Sprint("down", time.Now().UnixNano()))
			return status == http.StatusServiceUnavailable && header.Get("Retry-After") != ""
		})
		w.start("broker")
		w.ready()
	}
	pause(time.Second)
	stop()
	up.Wait()
	h.unsure["while-down"] = true // refused, or its answer was lost
	w.check(h)
	if h.refused != h.retry {
		t.Errorf("%d of %d refusals did not say when to come again", h.refused-h.retry, h.refused)
	}
	t.Logf("%d accepted, all decided once; %d refused with 503", len(h.accepted), h.refused)
}

// A resolver that was stopped past its lease, and goes on when another owns its shards, writes nothing.
func TestAZombieWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "zombie", h) })
	for _, name := range []string{"resolver-1", "resolver-2"} {
		w.signal(name, syscall.SIGSTOP)
		pause(5 * time.Second) // the lease is 3 s
		w.signal(name, syscall.SIGCONT)
		pause(2 * time.Second)
	}
	stop()
	up.Wait()
	w.check(h)
	t.Logf("%d accepted, all decided once", len(h.accepted))
}

func TestToldToStopServicesStopInOrder(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "stop", h) })
	for _, name := range []string{"resolver-1", "dispatcher-1", "resolver-2", "dispatcher-2", "ingest"} {
		pause(500 * time.Millisecond)
		began := time.Now()
		w.signal(name, syscall.SIGTERM)
		select {
		case <-w.procs[name].exited:
		case <-time.After(30 * time.Second):
			t.Fatalf("%s still runs 30 s after SIGTERM", name)
		}
		if code := w.procs[name].cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s exited %d after SIGTERM, want 0", name, code)
		}
		t.Logf("%s stopped in %v", name, time.Since(began).Round(time.Millisecond))
		w.start(name)
	}
	stop()
	up.Wait()
	w.check(h)
}

// pause lets a process live or be away for a while: that is the fault, not a wait for something.
func pause(d time.Duration) { <-time.After(d) }

func TestServicesNameEveryVariableThatIsMissing(t *testing.T) {
	for service, want := range map[string][]string{
		"ingest":     {"KEYSET_FILE", "BLOB_URL"},
		"dispatcher": {"KEYSET_FILE", "BLOB_URL"},
		"resolver":   {"SHARDS", "NATS_REPLICAS"},
	} {
		code, out := w0(service, "SHARDS=3", "NATS_REPLICAS=2")
		if code != 2 {
			t.Errorf("%s with a wrong environment exited %d, want 2:\n%s", service, code, out)
		}
		if missing := slices.DeleteFunc(want, func(v string) bool { return strings.Contains(out, v) }); len(missing) > 0 {
			t.Errorf("%s does not name %v:\n%s", service, missing, out)
		}
	}
}
