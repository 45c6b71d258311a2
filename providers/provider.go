// Package providers is the edge: what a vendor integration is, and what it may rely on.
//
// A vendor does three things that need different trust, so each is separate: Send and Poll need the API key and run in
// the dispatcher; a webhook is authenticated with the webhook's secret in ingest; Read needs nothing, is pure, and runs
// in the dispatcher, in tests and when old bytes are read again with a better mapping.
package providers

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/subject"
)

// Provider calls one vendor with one set of credentials.
//
// Implementations are safe for concurrent use and honour ctx. They do not retry, sleep or log: they return an error
// with a class (package fault) and the resolver decides. They return what the vendor said as received, even when they
// do not understand it. They never keep a Request after they returned.
type Provider interface {
	// Send starts a check at the vendor. After a crash it is called again with the same Operation: with Spec.Idempotent
	// the vendor (or the client, by asking first) makes the two one; without it the dispatcher has asked Look before.
	//
	// When a step of several fails, the error is returned together with a Reply that holds the Ref and the exchanges so
	// far, so that nothing that the vendor has created is forgotten. A Send with the Ref of this attempt goes on with what is
	// there: after such a failure, or because Link has made it.
	Send(ctx context.Context, r Request) (Reply, error)

	// Poll reads the truth about a check again. r.Ref is what the last Reply of this check said.
	Poll(ctx context.Context, r Request) (Reply, error)
}

// Looker finds out whether a check was already created at a vendor that has no idempotency.
type Looker interface {
	// Look returns found = true and the check's state if the vendor has a check that was created for r since the time
	// given. What is taken is not r's. It changes nothing at the vendor.
	Look(ctx context.Context, r Request, since time.Time, taken Taken) (reply Reply, found bool, err error)
}

// Taken says whether what the vendor calls id is known to be of another operation than the one looked for.
type Taken func(ctx context.Context, id string) (bool, error)

// Resubmitter hands in what was asked for, for a check that exists at the vendor: documents and, where r.Corrected, what is now
// claimed of the subject and of parties. For a vendor without it a resubmission is a new Send with a higher Attempt.
type Resubmitter interface {
	Resubmit(ctx context.Context, r Request) (Reply, error)
}

// Eraser deletes the person of a check at the vendor.
type Eraser interface {
	Erase(ctx context.Context, r Request) (Reply, error)
}

// Linker makes a page of the vendor for the subject: the first one, or a new one when the last has expired. Without r.Ref it
// makes at the vendor what the page needs first, under the Operation of the check, hands nothing in, and starts no check; a
// subject for whom there is no page is refused with class Invalid before anything is made. Read finds the page in the reply as an
// Action open_link with its URL and, where the vendor says so, its ExpiresAt. A link that is made twice does no harm: at most the
// older one stops working. Spec.Pages says that a vendor is one.
type Linker interface {
	Link(ctx context.Context, r Request) (Reply, error)
}

// Concluder tells the vendor what was decided (r.Conclusion), where the vendor keeps such a word. Said twice it is said once.
type Concluder interface {
	Conclude(ctx context.Context, r Request) (Reply, error)
}

// Webhook authenticates and routes a vendor's webhooks. Implementations are safe for concurrent use.
type Webhook interface {
	// Authenticate looks at the bytes as received, before anything parses them. A refusal has class Unauthorized.
	// A vendor that does not sign returns nil and says so in Spec.Unsigned.
	Authenticate(h http.Header, body []byte, now time.Time) error

	// Route says what an authentic webhook is about. pathID is the verification id of /webhooks/{provider}/{id}, or "".
	// A webhook that is about no verification of ours returns Hint{} with Ignore set. A body that cannot be read is an
	// error of class Malformed.
	Route(pathID string, h http.Header, body []byte) (Hint, error)
}

// Hint is what a webhook says: that something happened, not what is true.
type Hint struct {
	Verification string    // our id
	Check        string    // name of the check; "" when the bytes do not say
	Event        string    // the vendor's name for it
	Dedupe       string    // equal for repetitions of one event, by meaning
	At           time.Time // by the vendor's clock; zero when unknown
	Ignore       bool      // authentic, and none of our business
}

// Request is one call to make, with the person in clear.
type Request struct {
	Operation    string // deterministic and unique: "<verification>.<check>.<attempt>"; usable as idempotency key
	ExternalID   string // "<verification>.<check>": the same for all attempts; what a vendor gets as its external id
	Verification string
	Check        string
	Attempt      int
	Components   []string // what the flow wants from this check
	Params       jsontext.Value
	Subject      subject.Subject
	Parties      []Party
	Documents    []Document
	Corrected    bool   // Subject or Parties are not what they were at first: see Resubmitter
	CallbackURL  string // where this verification's webhooks of this vendor go; "" when we cannot be called
	ReturnURL    string
	Ref          jsontext.Value // of the last Reply; nil before the first
	Earlier      jsontext.Value // for Send: of the last Reply of the round of checks before; nil if there was none
	Conclusion   string         // for Conclude: true, false, unknown
}

