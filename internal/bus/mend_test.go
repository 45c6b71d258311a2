package bus_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// cut is a broker that loses power: streams go back to what they were, each by itself.
type cut struct {
	t   *testing.T
	dir string
	s   *bus.Server
	b   *bus.Bus
}

func newCut(t *testing.T) *cut {
	c := &cut{t: t, dir: t.TempDir()}
	c.on()
	return c
}

func (c *cut) on() {
	c.t.Helper()
	c.s = bustest.Start(c.t, bus.EmbedConfig{Dir: c.dir})
	c.b = bustest.Connect(c.t, c.s.Config(), small)
}

func (c *cut) off() {
	c.t.Helper()
	if err := c.b.Close(within(c.t, 10*time.Second)); err != nil {
		c.t.Fatal(err)
	}
	c.s.Close()
}

// loses runs what the power takes from some streams.
func (c *cut) loses(lost func(), streams ...string) {
	c.t.Helper()
	c.off()
	back := bustest.Keep(c.t, c.dir, streams...)
	c.on()
	lost()
	c.off()
	back()
	c.on()
}

// put puts inputs of shard 0 and returns the last one's number.
func (c *cut) put(from, n int) (last uint64) {
	c.t.Helper()
	for i := from; i < from+n; i++ {
		at, err := c.b.Put(within(c.t, 10*time.Second), timer(idOn(0, 2, i), i))
		if err != nil {
			c.t.Fatal(err)
		}
		last = at.Seq
	}
	return last
}

