package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// TestTheBrokersErrorsHaveTheirClass provokes each error for real.
func TestTheBrokersErrorsHaveTheirClass(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cfg := bustest.Cluster(t, 3).Config()
	b := bustest.Connect(t, cfg, layoutFor(cfg))
	nc, err := nats.Connect(cfg.URL)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatalf("jetstream: %v", err)
	}
	create := func(name string, edit func(*jetstream.StreamConfig)) {
		cfg := jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}, Replicas: 3, Duplicates: time.Minute, Discard: jetstream.DiscardNew}
		edit(&cfg)
		for {
			_, err := js.CreateStream(ctx, cfg)
			if err == nil {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("create %s: %v", name, err)
			}
		}
	}
	create("s", func(*jetstream.StreamConfig) {})
	create("tiny", func(c *jetstream.StreamConfig) { c.MaxMsgs = 1 })
	send := func(m *nats.Msg) error {
		got := make(chan error, 1)
		if err := bus.Send(ctx, b, m, func(err error) { got <- err }); err != nil {
			return err
		}
		return <-got
	}
	// crowd sends many at once, round after round, and returns an error that has the code as soon as there is one.
	// These errors exist only while the brokers agree on an earlier message, which may be over before the next arrives.
	crowd := func(code jetstream.ErrorCode, message func(round, i int) *nats.Msg) (found error) {
		const n = 200
		for round := 0; found == nil && ctx.Err() == nil; round++ {
			got := make(chan error, n)
			for i := range n {
				if err := bus.Send(ctx, b, message(round, i), func(err error) { got <- err }); err != nil {
					t.Fatalf("send in round %d: %v", round, err)
				}
			}
			for range n {
				if err := <-got; bus.IsCode(err, code) {
					found = err
				}
			}
		}
		return found
	}
	if err := send(&nats.Msg{Subject: "tiny.a"}); err != nil {
		t.Fatalf("first message: %v", err)
	}
	late, stop := context.WithTimeout(ctx, time.Nanosecond)
	defer stop()
	for _, c := range []struct {
		name  string
		err   error
		code  jetstream.ErrorCode
		class fault.Class
		moved bool
	}{
		{"last sequence is another", send(&nats.Msg{Subject: "s.a", Header: nats.Header{"Nats-Expected-Last-Sequence": {"7"}}}), 10071, fault.Transient, true},
		{"last sequence of a subject that is being written", crowd(10164, func(round, i int) *nats.Msg {
			return &nats.Msg{Subject: fmt.Sprintf("s.b.%d", round), Header: nats.Header{"Nats-Expected-Last-Subject-Sequence": {strconv.Itoa(i)}}}
		}), 10164, fault.Transient, true},
		{"the same id at once", crowd(10158, func(round, _ int) *nats.Msg {
			return &nats.Msg{Subject: "s.c", Header: nats.Header{"Nats-Msg-Id": {fmt.Sprintf("once %d", round)}}}
		}), 10158, fault.Transient, false},
		{"full", send(&nats.Msg{Subject: "tiny.b"}), 10077, fault.Transient, false},
		{"nobody listens", send(&nats.Msg{Subject: "nowhere"}), 0, fault.Transient, false},
		{"too large", send(&nats.Msg{Subject: "s.d", Data: make([]byte, 2<<20)}), 0, fault.Invalid, false},
		{"too late", func() error { _, err := nc.RequestMsgWithContext(late, &nats.Msg{Subject: "s.e"}); return err }(), 0, fault.Transient, false},
		{"no such stream", func() error { _, err := js.Stream(ctx, "none"); return err }(), 10059, fault.Transient, false},
	} {
		if c.err == nil {
			t.Errorf("%s: no error came", c.name)
			continue
		}
		if c.code != 0 && !bus.IsCode(c.err, c.code) {
			t.Errorf("%s: got %v, want code %d", c.name, c.err, c.code)
		}
		if got := fault.ClassOf(bus.Classify("test", c.err)); got != c.class || bus.Moved(c.err) != c.moved {
			t.Errorf("%s: got class %q, moved %v from %v; want %q, %v", c.name, got, bus.Moved(c.err), c.err, c.class, c.moved)
		}
	}
	if err := bus.Classify("a", fault.New(fault.Malformed, "b", "")); fault.ClassOf(err) != fault.Malformed {
		t.Errorf("what has a class: got %v, want malformed", err)
	}
	if err := bus.Classify("a", errors.New("never seen")); fault.ClassOf(err) != fault.Unknown {
		t.Errorf("an error nobody knows: got %v, want unknown", err)
	}
	if err := bus.Classify("a", fmt.Errorf("x: %w", context.Canceled)); fault.ClassOf(err) != fault.Stopping {
		t.Errorf("a cancelled context: got %v, want stopping", err)
	}
}

func TestAClusterThatHasNotEnoughBrokersYetIsWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b, err := bus.Connect(ctx, bustest.Cluster(t, 3).Config(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.WithoutCancel(ctx))
	if err := b.Await(ctx); err != nil {
		t.Fatal(err)
	}
	short, done := context.WithTimeout(ctx, 2*time.Second)
	defer done()
	err = b.Ensure(short, bus.Layout{Shards: 1, Replicas: 5})
	if fault.ClassOf(err) != fault.Transient || short.Err() == nil {
		t.Errorf("got %v (%v) with time left: %t; want it to wait to the end, and a transient error", err, fault.ClassOf(err), short.Err() == nil)
	}
}

// A client that has been cut off while the broker starts again says that the broker cannot take headers: it has not been told
// yet that it can.
func TestWhoIsNotConnectedYetIsToldToComeAgain(t *testing.T) {
	for _, err := range []error{nats.ErrHeadersNotSupported, nats.ErrDisconnected, nats.ErrReconnectBufExceeded} {
		if got := fault.ClassOf(bus.Classify("test", err)); got != fault.Transient {
			t.Errorf("%v: got class %q, want %q", err, got, fault.Transient)
		}
	}
}
