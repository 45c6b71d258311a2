package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// onDisk reports whether the bytes are in any file under dir.
func onDisk(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, what)
		return err
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	return found
}

func TestADestroyedKeyIsGoneFromTheDisk(t *testing.T) {
	for _, always := range []bool{false, true} {
		dir := t.TempDir()
		b := bustest.Connect(t, bustest.Start(t, bus.EmbedConfig{Dir: dir, SyncAlways: always}).Config(), small)
		ctx := within(t, 10*time.Second)
		var keys [][]byte
		for i := range 100 {
			keys = append(keys, fmt.Appendf(nil, "wrapped-key-number-%03d", i))
		}
		numbers, err := b.PutKeys(ctx, keys)
		if err != nil || len(numbers) != len(keys) {
			t.Fatalf("put: got %d numbers, %v; want %d", len(numbers), err, len(keys))
		}
		for i, n := range numbers {
			if got, err := b.Key(ctx, n); err != nil || !bytes.Equal(got, keys[i]) {
				t.Fatalf("key %d: got %q, %v; want %q", n, got, err, keys[i])
			}
		}
		if !onDisk(t, dir, keys[42]) {
			t.Fatal("the key was never on the disk, so this test shows nothing")
		}
		for range 2 {
			if err := b.DestroyKey(ctx, numbers[42]); err != nil {
				t.Fatalf("destroy: %v", err)
			}
		}
		if onDisk(t, dir, keys[42]) {
			t.Error("the destroyed key is still on the disk")
		}
		if _, err := b.Key(ctx, numbers[42]); fault.ClassOf(err) != fault.Invalid || !errors.Is(err, bus.ErrNoKey) {
			t.Errorf("a destroyed key: got %v, want ErrNoKey of class invalid", err)
		}
		if got, err := b.Key(ctx, numbers[43]); err != nil || !bytes.Equal(got, keys[43]) {
			t.Errorf("the key beside it: got %q, %v; want %q", got, err, keys[43])
		}
	}
}

func TestABucketKeepsTheFirstAndUpdatesByRevision(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 10*time.Second)
	k, err := b.Bucket(ctx, "bf_idem")
	if err != nil {
		t.Fatalf("bucket: %v", err)
	}
	if _, _, ok, err := k.Get(ctx, "a"); ok || err != nil {
		t.Fatalf("get of nothing: got %v, %v", ok, err)
	}
	_, rev, created, err := k.Create(ctx, "a", []byte("one"))
	if !created || err != nil {
		t.Fatalf("create: got %v, %v", created, err)
	}
	if old, r, created, err := k.Create(ctx, "a", []byte("two")); created || err != nil || string(old) != "one" || r != rev {
		t.Fatalf("create again: got %q at %d, %v, %v; want the first at %d", old, r, created, err, rev)
	}
	next, ok, err := k.Update(ctx, "a", []byte("three"), rev)
	if !ok || err != nil || next <= rev {
		t.Fatalf("update: got %d, %v, %v", next, ok, err)
	}
	if _, ok, err := k.Update(ctx, "a", []byte("four"), rev); ok || err != nil {
		t.Fatalf("update of an old revision: got %v, %v; want false", ok, err)
	}
	if v, r, ok, err := k.Get(ctx, "a"); string(v) != "three" || r != next || !ok || err != nil {
		t.Fatalf("get: got %q at %d, %v, %v", v, r, ok, err)
	}
	if err := k.Delete(ctx, "a"); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if _, _, created, err := k.Create(ctx, "a", []byte("five")); !created || err != nil {
		t.Fatalf("create after delete: got %v, %v", created, err)
	}
}

