// Command upstream asks for one verification over NATS.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/bonafide-id/bonafide/client"
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Connect(ctx, os.Getenv("NATS_URL"), client.Options{Name: "upstream"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	ana := subject.Person{
		Name:    &subject.PersonName{FirstName: "Ana", LastName: "Reyes"},
		Contact: &subject.Contact{Email: "ana@example.test"},
	}
	err = c.Request(ctx, "default", events.VerificationRequested{
		Flow: "bive-person", Reference: "customer-42", Subject: subject.Subject{Type: "person", Person: &ana},
	}, client.Origin{Source: "/shop/onboarding", ID: "customer-42"})
	if err != nil {
		log.Print(err) // it may be stored all the same: ask again with the same origin
		return
	}
	log.Print("asked for customer-42")
}
