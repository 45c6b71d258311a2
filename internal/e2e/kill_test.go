//go:build unix

package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	kills       = flag.Int("kills", 12, "service processes to kill")
	brokerKills = flag.Int("brokerkills", 3, "times to kill the broker")
	zombies     = flag.Int("zombies", 3, "times to pause an owner past its lease")
	seed        = flag.Uint64("seed", 1, "which ones, and when")
)

func TestKilledServicesLoseNothingAndRepeatNothing(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "kill", h, 60*time.Millisecond) })
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
	up.Go(func() { w.upstream(ctx, "broker", h, 60*time.Millisecond) })
	for range *brokerKills {
		pause(time.Second)
		w.kill("broker")
		w.await("POST is refused with 503 and Retry-After", 20*time.Second, func() bool {
			p := w.post(ask("bive-person", "while-down", "Jan", "Kowalski", "down@example.test", 0), fmt.Sprint("down", time.Now().UnixNano()))
			return p.status == http.StatusServiceUnavailable && p.header.Get("Retry-After") != ""
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

// A resolver that was stopped past its lease, and goes on when another owns its shards, writes nothing. The log itself says
// so: see replay.
func TestAZombieWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.ready()
	h := newHistory()
	ctx, stop := context.WithCancel(context.Background())
	var up sync.WaitGroup
	up.Go(func() { w.upstream(ctx, "zombie", h, 25*time.Millisecond) })
	taken := 0
	for i := range *zombies {
		name, other := fmt.Sprint("resolver-", 1+i%2), fmt.Sprint("resolver-", 2-i%2)
		had := w.owned(name)
		w.signal(name, syscall.SIGSTOP)
		w.await(other+" owns every shard", 20*time.Second, func() bool { return w.owned(other) == shards })
		pause(500 * time.Millisecond) // of work by the new owner
		w.signal(name, syscall.SIGCONT)
		w.await(name+" knows that it has lost", 20*time.Second, func() bool { return w.owned(name) == 0 })
		taken += had
		t.Logf("%s was stopped with %d shards and lost them", name, had)
	}
	if taken < shards {
		t.Errorf("%d shards changed hands, want at least %d: nothing was shown", taken, shards)
	}
	stop()
	up.Wait()
	w.check(h)
	t.Logf("%d accepted, all decided once", len(h.accepted))
}

var ownedMetric = regexp.MustCompile(`(?m)^bonafide_resolver_shards_owned (\d+)$`)

// owned returns how many shards a resolver says it owns.
func (w *world) owned(name string) int {
	m := ownedMetric.FindSubmatch(w.metrics(name))
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// pause lets a process live or be away for a while: that is the fault, not a wait for something.
func pause(d time.Duration) { <-time.After(d) }