func TestFlowsAreKeptByDigest(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 10*time.Second)
	want := []events.FlowPublished{
		{Flow: "a", Digest: "sha256:aa", Source: []byte("flow: a\n")},
		{Flow: "a", Digest: "sha256:bb", Source: []byte("flow: a # two\n")},
	}
	for _, i := range []int{1, 0, 1} {
		if err := b.PutFlow(ctx, want[i]); err != nil {
			t.Fatalf("put: %v", err)
		}
	}
	got, err := b.Flows(ctx)
	if err != nil || !slices.EqualFunc(got, want, func(a, b events.FlowPublished) bool {
		return a.Flow == b.Flow && a.Digest == b.Digest && bytes.Equal(a.Source, b.Source)
	}) {
		t.Fatalf("flows: got %v, %v; want %v", got, err, want)
	}
	at, err := b.Put(ctx, events.Event{ID: "f", Source: "/test", Time: time.Unix(1, 0), Data: want[0]})
	if err != nil || at.Shard != small.Shards-1 {
		t.Fatalf("publish: got %+v, %v", at, err)
	}
	for s := range small.Shards {
		if tail, err := b.Tail(ctx, s); err != nil || tail != 1 {
			t.Errorf("shard %d: got %d inputs, %v; want the flow in each", s, tail, err)
		}
	}
}

func TestOnlyTheOwnerAnswers(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 10*time.Second)
	if _, err := b.Ask(ctx, 1, []byte("who")); fault.ClassOf(err) != fault.Transient {
		t.Fatalf("nobody answers: got %v, want class transient", err)
	}
	stop, err := b.Answer(1, func(q []byte) []byte { return append(q, " me"...) })
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	if got, err := b.Ask(ctx, 1, []byte("who")); err != nil || string(got) != "who me" {
		t.Fatalf("ask: got %q, %v", got, err)
	}
	stop()
	until(t, "the answers to end", func() bool {
		_, err := b.Ask(ctx, 1, []byte("who"))
		return fault.ClassOf(err) == fault.Transient
	})
}

func TestSnapshotsAreWholeOrOlder(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 20*time.Second)
	if s, layers, err := b.ReadSnapshot(ctx, 0); s != (bus.Snapshot{}) || layers != nil || err != nil {
		t.Fatalf("none: got %+v, %d layers, %v", s, len(layers), err)
	}
	state := func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, 1_300_000+n) }
	put := func(shard, n int, on bus.Snapshot, data []byte) bus.Snapshot {
		t.Helper()
		if err := b.PutSnapshot(ctx, shard, uint64(n*100), on, bytes.NewReader(data)); err != nil {
			t.Fatalf("put number %d of shard %d: %v", n, shard, err)
		}
		last, err := b.LastSnapshot(ctx, shard)
		if err != nil {
			t.Fatal(err)
		}
		return last
	}
	for n := 1; n <= 5; n++ {
		put(0, n, bus.Snapshot{}, state(n))
		put(1, 7, bus.Snapshot{}, nil)
	}
	want := func(damaged bool, numbers ...int) {
		t.Helper()
		s, layers, err := b.ReadSnapshot(ctx, 0)
		if err != nil || s.InSeq != uint64(numbers[len(numbers)-1]*100) || len(layers) != len(numbers) || s.Layers != len(numbers)-1 || s.Damaged != damaged {
			t.Fatalf("got %+v, %d layers, %v; want numbers %v, damaged %v", s, len(layers), err, numbers, damaged)
		}
		for i, n := range numbers {
			if !bytes.Equal(layers[i], state(n)) {
				t.Fatalf("layer %d is %d bytes, want those of number %d", i, len(layers[i]), n)
			}
		}
	}
	left := func(want int, what string) {
		t.Helper()
		if left, err := bus.Messages(ctx, b, "BF_SNAP"); err != nil || left != uint64(want) {
			t.Fatalf("got %d messages, %v; want %d: %s", left, err, want, what)
		}
	}
	want(false, 5)
	left(8+2, "two snapshots of four and two empty ones")
	// Layers keep what they lie on. Whole ones let go of all but the one before, with what that lies on.
	six := put(0, 6, mustLast(t, b, 0), state(6))
	left(8+2, "the whole one of four and a layer of four, and two empty ones")
	put(0, 7, six, state(7))
	want(false, 5, 6, 7)
	left(12+2, "a whole one and two layers, and two empty ones")
	if err := b.PutSnapshot(ctx, 0, 800, six, bytes.NewReader(nil)); fault.ClassOf(err) != fault.Transient {
		t.Fatalf("a layer on one that is no longer the last: %v, want it refused as transient", err)
	}
	put(0, 8, bus.Snapshot{}, state(8))
	want(false, 8)
	left(16+2, "a whole one and the one before with two layers, and two empty ones")
	put(0, 9, mustLast(t, b, 0), state(9))
	want(false, 8, 9)
	left(8+2, "a whole one and a layer, and two empty ones")

	// Each of shard 0 is three chunks and a manifest.
	end, err := bus.LastOf(ctx, b, "BF_SNAP")
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Remove(ctx, b, "BF_SNAP", end-2); err != nil {
		t.Fatalf("remove a chunk of the layer: %v", err)
	}
	want(true, 8)
	if err := bus.Remove(ctx, b, "BF_SNAP", end-6); err != nil {
		t.Fatalf("remove a chunk of the whole one: %v", err)
	}
	if s, layers, err := b.ReadSnapshot(ctx, 0); layers != nil || !s.Damaged || err != nil {
		t.Fatalf("both broken: got %+v, %d layers, %v; want none", s, len(layers), err)
	}
	if s, layers, err := b.ReadSnapshot(ctx, 1); s.InSeq != 700 || len(layers) != 1 || len(layers[0]) != 0 || err != nil {
		t.Fatalf("empty state: got %+v, %d layers, %v", s, len(layers), err)
	}
}

