// Package events is Bonafide's contract: every event that travels on its streams, their names and subjects, and how
// they are written to and read from NATS messages.
//
// Events are CloudEvents 1.0. They are written in binary mode of the NATS binding (attributes as ce- headers, the JSON
// data as the message's body); both binary and structured mode are read. The internal ones that travel most are also written
// in a compact form.
package events

import "time"

// Event is one CloudEvent with its data decoded.
type Event struct {
	ID      string // with Source: what tells a repetition
	Source  string // the emitter, a URI reference
	Subject string // verification id; "" for events of the whole system
	Time    time.Time
	Data    Payload

	// Extensions that we know. "" and zero are absent.
	PartitionKey       string
	CorrelationID      string
	CausationID        string
	TraceParent        string
	RecordedTime       time.Time
	DataClassification string

	// Compact says that the event came in the compact form, and asks Encode for it. It is no attribute.
	Compact bool

	// Extensions that we do not know, by lower-case name. They are kept.
	Extensions map[string]string
}

// Header is the part of a NATS message that is not its body. Its keys keep the case they were written in.
type Header = map[string][]string
