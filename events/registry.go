package events

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// How much an event tells of a person. The words go into the dataclassification attribute.
const (
	ClassRestricted   = "restricted"   // personal data in clear
	ClassConfidential = "confidential" // sealed, or about one verification
	ClassInternal     = "internal"     // about the system
)

// ErrUnknownType says that an event is well-formed and of a type that this program does not know. During a rolling
// deployment that is a newer event, not a broken one: it is tried again, never buried.
var ErrUnknownType = errors.New("events: unknown type")

// schemaBase is where the JSON Schemas of public events are published.
const schemaBase = "https://bonafide-id.github.io/schemas/"

// kind is what the registry knows of one type.
type kind struct {
	name   string
	class  string
	schema string // URL; "" for internal types
	decode func([]byte) (Payload, error)
}

// kinds is the registry: one line per event type.
var kinds = index(
	public[VerificationRequested](ClassRestricted, "verification.requested.v1.json"),
	public[VerificationRejected](ClassConfidential, "verification.rejected.v1.json"),
	public[VerificationDecided](ClassConfidential, "verification.decided.v1.json"),
	public[ActionRequired](ClassConfidential, "verification.action_required.v1.json"),
	public[VerificationFailed](ClassConfidential, "verification.failed.v1.json"),
	public[VerificationErased](ClassConfidential, "verification.erased.v1.json"),

	internal[VerificationOpened](ClassConfidential),
	internal[DocumentsAdded](ClassConfidential),
	internal[SubjectCorrected](ClassConfidential),
	internal[VerificationSubmitted](ClassConfidential),
	internal[VerificationCancelled](ClassConfidential),
	internal[VerificationRechecked](ClassConfidential),
	internal[VerificationReviewed](ClassConfidential),
	internal[VerificationClaimed](ClassConfidential),
	internal[SubjectErased](ClassConfidential),
	internal[WebhookReceived](ClassConfidential),
	internal[CheckAnswered](ClassConfidential),
	internal[ChecksAnswered](ClassConfidential),
	internal[PersonReported](ClassConfidential),
	internal[PersonReleased](ClassConfidential),
	internal[TimerFired](ClassInternal),
	internal[FlowPublished](ClassInternal),
	internal[LinkRequested](ClassConfidential),
	internal[InputLost](ClassInternal),

	internal[PersonsRequested](ClassConfidential),
	internal[VerificationMoved](ClassConfidential),
	internal[CheckRequested](ClassConfidential),
	internal[DeadLettered](ClassConfidential),
)

func public[P Payload](class, schema string) kind {
	k := internal[P](class)
	k.schema = schemaBase + schema
	return k
}

func internal[P Payload](class string) kind {
	var zero P
	return kind{name: zero.Type(), class: class, decode: func(b []byte) (Payload, error) {
		if p, ok := quick[P](b); ok {
			return p, nil
		}
		var p P
		if err := json.Unmarshal(b, &p); err != nil {
			return nil, fmt.Errorf("events: data of %s: %w", p.Type(), dataError(err))
		}
		return p, nil
	}}
}

// index builds the registry. A type listed twice panics, thus in every test.
func index(ks ...kind) map[string]*kind {
	m := make(map[string]*kind, len(ks))
	for i := range ks {
		if _, twice := m[ks[i].name]; twice {
			panic("events: type listed twice: " + ks[i].name)
		}
		m[ks[i].name] = &ks[i]
	}
	return m
}

// dataError keeps where JSON was wrong and drops what was there, since that may be somebody's data.
func dataError(err error) error {
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		return fmt.Errorf("%w at %q", ErrMalformed, sem.JSONPointer)
	}
	return fmt.Errorf("%w: not JSON of the expected form", ErrMalformed)
}

// ErrMalformed says that a message is not a CloudEvent, or that its data has not the form of its type.
var ErrMalformed = errors.New("events: malformed")

// Types returns every event type that this package knows, public ones with the URL of their schema.
func Types() map[string]string {
	m := make(map[string]string, len(kinds))
	for name, k := range kinds {
		m[name] = k.schema
	}
	return m
}