func mustLast(t *testing.T, b *bus.Bus, shard int) bus.Snapshot {
	t.Helper()
	s, err := b.LastSnapshot(t.Context(), shard)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestALeaseGoesToTheNextAtOnce(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 30*time.Second)
	held := make(chan string, 2)
	free := make(chan struct{})
	ended := make(chan error, 2)
	hold := func(name string, until <-chan struct{}) {
		ended <- b.Lease("shard.0", name).Run(ctx, func(held_ context.Context) error {
			held <- name
			select {
			case <-until:
				return nil
			case <-held_.Done():
				return held_.Err()
			}
		})
	}
	go hold("a", free)
	if got := <-held; got != "a" {
		t.Fatalf("first: got %s", got)
	}
	never := make(chan struct{})
	defer close(never)
	next := make(chan struct{})
	go hold("b", next)
	select {
	case got := <-held:
		t.Fatalf("%s got the lease while it was held", got)
	case <-time.After(4 * time.Second): // longer than a lease lives without renewal
	}
	start := time.Now()
	close(free)
	if got := <-held; got != "b" {
		t.Fatalf("second: got %s", got)
	}
	if took := time.Since(start); took > 300*time.Millisecond {
		t.Errorf("handing over took %v, want at once", took)
	}
	close(next)
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

func TestALeaseIsLostWithTheBroker(t *testing.T) {
	cfg := bus.EmbedConfig{Dir: t.TempDir(), Addr: "127.0.0.1:0"}
	srv, err := bus.Embed(cfg)
	if err != nil {
		t.Fatalf("embed: %v", err)
	}
	b := bustest.Connect(t, srv.Config(), small)
	ctx := within(t, 20*time.Second)
	held := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- b.Lease("shard.0", "a").Run(ctx, func(lease context.Context) error {
			close(held)
			<-lease.Done()
			return errEnough
		})
	}()
	<-held
	srv.Close()
	select {
	case err := <-ended:
		if err != errEnough {
			t.Fatalf("got %v, want the function's error", err)
		}
	case <-time.After(6 * time.Second):
		t.Fatal("the lease was held for 6 s without a broker")
	}
}

