package events

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckRequested is a task: calls to make at one provider for one verification. One message carries all calls to that
// provider which one input caused.
type CheckRequested struct {
	ID          string   `json:"id"`
	Tenant      string   `json:"tenant"`
	Flow        string   `json:"flow"`
	Provider    string   `json:"provider"`
	SubjectType string   `json:"subjectType"`
	Opened      uint64   `json:"opened"`              // sequence of the VerificationOpened in the shard's input stream
	Sealed      *Sealed  `json:"sealed,omitempty"`    // the dossier itself, where it was at hand; else read Opened
	Corrected   []uint64 `json:"corrected,omitempty"` // sequences of the SubjectCorrected to add to the dossier, in order
	Calls       []Call   `json:"calls"`
}

// What a call does. The words are stored: add, never edit.
const (
	CallSend     = "send"     // start the check at the vendor
	CallPoll     = "poll"     // read the truth again
	CallResubmit = "resubmit" // hand in the documents and corrections that were asked for, for a check that exists at the vendor
	CallErase    = "erase"    // delete the person at the vendor
	CallLink     = "link"     // make a page of the vendor for the subject
	CallConclude = "conclude" // tell the vendor what was decided
)

// AnswerRemap is the kind of an answer that no call has caused: kept evidence was read again with another mapping. It carries
// that evidence, and no Ref.
const AnswerRemap = "remap"

// Call is one call of one check. The dispatcher answers each call with exactly one CheckAnswered; trying again is the
// resolver's business, so that attempts are counted in one place and are in the log.
type Call struct {
	Check      string         `json:"check"`
	Attempt    int            `json:"attempt"` // of the check; from 1; grows with resubmissions and rechecks
	Try        int            `json:"try"`     // of this call; from 1; grows with technical failures
	Kind       string         `json:"kind"`
	Operation  string         `json:"operation"` // deterministic; the same for every try
	Components []string       `json:"components,omitempty"`
	Params     jsontext.Value `json:"params,omitempty"` // the flow's params for this provider, normalised
	Documents  []Document     `json:"documents,omitempty"`
	Ref        jsontext.Value `json:"ref,omitempty"` // what the provider calls the check; opaque
	Deadline   time.Time      `json:"deadline,omitzero"`
	Conclusion string         `json:"conclusion,omitempty"` // with CallConclude: true, false or unknown
	Earlier    jsontext.Value `json:"earlier,omitempty"`    // with CallSend: the last ref of the round before, at this provider
}

// How a call ended. The words are stored: add, never edit.
const (
	AnswerCompleted = "completed"        // the vendor has said what it has to say for now
	AnswerPending   = "pending"          // the vendor works; a webhook or a poll brings more
	AnswerAwaiting  = "awaiting_subject" // the subject must act (see Actions)
	AnswerInReview  = "in_review"        // a human at the vendor looks at it
	AnswerRetry     = "retry"            // technical: not done, may heal (Class, RetryAfter)
	AnswerFailed    = "failed"           // technical: can never succeed (Class)
	AnswerErased    = "erased"           // the vendor deleted the person
)

// CannotErase is why CallErase fails at a vendor that has no such call. It is stored: it never changes.
const CannotErase = "the vendor has no call that erases a person"

// CheckAnswered is what came of one call.
type CheckAnswered struct {
	ID         string         `json:"id"`
	Tenant     string         `json:"tenant"`
	Check      string         `json:"check"`
	Provider   string         `json:"provider"`
	Attempt    int            `json:"attempt"`
	Try        int            `json:"try"`
	Kind       string         `json:"kind"`
	Operation  string         `json:"operation"`
	Status     string         `json:"status"`
	Class      string         `json:"class,omitempty"`     // with retry and failed: a fault class
	Why        string         `json:"why,omitempty"`       // with retry and failed: in our words
	RetryAfter int64          `json:"retryAfter,omitzero"` // milliseconds
	PollAfter  int64          `json:"pollAfter,omitzero"`  // milliseconds until it is worth asking; 0 = never poll
	ObservedAt time.Time      `json:"observedAt,omitzero"` // by the vendor's clock; orders answers of one check
	Ref        jsontext.Value `json:"ref,omitempty"`
	Findings   []Finding      `json:"findings,omitempty"`
	Actions    []Action       `json:"actions,omitempty"`
	Evidence   *Evidence      `json:"evidence,omitempty"`
	Mapping    string         `json:"mapping,omitempty"` // which reading made the findings, "sumsub/1"
	Marks      []Mark         `json:"marks,omitempty"`   // of what the vendor has read
}