// String hides the request from logs.
func (r Request) String() string { return "request(" + r.Operation + ")" }

// GoString hides the request from %#v.
func (r Request) GoString() string { return r.String() }

// Party is an associated person of a business, in clear.
type Party struct {
	Reference string
	Role      string
	Ownership float64
	Person    subject.Person
}

// String hides the party from logs.
func (p Party) String() string { return "party(hidden)" }

// Document is a document to hand to a vendor.
type Document struct {
	Type      string // PASSPORT, ID_CARD, DRIVERS_LICENSE, RESIDENCE_PERMIT, SELFIE, PROOF_OF_ADDRESS, BANK_STATEMENT, COMPANY_REGISTRATION
	Side      string // FRONT, BACK or ""
	Country   string // ISO 3166 alpha-3 or alpha-2, as handed in
	Person    string // reference of the associated person it belongs to, or ""
	MediaType string
	Size      int64
	// Open returns the plaintext from the start, each time it is called. The caller closes it.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Reply is what the vendor said, as received.
type Reply struct {
	Ref       jsontext.Value `json:"ref,omitempty"` // what identifies the check at the vendor; opaque to everybody else; no personal data
	Exchanges []Exchange     `json:"exchanges"`     // in order of time
	At        time.Time      `json:"at"`            // when the last was received
	// Made is the vendor's id of the check that this call created or Look found. A vendor has it whose Look cannot tell one
	// check from another of the same name: whose it is is written down then, see Taken.
	Made string `json:"-"`
}

// Exchange is one answer of a vendor. Requests are not kept: they hold what we already have.
type Exchange struct {
	Op        string            `json:"op"` // which call, in the words of the vendor's folder: "create", "status"
	Status    int               `json:"status"`
	MediaType string            `json:"mediaType,omitempty"`
	Header    map[string]string `json:"header,omitempty"` // the few that Read needs
	Body      []byte            `json:"body"`
}

// ReadFunc says in our words what a reply means. It is pure. What it does not recognise is "unknown", never "true"; a
// reply that it cannot read at all is an error of class Malformed whose text repeats nothing of the reply.
type ReadFunc func(Reply) (Outcome, error)

// Outcome is a reply in our words.
type Outcome struct {
	Status     string    // completed, pending, awaiting_subject, in_review, failed: the words of events.Answer…
	Why        string    // with failed: in our words
	ObservedAt time.Time // by the vendor's clock; orders the outcomes of one check
	Findings   []Finding
	Actions    []Action
	Unknown    []string         // words of the vendor that its table does not have; counted
	Extracted  *subject.Person  // what the vendor read from documents; in clear; compared with what was claimed
	Registered *subject.Company // what it read of a business in a register or its documents; likewise
}

// Finding is what a check says of one component. Reasoning is in our words: never the vendor's prose.
type Finding struct {
	Component  string
	Result     string // true, false, flagged, unknown
	Confidence float64
	Reasoning  string
	Reasons    []string // our codes: see Reasons
	Labels     []string // the vendor's own words: codes, never prose
	Person     string   // reference of the associated person
	Expires    time.Time
}

// Action is something the subject must do.
type Action struct {
	Type      string // resubmit, open_link, correct_data
	Document  string
	Side      string
	Person    string
	URL       string
	Message   string // the vendor's words for the subject; the dispatcher drops it when it repeats something personal
	Reasons   []string
	ExpiresAt time.Time
}

// Spec is what is fixed about a vendor.
type Spec struct {
	Name        string          // lower case: a token of subjects, of URLs and the prefix of variables
	Title       string          // as the vendor writes it
	Components  []string        // what it can speak of
	Subjects    []string        // person, business
	Idempotent  bool            // a repeated Send with the same ExternalID costs and changes nothing
	Alone       bool            // two Sends or Resubmits of one Operation at the same time may be paid twice: they do not overlap
	Unsigned    bool            // its webhooks carry no signature
	Concludes   bool            // it can be told what was decided: it is a Concluder
	Pages       bool            // it makes pages for the subject when asked: it is a Linker
	Timeout     time.Duration   // of one Send, Poll or Resubmit as a whole
	Concurrency int             // calls in flight per connection and process
	Rate        Rate            // of the connection, over all replicas; zero is unlimited
	Scarce      map[string]Rate // kinds of requests that the vendor limits by themselves, too: see WithScarce
	PollEvery   time.Duration   // how often a check without news is asked for; 0 = never
	Mapping     string          // version of Read, "sumsub/1": part of every finding's provenance
	Params      string          // JSON Schema of the flow's params for this provider; "" = none allowed
}

// Rate is a number of HTTP requests per window. Every request counts, whatever it does.
type Rate struct {
	Calls int
	Per   time.Duration
}