// decide claims shard 0 and writes what comes of inputs: a result and a task of each.
func (c *cut) decide(from, n int) {
	c.t.Helper()
	ctx := within(c.t, 10*time.Second)
	log, err := c.b.Claim(ctx, 0, "test")
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	for i := from; i < from+n; i++ {
		e, _, err := c.b.Input(ctx, 0, uint64(i))
		if err != nil {
			c.t.Fatal(err)
		}
		h, data, err := events.Encode(events.Event{ID: fmt.Sprintf("d%d", i), Source: "/test", Subject: e.Subject, Time: time.Unix(1, 0), CausationID: e.ID,
			Data: events.VerificationDecided{View: events.View{ID: e.Subject, Tenant: "acme", Flow: "basic"}}})
		if err != nil {
			c.t.Fatal(err)
		}
		task := task(e.Subject)
		task.Subject, task.InSeq, task.Header["ce-causationid"] = events.LogTaskSubject(0, "fake"), uint64(i), []string{e.ID}
		result := bus.Record{Subject: events.LogResultSubject(0, "acme", "basic", "true"), Header: h, Data: data, InSeq: uint64(i), Ord: 1}
		if err := log.Append(ctx, []bus.Record{task, result}); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := log.Flush(ctx); err != nil {
		c.t.Fatal(err)
	}
}

// drawn waits until a stream has so many messages.
func (c *cut) drawn(stream string, n uint64) {
	c.t.Helper()
	last := uint64(0)
	for ctx := within(c.t, 20*time.Second); last < n; {
		got, err := bus.Messages(ctx, c.b, stream)
		if err != nil {
			c.t.Fatalf("%s has %d messages, want %d (%v)", stream, last, n, err)
		}
		last = got
	}
	if last > n {
		c.t.Errorf("%s has %d messages, want %d", stream, last, n)
	}
}

// refused says that nobody may own the shard, and why.
func (c *cut) refused(words ...string) {
	c.t.Helper()
	_, err := c.b.Claim(within(c.t, 10*time.Second), 0, "test")
	if fault.ClassOf(err) != fault.Invalid {
		c.t.Fatalf("claim of a damaged shard: %v; want it refused", err)
	}
	for _, w := range append(words, "bonafide streams mend") {
		if !strings.Contains(err.Error(), w) {
			c.t.Errorf("claim says %q, want %q in it", err, w)
		}
	}
}

// mend makes the shard whole, and finds nothing to do the second time.
func (c *cut) mend() bus.Damage {
	c.t.Helper()
	ctx := within(c.t, 30*time.Second)
	was, err := c.b.Mend(ctx, 0, "mender", time.Unix(2, 0))
	if err != nil || was.Whole() {
		c.t.Fatalf("mend: was %+v, %v", was, err)
	}
	before, err := c.b.Ends(ctx, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	again, err := c.b.Mend(ctx, 0, "mender", time.Unix(2, 0))
	if err != nil || !again.Whole() {
		c.t.Errorf("mend a second time: %+v, %v; want nothing to mend", again, err)
	}
	if after, err := c.b.Ends(ctx, 0); err != nil || after != before {
		c.t.Errorf("mend a second time: %+v, %v; want %+v as before", after, err, before)
	}
	return was
}

// inputs returns what lies in shard 0: the ids of inputs by their number.
func (c *cut) inputs() map[uint64]string {
	c.t.Helper()
	ctx := within(c.t, 10*time.Second)
	last, err := c.b.Tail(ctx, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	all := map[uint64]string{}
	for seq := uint64(1); seq <= last; seq++ {
		e, _, err := c.b.Input(ctx, 0, seq)
		if err == nil {
			all[seq] = e.ID
		}
	}
	return all
}

func TestInputsThatTheLogSpeaksOfAreWrittenDownAsLost(t *testing.T) {
	c := newCut(t)
	c.put(1, 5)
	c.decide(1, 5)
	c.loses(func() { c.put(6, 5); c.decide(6, 5) }, "BF_IN_0")
	c.refused("input 10", "end at 5")
	if was := c.mend(); was.FirstLost() != 6 || was.Told != 10 || was.Log < was.Copied {
		t.Errorf("was %+v, want inputs 6 to 10 lost and nothing else", was)
	}
	if got := c.inputs(); len(got) != 10 || got[5] != "t5" || got[6] != "lost.0.6" || got[10] != "lost.0.10" {
		t.Errorf("inputs %v, want 5 and 5 that are lost", got)
	}
	var ids []string
	err := c.b.Orphans(t.Context(), 0, 6, func(o bus.Orphan) bool { ids = append(ids, fmt.Sprint(o.Input, o.ID)); return true })
	if err != nil || len(ids) != 5 || ids[0] != fmt.Sprint(10, idOn(0, 2, 10)) {
		t.Errorf("the log tells of %v (%v), want the five of inputs 10 to 6", ids, err)
	}
	if at := c.put(11, 1); at != 11 {
		t.Errorf("a new input is %d, want 11", at)
	}
	c.decide(11, 1)
	c.drawn("RESULTS", 11)
	c.drawn("BF_TASK_FAKE", 11)
}

func TestALogThatLostItsEndIsAsLongAgainAsWhatWasDrawnFromIt(t *testing.T) {
	c := newCut(t)
	c.put(1, 10)
	c.decide(1, 5)
	c.drawn("RESULTS", 5)
	c.loses(func() { c.decide(6, 5); c.drawn("RESULTS", 10); c.drawn("BF_TASK_FAKE", 10) }, "BF_LOG_0")
	c.refused("RESULTS has drawn")
	if was := c.mend(); was.Copied-was.Log != 11 || was.FirstLost() != 0 {
		t.Errorf("was %+v, want a claim and ten records lost and no input", was)
	}
	c.put(11, 5)
	c.decide(11, 5)
	c.drawn("RESULTS", 15)
	c.drawn("BF_TASK_FAKE", 15)
}

// What a service puts before anybody has looked has the numbers of lost inputs.
func TestInputsThatCameBeforeTheMendAreNotTakenForLostOnes(t *testing.T) {
	for _, n := range []int{2, 5, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			c := newCut(t)
			c.put(1, 5)
			c.decide(1, 5)
			c.loses(func() { c.put(6, 5); c.decide(6, 5) }, "BF_IN_0")
			c.put(20, n)
			c.refused("input 10")
			if was := c.mend(); was.FirstLost() != 6 || was.TakenTo != uint64(min(5+n, 10)) {
				t.Errorf("was %+v, want those from 6 taken", was)
			}
			got := c.inputs()
			for seq, id := range got {
				if seq > 5 && seq <= 10 && !strings.HasPrefix(id, "lost.") {
					t.Errorf("input %d is %s, want none", seq, id)
				}
			}
			have := map[string]bool{}
			for _, id := range got {
				have[id] = true
			}
			for i := 20; i < 20+n; i++ {
				if !have[fmt.Sprint("t", i)] {
					t.Errorf("input t%d is gone: %v", i, got)
				}
			}
		})
	}
}

func TestAShardWithAnOwnerIsNotMended(t *testing.T) {
	c := newCut(t)
	c.put(1, 5)
	c.decide(1, 5)
	c.loses(func() { c.put(6, 5); c.decide(6, 5) }, "BF_IN_0")
	ctx, cancel := context.WithCancel(t.Context())
	held, done := make(chan struct{}), make(chan error, 1)
	go func() {
		done <- c.b.Lease(bus.ShardLease(0), "resolver").Run(ctx, func(ctx context.Context) error { close(held); <-ctx.Done(); return nil })
	}()
	<-held
	if _, err := c.b.Mend(within(t, time.Minute), 0, "mender", time.Unix(2, 0)); err == nil || !strings.Contains(err.Error(), "stop the resolvers") {
		t.Errorf("mend of a shard that is owned: %v, want it refused", err)
	}
	if last, err := c.b.Tail(t.Context(), 0); err != nil || last != 5 {
		t.Errorf("there are %d inputs (%v), want 5 as before", last, err)
	}
	cancel()
	<-done
	c.mend()
}

func TestInputsThatWereMadeAnewAreNotMended(t *testing.T) {
	c := newCut(t)
	c.put(1, 5)
	c.decide(1, 5)
	if err := bus.Delete(t.Context(), c.b, "BF_IN_0"); err != nil {
		t.Fatal(err)
	}
	if err := c.b.Ensure(within(t, 10*time.Second), small); err != nil {
		t.Fatal(err)
	}
	if was, err := c.b.Mend(t.Context(), 0, "mender", time.Unix(2, 0)); fault.ClassOf(err) != fault.Invalid || !was.Anew || !strings.Contains(err.Error(), "no command mends that") {
		t.Errorf("mend: %+v, %v; want it refused", was, err)
	}
}
