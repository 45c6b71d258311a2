package events

import "time"

// View is a verification as everybody may see it: no personal data. It answers GET /v1/verifications/{id}, and is the
// data of the decided, action_required, failed and erased events.
type View struct {
	ID                string        `json:"id"`
	Tenant            string        `json:"tenant,omitempty"` // in events; absent in answers of the API
	Reference         string        `json:"reference,omitempty"`
	Flow              string        `json:"flow"`
	FlowDigest        string        `json:"flowDigest"`
	Status            string        `json:"status"`
	CreatedAt         time.Time     `json:"createdAt"`
	UpdatedAt         time.Time     `json:"updatedAt"`
	Deadline          time.Time     `json:"deadline,omitzero"`
	Decision          *Decision     `json:"decision,omitempty"`
	Details           []Detail      `json:"details,omitempty"`
	Checks            []CheckState  `json:"checks,omitempty"`
	Actions           []Action      `json:"actions,omitempty"`
	AssociatedPersons []PartyResult `json:"associatedPersons,omitempty"`
	Failure           *Failure      `json:"failure,omitempty"`   // with status failed
	Review            *Review       `json:"review,omitempty"`    // what reviewers have to do with it, or had
	Signature         *Signature    `json:"signature,omitempty"` // of a view with a decision, where decisions are signed
}

// Decision is one numbered revision. It is never edited; a later one supersedes it.
type Decision struct {
	Revision   int       `json:"revision"`
	Final      bool      `json:"final"`  // no check is open any more
	Result     string    `json:"result"` // true, false, unknown
	Confidence float64   `json:"confidence"`
	Reasoning  string    `json:"reasoning"`
	Reasons    []string  `json:"reasons"`
	DecidedAt  time.Time `json:"decidedAt"`
	Supersedes *int      `json:"supersedes"`      // the revision before; null for the first
	Cause      string    `json:"cause,omitempty"` // with a superseding one: what changed
}

// Detail is the finding that counts for one component.
type Detail struct {
	Component  string    `json:"component"`
	Result     string    `json:"result"` // true, false, flagged, unknown
	Confidence float64   `json:"confidence"`
	Reasoning  string    `json:"reasoning,omitempty"`
	Reasons    []string  `json:"reasons,omitempty"`
	Labels     []string  `json:"labels,omitempty"`
	Provider   string    `json:"provider"`
	Check      string    `json:"check"`
	Attempt    int       `json:"attempt"`
	ObservedAt time.Time `json:"observedAt,omitzero"`
	Evidence   []string  `json:"evidence,omitempty"` // "sha256:…"
}

// CheckState is where one check stands.
type CheckState struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
	Status   string `json:"status"` // waiting, running, awaiting_subject, in_review, completed, failed
	Attempt  int    `json:"attempt"`
	Reason   string `json:"reason,omitempty"` // why it failed or why this provider was taken
	Split    *Split `json:"split,omitempty"`  // where the flow splits its customers between providers
}

// Split says with which provider a check began for this customer, and for how many of a hundred it does.
type Split struct {
	Provider string `json:"provider"`
	Percent  int    `json:"percent"`
}

// PartyResult is an associated person of a business.
type PartyResult struct {
	Reference string  `json:"reference"`
	ID        string  `json:"id,omitempty"` // the person's own verification, where there is one
	Role      string  `json:"role,omitempty"`
	Ownership float64 `json:"ownership,omitzero"`
	Result    string  `json:"result"`
	Status    string  `json:"status,omitempty"` // of the person's own verification
}

// Failure says why there is no verdict.
type Failure struct {
	Class  string `json:"class"`
	Reason string `json:"reason"`
}

// Review is what reviewers have to do with a verification, or had.
type Review struct {
	Words []ReviewWord `json:"words"`           // oldest first
	Since time.Time    `json:"since,omitzero"`  // in review since then
	Waits []Wait       `json:"waits,omitempty"` // with what, while it is in review
	Claim *Claim       `json:"claim,omitempty"`
}

// Wait is one thing that a reviewer is waited for with. Component "" means the whole verification.
type Wait struct {
	Why       string `json:"why"`
	Component string `json:"component,omitempty"`
}

// Claim says that a reviewer has a verification to themselves until then.
type Claim struct {
	Reviewer  string    `json:"reviewer"` // id of the credential, not a name
	ExpiresAt time.Time `json:"expiresAt"`
}

// ReviewWord is what one reviewer said of one component, or with "" of the whole verification.
type ReviewWord struct {
	Result    string    `json:"result"`
	Component string    `json:"component,omitempty"`
	Reviewer  string    `json:"reviewer"` // id of the credential, not a name
	At        time.Time `json:"at"`
	Weight    string    `json:"weight"` // counts; open: another must agree; suspended: checks are asked again; ended: what it judged has changed
}

// VerificationDecided is a decision: the view at that moment, with Decision set.
type VerificationDecided struct{ View }

// ActionRequired asks the subject to do something: the view at that moment, with Actions set.
type ActionRequired struct{ View }

// VerificationFailed is a technical failure, never a verdict: the view with Failure set.
type VerificationFailed struct{ View }

// VerificationErased says that the person is erased.
type VerificationErased struct{ View }

// VerificationMoved says that a verification has another status, where no other record of the log says so: the view at
// that moment. It is for the read side and not published.
type VerificationMoved struct{ View }

// VerificationRejected says that a request can never start, and why. It is RFC 9457 problem details.
type VerificationRejected struct {
	ID        string  `json:"id"`                // of the verification that will not be
	EventID   string  `json:"eventId,omitempty"` // CloudEvents id of the request
	Source    string  `json:"source,omitempty"`  // CloudEvents source of the request
	Tenant    string  `json:"tenant"`
	Flow      string  `json:"flow,omitempty"`
	Reference string  `json:"reference,omitempty"`
	Problem   Problem `json:"problem"`
}

// Problem is an RFC 9457 problem document. Every error of the API has this form.
type Problem struct {
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail,omitempty"`
	Instance   string         `json:"instance,omitempty"`
	Errors     []ProblemField `json:"errors,omitempty"`
	RetryAfter int            `json:"retryAfter,omitzero"` // seconds
}

// ProblemField is one fault of a body.
type ProblemField struct {
	Pointer string `json:"pointer"` // JSON pointer
	Detail  string `json:"detail"`
}

func (VerificationDecided) Type() string  { return TypeDecided }
func (ActionRequired) Type() string       { return TypeActionRequired }
func (VerificationFailed) Type() string   { return TypeFailed }
func (VerificationErased) Type() string   { return TypeErased }
func (VerificationMoved) Type() string    { return TypeMoved }
func (VerificationRejected) Type() string { return TypeRejected }

func (e VerificationDecided) Key() string  { return e.ID }
func (e ActionRequired) Key() string       { return e.ID }
func (e VerificationFailed) Key() string   { return e.ID }
func (e VerificationErased) Key() string   { return e.ID }
func (e VerificationMoved) Key() string    { return e.ID }
func (e VerificationRejected) Key() string { return e.ID }

func (VerificationDecided) payload()  {}
func (ActionRequired) payload()       {}
func (VerificationFailed) payload()   {}
func (VerificationErased) payload()   {}
func (VerificationMoved) payload()    {}
func (VerificationRejected) payload() {}
