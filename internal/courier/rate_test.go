package courier_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/courier"
)

// BenchmarkFamilies carries what a business with two persons and they have to say to each other, start to end: two are opened,
// and each tells three times where it stands.
func BenchmarkFamilies(b *testing.B) {
	b.Run("one node", func(b *testing.B) {
		families(b, bustest.Connect(b, bustest.Run(b).Config(), bus.Layout{Shards: shards}))
	})
	b.Run("three nodes", func(b *testing.B) {
		families(b, bustest.Connect(b, bustest.Cluster(b, 3).Config(), bus.Layout{Shards: shards, Replicas: 3}))
	})
}

func families(b *testing.B, broker *bus.Bus) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var logs []*bus.Log
	for n := range shards {
		l, err := broker.Claim(ctx, n, "test")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		logs = append(logs, l)
	}
	ord := make([]uint64, shards)
	say := func(from string, p events.Payload) {
		n := events.ShardOf(from, shards)
		ord[n]++
		h, data, err := events.Encode(events.Event{ID: fmt.Sprint(n, ".", ord[n]), Source: "/test", Subject: from, Time: time.Now(), Data: p})
		if err != nil {
			b.Fatal(err)
		}
		if err := logs[n].Append(ctx, []bus.Record{{Subject: events.LogKinSubject(n), Header: h, Data: data, InSeq: ord[n]}}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range b.N {
		id := func(k byte) string {
			return events.NewID(time.Now(), [10]byte{byte(i), byte(i >> 8), byte(i >> 16), k})
		}
		whole, one, two := id(0), id(1), id(2)
		box := events.Sealed{Key: 7, Box: make([]byte, 700), For: whole}
		at, err := broker.Put(ctx, events.Event{ID: whole, Source: "/test", Subject: whole, Data: events.VerificationOpened{ID: whole, Tenant: "acme", Flow: "family", FlowDigest: "sha256:00",
			SubjectType: "business", Sealed: box, Parties: []events.Party{{Reference: "a", ID: one, Flow: "person", FlowDigest: "sha256:01", Sealed: &box},
				{Reference: "b", ID: two, Flow: "person", FlowDigest: "sha256:01", Sealed: &box}}}})
		if err != nil {
			b.Fatal(err)
		}
		say(whole, events.PersonsRequested{ID: whole, Tenant: "acme", Opened: at.Seq, Persons: []string{one, two}})
		for n, status := range []string{"running", "awaiting_subject", "completed"} {
			for _, p := range []string{one, two} {
				say(p, events.PersonReported{ID: whole, Tenant: "acme", Person: p, Seq: uint64(n + 1), Status: status})
			}
		}
	}
	for _, l := range logs {
		if err := l.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
	tails := func() (n uint64) {
		for s := range shards {
			t, err := broker.Tail(ctx, s)
			if err != nil {
				b.Fatal(err)
			}
			n += t
		}
		return n
	}
	want := tails() + 8*uint64(b.N)
	c := courier.New(broker, shards, slog.New(slog.DiscardHandler), nil)
	done := make(chan error, 1)
	b.ResetTimer()
	go func() { done <- c.Run(ctx) }()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for tails() < want {
		select {
		case <-look.C:
		case err := <-done:
			b.Fatalf("the courier ended: %v", err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "families/s")
	cancel()
	<-done
}