func TestABusWaitsForItsBroker(t *testing.T) {
	cfg := bus.EmbedConfig{Dir: t.TempDir(), Addr: "127.0.0.1:0"}
	srv, err := bus.Embed(cfg)
	if err != nil {
		t.Fatalf("embed: %v", err)
	}
	conf := srv.Config()
	cfg.Addr = srv.URL()[len("nats://"):]
	srv.Close()
	ctx := within(t, 20*time.Second)
	b, err := bus.Connect(ctx, conf, "early")
	if err != nil {
		t.Fatalf("connect without a broker: %v", err)
	}
	defer b.Close(ctx)
	if err := b.Ready(ctx); fault.ClassOf(err) != fault.Transient {
		t.Fatalf("ready without a broker: got %v, want class transient", err)
	}
	ensured := make(chan error, 1)
	go func() { ensured <- b.Ensure(ctx, small) }()
	if srv, err = bus.Embed(cfg); err != nil {
		t.Fatalf("embed again: %v", err)
	}
	defer func() { srv.Close() }()
	if err := <-ensured; err != nil {
		t.Fatalf("ensure: %v", err)
	}
	id := idOn(0, 2, 0)
	if _, err := b.Put(ctx, timer(id, 1)); err != nil {
		t.Fatalf("put: %v", err)
	}

	// Reading goes on over a restart; puts fail as transient meanwhile.
	next := uint64(1)
	reading := make(chan error, 1)
	first := make(chan struct{})
	go func() {
		reading <- b.ReadInputs(ctx, 0, 1, func(batch []bus.Read) error {
			for _, r := range batch {
				if r.Seq != next {
					return fmt.Errorf("got input %d, want %d", r.Seq, next)
				}
				if next++; r.Seq == 1 {
					close(first)
				} else if r.Seq == 3 {
					return errEnough
				}
			}
			return nil
		})
	}()
	<-first
	srv.Close()
	if _, err := b.Put(ctx, timer(id, 2)); fault.ClassOf(err) != fault.Transient {
		t.Fatalf("put without a broker: got %v, want class transient", err)
	}
	if srv, err = bus.Embed(cfg); err != nil {
		t.Fatalf("embed again: %v", err)
	}
	for n := 2; n <= 3; n++ {
		until(t, "puts to work again", func() bool { _, err := b.Put(ctx, timer(id, n)); return err == nil })
	}
	if err := <-reading; err != errEnough {
		t.Fatalf("reading over a restart: got %v", err)
	}
}

func TestAFullStreamRefusesInputs(t *testing.T) {
	l := small
	l.InputBytes = 4096
	b := bustest.Connect(t, bustest.Run(t).Config(), l)
	ctx := within(t, 10*time.Second)
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		_, err = b.Put(ctx, timer(idOn(0, 2, 0), i))
	}
	if fault.ClassOf(err) != fault.Transient {
		t.Fatalf("a full stream: got %v, want class transient", err)
	}
	if tail, err := b.Tail(ctx, 0); err != nil || tail == 0 {
		t.Fatalf("tail: got %d, %v", tail, err)
	}
	if _, _, err := b.Input(ctx, 0, 1); err != nil {
		t.Fatalf("the first input: got %v, want it kept", err)
	}
}

func TestOnlyInputsArePut(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 10*time.Second)
	dead := events.DeadLettered{Stream: "BF_TASK_FAKE", Sequence: 1, Class: "invalid", Why: "w", At: time.Unix(1, 0), Subject: "s"}
	if _, err := b.Put(ctx, events.Event{ID: "d", Source: "/test", Time: time.Unix(1, 0), Data: dead}); err != nil {
		t.Fatalf("dead letter: %v", err)
	}
	if n, err := bus.Messages(ctx, b, "BF_DEAD"); n != 1 || err != nil {
		t.Fatalf("dead letters: got %d, %v", n, err)
	}
	for _, d := range []events.Payload{
		nil, events.VerificationRequested{}, events.CheckRequested{ID: "x"}, events.VerificationDecided{}, events.TimerFired{},
	} {
		if _, err := b.Put(ctx, events.Event{ID: "x", Source: "/test", Data: d}); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("put of %T: got %v, want class invalid", d, err)
		}
	}
}

// Whoever starts a second system at the address of the first is told so, and does not wait.
func TestAnAddressThatIsTakenIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	s, err := bus.Embed(bus.EmbedConfig{Dir: t.TempDir(), Addr: l.Addr().String()})
	if err == nil {
		s.Close()
		t.Fatal("a broker started at an address that is taken")
	}
	if !strings.Contains(err.Error(), l.Addr().String()) || time.Since(began) > 10*time.Second {
		t.Errorf("got %q after %s; want an error at once that names %s", err, time.Since(began), l.Addr())
	}
}
