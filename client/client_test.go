package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/client"
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func connect(t *testing.T) (*client.Client, *bus.Bus) {
	t.Helper()
	s := bustest.Run(t)
	b := bustest.Connect(t, s.Config(), bus.Layout{Shards: 1})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Connect(ctx, s.URL(), client.Options{})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c, b
}

// put makes a result: ingest's refusals are the ones that are put on the stream directly.
func put(t *testing.T, b *bus.Bus, reference string) {
	t.Helper()
	_, err := b.Put(t.Context(), events.Event{ID: reference, Source: "/test", Time: time.Now(), Data: events.VerificationRejected{
		ID: "vrf_1", Tenant: "default", Flow: "none", Reference: reference, Problem: events.Problem{Title: "no such flow", Status: 422}}})
	if err != nil {
		t.Fatalf("put %s: %v", reference, err)
	}
}

func reference(e events.Event) string { return e.Data.(events.VerificationRejected).Reference }

// consume reads until f returns false.
func consume(t *testing.T, c *client.Client, f func(events.Event) (more bool, err error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := c.Results(ctx, client.Consumer{Durable: "shop"}, func(_ context.Context, e events.Event) error {
		more, err := f(e)
		if !more {
			cancel()
		}
		return err
	})
	if err != nil {
		t.Fatalf("results: %v", err)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatal("results: not all came in time")
	}
}

func TestAResultComesAgainUntilItIsHandledAndNothingOvertakesIt(t *testing.T) {
	c, b := connect(t)
	for _, r := range []string{"a", "b", "c"} {
		put(t, b, r)
	}
	var got []string
	consume(t, c, func(e events.Event) (bool, error) {
		got = append(got, reference(e))
		if len(got) == 2 || len(got) == 3 {
			return true, errors.New("the database is away")
		}
		return len(got) < 5, nil
	})
	if want := "a b b b c"; strings.Join(got, " ") != want {
		t.Errorf("handled %v, want %s", got, want)
	}
}

func TestTheNextLifeOfAConsumerGoesOnWhereItWasLeft(t *testing.T) {
	c, b := connect(t)
	put(t, b, "a")
	put(t, b, "b")
	first, second := "", ""
	consume(t, c, func(e events.Event) (bool, error) { first = reference(e); return false, nil })
	consume(t, c, func(e events.Event) (bool, error) { second = reference(e); return false, nil })
	if first != "a" || second != "b" {
		t.Errorf("first life got %q, second %q; want a, b", first, second)
	}
}

func TestARequestNeedsAnOriginAndATenant(t *testing.T) {
	c, _ := connect(t)
	for _, k := range []struct {
		name, tenant string
		o            client.Origin
	}{{"no id", "default", client.Origin{Source: "/s"}}, {"no source", "default", client.Origin{ID: "1"}}, {"tenant", "Not Valid", client.Origin{Source: "/s", ID: "1"}}} {
		if err := c.Request(t.Context(), k.tenant, events.VerificationRequested{Flow: "f"}, k.o); err == nil {
			t.Errorf("%s: accepted, want an error", k.name)
		}
	}
	if err := c.Request(t.Context(), "default", events.VerificationRequested{Flow: "f"}, client.Origin{Source: "/s", ID: "1"}); err != nil {
		t.Errorf("request: %v", err)
	}
}

func TestNamesThatTheBrokerWouldRefuseAreRefused(t *testing.T) {
	c, _ := connect(t)
	for _, name := range []string{"", "a.b", "a b", "A"} {
		err := c.Results(t.Context(), client.Consumer{Durable: name}, func(context.Context, events.Event) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "durable") {
			t.Errorf("durable %q: got %v, want an error that names it", name, err)
		}
	}
}

func TestConnectGivesUpWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	c, err := client.Connect(ctx, "nats://127.0.0.1:1", client.Options{})
	if err == nil {
		t.Fatalf("connected to nobody: %v", c.Close())
	}
	if !strings.Contains(fmt.Sprint(err), "connect") {
		t.Errorf("got %q, want an error that says what failed", err)
	}
}