// Mark stands for one thing that a vendor has read about the subject, without telling it: sums under a key of the verification
// that is destroyed with the person. Two vendors have read the same where they have a sum in common, and contradict each other
// where they have none.
type Mark struct {
	Of   string   `json:"of"`   // component, full stop, which of its data: "document_number.passport"
	Sums []string `json:"sums"` // one, or one for each word of a name; sorted
}

// ChecksAnswered is the answers to calls of one task that came together: several facts in one message.
type ChecksAnswered struct {
	ID      string          `json:"id"`
	Tenant  string          `json:"tenant"`
	Answers []CheckAnswered `json:"answers"`
}

// Facts returns what a payload says, one fact each: a payload that gathers several gives them in order, any other gives
// itself.
func Facts(p Payload) []Payload {
	many, ok := p.(ChecksAnswered)
	if !ok {
		return []Payload{p}
	}
	out := make([]Payload, len(many.Answers))
	for i, a := range many.Answers {
		out[i] = a
	}
	return out
}

// Finding is what a check says of one component.
type Finding struct {
	Component  string    `json:"component"`
	Result     string    `json:"result"` // true, false, flagged, unknown
	Confidence float64   `json:"confidence"`
	Reasoning  string    `json:"reasoning,omitempty"` // in our words
	Reasons    []string  `json:"reasons,omitempty"`   // our codes
	Labels     []string  `json:"labels,omitempty"`    // the vendor's own words
	Person     string    `json:"person,omitempty"`    // reference of the associated person it speaks of
	Expires    time.Time `json:"expires,omitzero"`    // when it stops being true, if the vendor says so
}

// Action is something the subject must do.
type Action struct {
	Type      string    `json:"type"` // resubmit, open_link, correct_data
	Document  string    `json:"document,omitempty"`
	Side      string    `json:"side,omitempty"`
	Person    string    `json:"person,omitempty"` // reference of the associated person who must act
	URL       string    `json:"url,omitempty"`
	Message   string    `json:"message,omitempty"` // safe to show to the subject
	Reasons   []string  `json:"reasons,omitempty"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// Evidence is the vendor's bytes as received, sealed. Small ones travel in Sealed, large ones lie in the blob store.
type Evidence struct {
	SHA256 string  `json:"sha256"` // of the sealed bytes, hex
	Size   int64   `json:"size"`   // of the plaintext, in bytes
	Sealed *Sealed `json:"sealed,omitempty"`
	Ref    string  `json:"ref,omitempty"` // blob key
	Key    uint64  `json:"key,omitzero"`  // number of the key, with Ref
}

// WebhookReceived says that a vendor has sent an authentic webhook. It is a hint: the truth is read from the vendor.
type WebhookReceived struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Check    string    `json:"check,omitempty"` // where the vendor's bytes name it
	Event    string    `json:"event"`           // the vendor's name for it
	Dedupe   string    `json:"dedupe"`          // equal for repetitions of one event, by meaning
	At       time.Time `json:"at,omitzero"`     // by the vendor's clock
	Signed   bool      `json:"signed"`
	Body     *Evidence `json:"body,omitempty"`
}

// DeadLettered keeps a message that could not be processed, with the reason.
type DeadLettered struct {
	ID       string    `json:"id,omitempty"`
	Stream   string    `json:"stream"`
	Sequence uint64    `json:"sequence"`
	Op       string    `json:"op,omitempty"` // where it could not be processed, for example "dispatch.task"
	Class    string    `json:"class"`
	Why      string    `json:"why"`
	At       time.Time `json:"at"`
	Subject  string    `json:"subject"`
	Message  *Sealed   `json:"message,omitempty"` // the message as it was, where a key was at hand
}

func (CheckRequested) Type() string  { return TypeCheckRequested }
func (CheckAnswered) Type() string   { return TypeCheckAnswered }
func (ChecksAnswered) Type() string  { return TypeChecksAnswered }
func (WebhookReceived) Type() string { return TypeWebhookReceived }
func (DeadLettered) Type() string    { return TypeDeadLettered }

func (e CheckRequested) Key() string  { return e.ID }
func (e CheckAnswered) Key() string   { return e.ID }
func (e ChecksAnswered) Key() string  { return e.ID }
func (e WebhookReceived) Key() string { return e.ID }
func (e DeadLettered) Key() string    { return e.ID }

func (CheckRequested) payload()  {}
func (CheckAnswered) payload()   {}
func (ChecksAnswered) payload()  {}
func (WebhookReceived) payload() {}
func (DeadLettered) payload()    {}
