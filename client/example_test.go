package client_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/bonafide-id/bonafide/client"
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/subject"
)

func Example() {
	url, stop := broker() // yours is NATS_URL
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()

	c, err := client.Connect(ctx, url, client.Options{Name: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	// Upstream.
	err = c.Request(ctx, "default", events.VerificationRequested{
		Flow: "person-standard", Reference: "customer-42",
		Subject: subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FirstName: "Ana", LastName: "Reyes"}}},
	}, client.Origin{Source: "/shop/onboarding", ID: "customer-42/1"})
	fmt.Println("asked:", err == nil)

	// Downstream.
	err = c.Results(ctx, client.Consumer{Durable: "shop"}, func(_ context.Context, e events.Event) error {
		switch d := e.Data.(type) {
		case events.VerificationDecided:
			fmt.Println(d.Reference, d.Decision.Result, d.Decision.Reasoning)
		case events.VerificationRejected:
			fmt.Println(d.Reference, d.Problem.Title)
			cancel() // an example ends
		}
		return nil
	})
	fmt.Println("done:", err == nil)
	// Output:
	// asked: true
	// customer-42 there is no such flow
	// done: true
}

// broker is a broker with one result on its stream.
func broker() (url string, stop func()) {
	dir, err := os.MkdirTemp("", "bonafide-example-")
	if err != nil {
		log.Fatal(err)
	}
	s, err := bus.Embed(bus.EmbedConfig{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	b, err := bus.Connect(ctx, s.Config(), "example")
	if err == nil {
		err = b.Ensure(ctx, bus.Layout{Shards: 1})
	}
	if err == nil {
		_, err = b.Put(ctx, events.Event{ID: "1", Source: "/bonafide/ingest", Time: time.Now(), Data: events.VerificationRejected{ID: "vrf_1", Tenant: "default",
			Flow: "person-standard", Reference: "customer-42", Problem: events.Problem{Title: "there is no such flow", Status: 422}}})
	}
	if err != nil {
		log.Fatal(err)
	}
	return s.URL(), func() {
		_ = b.Close(context.Background())
		s.Close()
		_ = os.RemoveAll(dir)
	}
}
