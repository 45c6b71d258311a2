package events

// A Payload is the data of one event type. The method set is closed to this package, so that a type switch over
// payloads can be checked for completeness.
type Payload interface {
	// Type returns the CloudEvents type. It is stored, so it never changes.
	Type() string
	// Key returns the id of the verification that the event belongs to, or "" for events of the whole system.
	Key() string
	payload()
}

// The event types. Names are for ever: add, never edit.
const (
	TypeRequested      = "io.bonafide.verification.requested.v1"
	TypeRejected       = "io.bonafide.verification.rejected.v1"
	TypeDecided        = "io.bonafide.verification.decided.v1"
	TypeActionRequired = "io.bonafide.verification.action_required.v1"
	TypeFailed         = "io.bonafide.verification.failed.v1"
	TypeErased         = "io.bonafide.verification.erased.v1"

	TypeOpened          = "io.bonafide.verification.opened.v1"
	TypeDocumentsAdded  = "io.bonafide.documents.added.v1"
	TypeCorrected       = "io.bonafide.subject.corrected.v1"
	TypeSubmitted       = "io.bonafide.verification.submitted.v1"
	TypeCancelled       = "io.bonafide.verification.cancelled.v1"
	TypeRechecked       = "io.bonafide.verification.rechecked.v1"
	TypeReviewed        = "io.bonafide.verification.reviewed.v1"
	TypeClaimed         = "io.bonafide.verification.claimed.v1"
	TypeSubjectErased   = "io.bonafide.subject.erased.v1"
	TypeWebhookReceived = "io.bonafide.webhook.received.v1"
	TypeCheckAnswered   = "io.bonafide.check.answered.v1"
	TypeChecksAnswered  = "io.bonafide.checks.answered.v1"
	TypePersonReported  = "io.bonafide.person.reported.v1"
	TypePersonReleased  = "io.bonafide.person.released.v1"
	TypeTimerFired      = "io.bonafide.timer.fired.v1"
	TypeFlowPublished   = "io.bonafide.flow.published.v1"
	TypeLinkRequested   = "io.bonafide.link.requested.v1"
	TypeInputLost       = "io.bonafide.input.lost.v1"

	TypePersonsRequested = "io.bonafide.persons.requested.v1"
	TypeMoved            = "io.bonafide.verification.moved.v1"
	TypeCheckRequested   = "io.bonafide.check.requested.v1"
	TypeDeadLettered     = "io.bonafide.message.dead_lettered.v1"
)
