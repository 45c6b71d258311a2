package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

var errEnough = errors.New("enough")

// fill puts n inputs into shard 0, so that a log may speak of them. What a busy broker does not acknowledge in time is put again
// under the same id.
func fill(t *testing.T, b *bus.Bus, n int) {
	t.Helper()
	ctx := within(t, time.Minute)
	id := idOn(0, 2, 0)
	open := make([]int, n)
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		var mu sync.Mutex
		var wait sync.WaitGroup
		var again []int
		for _, i := range open {
			wait.Add(1)
			err := b.PutAsync(ctx, timer(id, i), func(_ bus.Position, err error) {
				defer wait.Done()
				switch {
				case err == nil:
				case fault.ClassOf(err) == fault.Transient && ctx.Err() == nil:
					mu.Lock()
					again = append(again, i)
					mu.Unlock()
				default:
					t.Errorf("fill: %v", err)
				}
			})
			if err != nil {
				t.Fatalf("fill: %v", err)
			}
		}
		wait.Wait()
		open = again
	}
}

// line is the record that input inSeq causes. Its body says which; two per third input.
func lines(inSeq uint64) []bus.Record {
	n := 1
	if inSeq%3 == 0 {
		n = 2
	}
	var out []bus.Record
	for ord := range n {
		subject := events.LogTaskSubject(0, "fake")
		if inSeq%2 == 0 {
			subject = events.LogResultSubject(0, "acme", "basic", "true")
		}
		out = append(out, bus.Record{Subject: subject, Data: fmt.Appendf(nil, "%d.%d", inSeq, ord), InSeq: inSeq, Ord: ord})
	}
	return out
}

// verify reads the whole log of shard 0 and checks that it has exactly the records of inputs 1..last, in order.
func verify(t *testing.T, b *bus.Bus, last uint64) {
	t.Helper()
	in, ord := uint64(1), 0
	err := b.ReadLog(within(t, 30*time.Second), 0, 1, func(batch []bus.Record) error {
		for _, r := range batch {
			want := fmt.Sprintf("%d.%d", in, ord)
			if r.InSeq != in || r.Ord != ord || string(r.Data) != want {
				return fmt.Errorf("record %d is %d.%d %q of epoch %d, want %s", r.Seq, r.InSeq, r.Ord, r.Data, r.Epoch, want)
			}
			if ord++; ord == len(lines(in)) {
				in, ord = in+1, 0
			}
			if in > last {
				return errEnough
			}
		}
		return nil
	})
	if err != errEnough {
		t.Fatalf("the log is wrong at %d.%d of %d: %v", in, ord, last, err)
	}
}

func claim(t *testing.T, b *bus.Bus, owner string) *bus.Log {
	t.Helper()
	l, err := b.Claim(within(t, 20*time.Second), 0, owner)
	if err != nil {
		t.Fatalf("claim by %s: %v", owner, err)
	}
	t.Cleanup(l.Close)
	return l
}

// resume appends what inputs from..to cause, leaving out what the log had before this ownership.
func resume(ctx context.Context, l *bus.Log, to uint64) error {
	inSeq, ord, ok := l.Tail()
	if !ok {
		inSeq, ord = 0, 1<<30
	}
	for in := max(inSeq, 1); in <= to; in++ {
		records := lines(in)
		if ok && in == inSeq {
			records = records[min(ord+1, len(records)):]
		}
		if err := l.Append(ctx, records); err != nil {
			return err
		}
	}
	return nil
}

func modes(t *testing.T, f func(t *testing.T, cfg bus.Config)) {
	t.Run("one replica", func(t *testing.T) { f(t, bustest.Run(t).Config()) })
	t.Run("three replicas", func(t *testing.T) { f(t, bustest.Cluster(t, 3).Config()) })
	t.Run("sync always", func(t *testing.T) { f(t, bustest.Start(t, bus.EmbedConfig{SyncAlways: true}).Config()) })
}

func layoutFor(cfg bus.Config) bus.Layout {
	l := small
	l.Replicas = cfg.Replicas
	return l
}

func TestALogKeepsRecordsOnceAndInOrder(t *testing.T) {
	modes(t, func(t *testing.T, cfg bus.Config) {
		b := bustest.Connect(t, cfg, layoutFor(cfg))
		const n = 6000
		fill(t, b, n)
		ctx := within(t, 40*time.Second)
		first := claim(t, b, "a")
		if _, _, ok := first.Tail(); ok || first.Epoch() != 1 {
			t.Fatalf("first claim: got epoch %d and a tail %v, want 1 and none", first.Epoch(), ok)
		}
		start := time.Now()
		if err := resume(ctx, first, n/2); err != nil {
			t.Fatalf("append: %v", err)
		}
		if err := first.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		t.Logf("%d inputs in %v", n/2, time.Since(start))
		if got := first.Stored(); got != n/2 {
			t.Fatalf("stored: got %d, want %d", got, n/2)
		}
		first.Pass(n/2 + 7)
		if got := first.Stored(); got != n/2+7 {
			t.Fatalf("stored after inputs without records: got %d, want %d", got, n/2+7)
		}
		second := claim(t, b, "b")
		if in, ord, ok := second.Tail(); !ok || in != n/2 || ord != len(lines(n/2))-1 || second.Epoch() != 2 {
			t.Fatalf("second claim: got epoch %d, tail %d.%d %v; want 2, %d", second.Epoch(), in, ord, ok, n/2)
		}
		if err := first.Append(ctx, lines(n/2+1)); err != nil && !errors.Is(err, bus.ErrFenced) {
			t.Fatalf("append by the former owner: got %v", err)
		}
		if err := first.Flush(ctx); !errors.Is(err, bus.ErrFenced) {
			t.Fatalf("flush by the former owner: got %v, want ErrFenced", err)
		}
		if err := resume(ctx, second, n); err != nil {
			t.Fatalf("append: %v", err)
		}
		if err := second.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		verify(t, b, n)
	})
}

