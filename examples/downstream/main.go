// Command downstream prints every result, from the first on, and goes on where it was when it is started again.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/bonafide-id/bonafide/client"
	"github.com/bonafide-id/bonafide/events"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := client.Connect(ctx, os.Getenv("NATS_URL"), client.Options{Name: "downstream"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	err = c.Results(ctx, client.Consumer{Durable: "downstream"}, func(_ context.Context, e events.Event) error {
		switch d := e.Data.(type) {
		case events.VerificationDecided:
			fmt.Printf("%s %s revision %d: %s (%g). %s\n", d.ID, d.Reference, d.Decision.Revision, d.Decision.Result, d.Decision.Confidence, d.Decision.Reasoning)
		case events.ActionRequired:
			fmt.Printf("%s %s: the subject must do %d thing(s)\n", d.ID, d.Reference, len(d.Actions))
		case events.VerificationFailed:
			fmt.Printf("%s %s failed: %s\n", d.ID, d.Reference, d.Failure.Reason)
		case events.VerificationRejected:
			fmt.Printf("%s %s refused: %s\n", d.ID, d.Reference, d.Problem.Title)
		}
		return nil
	})
	if err != nil {
		log.Print(err)
	}
}