// TestNoRecordOfAFormerOwnerGetsIn takes a log over again and again while its owner writes as fast as it can.
func TestNoRecordOfAFormerOwnerGetsIn(t *testing.T) {
	modes(t, func(t *testing.T, cfg bus.Config) {
		takeovers := 20
		if cfg.Replicas > 1 {
			takeovers = 10
		}
		const n = 80_000
		b := bustest.Connect(t, cfg, layoutFor(cfg))
		fill(t, b, n)
		ctx := within(t, 60*time.Second)
		var fenced atomic.Int32
		var writers sync.WaitGroup
		own := func(l *bus.Log) chan struct{} {
			wrote := make(chan struct{})
			writers.Go(func() {
				tell := sync.OnceFunc(func() { close(wrote) })
				inSeq, _, _ := l.Tail()
				for in := inSeq + 1; ; in++ {
					if in == inSeq+500 {
						tell()
					}
					if err := l.Append(ctx, lines(in)); errors.Is(err, bus.ErrFenced) {
						fenced.Add(1)
						tell()
						return
					} else if err != nil {
						t.Errorf("append: %v", err)
						tell()
						return
					}
				}
			})
			return wrote
		}
		var slowest time.Duration
		l := claim(t, b, "owner 0")
		// The tail of an owner may lie in the middle of an input; the next one completes it.
		complete := func(l *bus.Log) {
			in, ord, ok := l.Tail()
			if !ok {
				return
			}
			if err := l.Append(ctx, lines(in)[ord+1:]); err != nil {
				t.Fatalf("append: %v", err)
			}
		}
		for i := range takeovers {
			<-own(l)
			start := time.Now()
			l = claim(t, b, fmt.Sprint("owner ", i+1))
			slowest = max(slowest, time.Since(start))
			complete(l)
		}
		writers.Wait()
		if err := l.Flush(ctx); err != nil {
			t.Fatalf("flush: %v", err)
		}
		in, _, _ := l.Tail()
		verify(t, b, in)
		if got := int(fenced.Load()); got != takeovers {
			t.Fatalf("got %d owners fenced, want %d", got, takeovers)
		}
		t.Logf("%d takeovers, %d inputs, slowest claim %v", takeovers, in, slowest)
	})
}

func TestALogSurvivesTheBrokersRestart(t *testing.T) {
	cfg := bus.EmbedConfig{Dir: t.TempDir(), Addr: "127.0.0.1:0"}
	srv, err := bus.Embed(cfg)
	if err != nil {
		t.Fatalf("embed: %v", err)
	}
	cfg.Addr = srv.URL()[len("nats://"):]
	b := bustest.Connect(t, srv.Config(), small)
	const n, restarts = 60_000, 4
	fill(t, b, n)
	l := claim(t, b, "a")
	ctx := within(t, 60*time.Second)
	at := make(chan struct{}, restarts)
	end := make(chan error, 1)
	go func() {
		for in := uint64(1); in <= n; in++ {
			if err := l.Append(ctx, lines(in)); err != nil {
				end <- err
				return
			}
			if in%(n/(restarts+1)) == 0 && in < n {
				at <- struct{}{}
			}
		}
		end <- l.Flush(ctx)
	}()
	for range restarts {
		<-at
		srv.Close()
		if srv, err = bus.Embed(cfg); err != nil {
			t.Fatalf("embed again: %v", err)
		}
	}
	t.Cleanup(func() { srv.Close() })
	if err := <-end; err != nil {
		t.Fatalf("append: %v", err)
	}
	verify(t, b, n)
}

func TestALogThatWasMadeFromLostInputsIsNotClaimed(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	l := claim(t, b, "a")
	ctx := within(t, 10*time.Second)
	if err := l.Append(ctx, lines(9)); err != nil {
		t.Fatalf("append: %v", err)
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatalf("flush: %v", err)
	}
	if _, err := b.Claim(ctx, 0, "b"); fault.ClassOf(err) != fault.Invalid {
		t.Fatalf("claim of a log that has seen input 9 of 0: got %v, want class invalid", err)
	}
}

func TestARecordThatCannotBeStoredIsRefusedAtOnce(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	l := claim(t, b, "a")
	for name, r := range map[string]bus.Record{
		"too large":           {Subject: events.LogTaskSubject(0, "fake"), Data: make([]byte, 2<<20)},
		"of another shard":    {Subject: events.LogTaskSubject(1, "fake")},
		"a claim in disguise": {Subject: events.LogClaimSubject(0)},
	} {
		if err := l.Append(within(t, time.Second), []bus.Record{r}); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want class invalid", name, err)
		}
	}
}

func TestALogSurvivesItsLeadersRestart(t *testing.T) {
	nodes := bustest.Cluster(t, 3)
	b := bustest.Connect(t, nodes.Config(), layoutFor(nodes.Config()))
	const n, restarts = 30_000, 2
	fill(t, b, n)
	l := claim(t, b, "a")
	ctx := within(t, 60*time.Second)
	at := make(chan struct{}, restarts)
	end := make(chan error, 1)
	go func() {
		for in := uint64(1); in <= n; in++ {
			if err := l.Append(ctx, lines(in)); err != nil {
				end <- err
				return
			}
			if in%(n/(restarts+1)) == 0 && in < n {
				at <- struct{}{}
			}
		}
		end <- l.Flush(ctx)
	}()
	for range restarts {
		<-at
		nodes.Restart("BF_LOG_0")
	}
	if err := <-end; err != nil {
		t.Fatalf("append: %v", err)
	}
	verify(t, b, n)
}
