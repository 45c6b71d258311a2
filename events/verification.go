package events

import (
	"time"

	"github.com/bonafide-id/bonafide/subject"
)

// VerificationRequested asks for a verification. It is the body of POST /v1/verifications and what upstream services
// publish to bonafide.requests.<tenant>. It holds personal data in clear.
type VerificationRequested struct {
	Flow              string             `json:"flow"`
	Reference         string             `json:"reference,omitempty"`
	Subject           subject.Subject    `json:"subject"`
	Documents         []DocumentUpload   `json:"documents,omitempty"`
	AssociatedPersons []AssociatedPerson `json:"associatedPersons,omitempty"`
	ReturnURL         string             `json:"returnUrl,omitempty"`
	CallbackURL       string             `json:"callbackUrl,omitempty"`
	Metadata          map[string]string  `json:"metadata,omitempty"`
	Hold              bool               `json:"hold,omitzero"`
}

// DocumentUpload is one document as it is handed in: Content is base64.
type DocumentUpload struct {
	Type     string `json:"type"`
	Side     string `json:"side,omitempty"` // FRONT, BACK or absent
	Country  string `json:"country,omitempty"`
	Filename string `json:"filename,omitempty"`
	Content  string `json:"content"`
}

// AssociatedPerson is an owner, director or representative of a business, in clear.
type AssociatedPerson struct {
	Reference string           `json:"reference"`
	Role      string           `json:"role,omitempty"`
	Ownership float64          `json:"ownership,omitzero"` // percent
	Person    subject.Person   `json:"person"`
	Documents []DocumentUpload `json:"documents,omitempty"`
}

// VerificationOpened is the sealed request: the first input of a verification.
type VerificationOpened struct {
	ID          string     `json:"id"`
	Tenant      string     `json:"tenant"`
	Flow        string     `json:"flow"`
	FlowDigest  string     `json:"flowDigest"` // the version that ingest knew, "sha256:…"
	Reference   string     `json:"reference,omitempty"`
	SubjectType string     `json:"subjectType"`
	Country     string     `json:"country,omitempty"` // of the address, else the nationality; for conditions of flows
	Sealed      Sealed     `json:"sealed"`            // a Dossier
	Documents   []Document `json:"documents,omitempty"`
	Parties     []Party    `json:"parties,omitempty"`
	Hold        bool       `json:"hold,omitzero"`
	RequestedAt time.Time  `json:"requestedAt,omitzero"` // when upstream asked, if it said so
	Fingerprint string     `json:"fingerprint,omitempty"`
	Parent      *Parent    `json:"parent,omitempty"` // of a person's: the business that asks for it
}

// Dossier is the plaintext inside VerificationOpened.Sealed: everything personal of a request but its documents.
type Dossier struct {
	Subject           subject.Subject    `json:"subject"`
	AssociatedPersons []AssociatedPerson `json:"associatedPersons,omitempty"` // without documents
	ReturnURL         string             `json:"returnUrl,omitempty"`
	CallbackURL       string             `json:"callbackUrl,omitempty"`
	Metadata          map[string]string  `json:"metadata,omitempty"`
}

// String hides the dossier from logs.
func (Dossier) String() string { return "dossier(hidden)" }

// Party names an associated person without saying who they are. Where the flow has persons verified on their own it is also
// what that verification is opened with: everything from ID on. Of two parties that are one person the first has it.
type Party struct {
	Reference  string     `json:"reference"`
	Role       string     `json:"role,omitempty"`
	Ownership  float64    `json:"ownership,omitzero"`
	ID         string     `json:"id,omitempty"`  // of the verification; the same for all businesses of a tenant that name the person
	Own        string     `json:"own,omitempty"` // the id to open where that of ID is erased; nobody else shares it
	Flow       string     `json:"flow,omitempty"`
	FlowDigest string     `json:"flowDigest,omitempty"`
	Country    string     `json:"country,omitempty"`
	Sealed     *Sealed    `json:"sealed,omitempty"`    // a Dossier, under a key of the person alone, sealed for the business
	Documents  []Document `json:"documents,omitempty"` // sealed for the business
}

// Parent is a business that asks for a person's verification.
type Parent struct {
	ID    string `json:"id"`
	Round int    `json:"round,omitzero"` // how often it has asked again
}

// Sealed is an encrypted box and the number of its key in the key store. Without that key it is noise for ever.
type Sealed struct {
	Key uint64 `json:"key"`
	Box []byte `json:"box"`           // base64 in JSON
	For string `json:"for,omitempty"` // the verification that it was sealed for, where that is another
}

// Document is the claim check of a sealed document in the blob store.
type Document struct {
	Type      string `json:"type"`
	Side      string `json:"side,omitempty"`
	Country   string `json:"country,omitempty"`
	Person    string `json:"person,omitempty"` // reference of the associated person it belongs to
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`          // of the plaintext, in bytes
	SHA256    string `json:"sha256"`        // of the sealed bytes, hex
	Ref       string `json:"ref"`           // blob key
	Key       uint64 `json:"key"`           // number of its key in the key store
	For       string `json:"for,omitempty"` // the verification that it was sealed for, where that is another
}

// DocumentsAdded says that documents of a verification have been stored.
type DocumentsAdded struct {
	ID        string     `json:"id"`
	Tenant    string     `json:"tenant"`
	Documents []Document `json:"documents"`
	Dedupe    string     `json:"dedupe,omitempty"` // the same words twice are one addition
}

// SubjectCorrected says that some of what was claimed has been corrected. The claim stays as it was: a correction is added to it.
type SubjectCorrected struct {
	ID      string   `json:"id"`
	Tenant  string   `json:"tenant"`
	Members []string `json:"members"`          // JSON pointers of what is corrected, never what it is now
	Sealed  Sealed   `json:"sealed"`           // a Correction
	Dedupe  string   `json:"dedupe,omitempty"` // the same words twice are one correction
}

// VerificationSubmitted says that all documents of a held verification are in.
type VerificationSubmitted struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
}

// VerificationCancelled stops a verification.
type VerificationCancelled struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	Reason string `json:"reason,omitempty"`
}

// VerificationRechecked asks for all checks again as a new attempt.
type VerificationRechecked struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	Dedupe string `json:"dedupe,omitempty"`
}

// VerificationReviewed is a reviewer's word. Component "" means the whole verification.
type VerificationReviewed struct {
	ID        string `json:"id"`
	Tenant    string `json:"tenant"`
	Component string `json:"component,omitempty"`
	Result    string `json:"result"`
	Reviewer  string `json:"reviewer"` // id of the credential, not a name
	Reason    Sealed `json:"reason"`
	Dedupe    string `json:"dedupe,omitempty"`
}

// VerificationClaimed says that a reviewer claims a verification, so that no other one works on it, or gives it back. Who
// has it, and until when, the resolver decides.
type VerificationClaimed struct {
	ID        string `json:"id"`
	Tenant    string `json:"tenant"`
	Reviewer  string `json:"reviewer"` // id of the credential, not a name
	GivenBack bool   `json:"givenBack,omitzero"`
}

// LinkRequested asks for a page of a vendor for the subject. Which vendors have one only the edge knows, so it says so here.
type LinkRequested struct {
	ID       string   `json:"id"`
	Tenant   string   `json:"tenant"`
	Check    string   `json:"check,omitempty"`    // of this check; "": of any
	Provider string   `json:"provider,omitempty"` // of this vendor; "": of any
	Makers   []string `json:"makers,omitempty"`   // the vendors that make pages when asked
	Fresh    bool     `json:"fresh,omitzero"`     // a new one, even if there is one that has not expired
	Dedupe   string   `json:"dedupe,omitempty"`   // the same words twice are one wish for a new one
}

// SubjectErased says that the keys of a verification's subject have been destroyed.
type SubjectErased struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
}

// TimerFired wakes a verification: whatever is due at the event's stream time happens.
type TimerFired struct {
	ID string    `json:"id"`
	At time.Time `json:"at"` // when it was due
}

// FlowPublished brings a flow's version to a shard. Source is the YAML as written.
type FlowPublished struct {
	Flow   string `json:"flow"`
	Digest string `json:"digest"`
	Source []byte `json:"source"`
}

// InputLost stands where an input was that a loss of power took: the logs speak of its number, so no other input may have it.
type InputLost struct {
	Shard int    `json:"shard"`
	Input uint64 `json:"input"` // its number: the sequence that this event has
}

func (VerificationRequested) Type() string { return TypeRequested }
func (VerificationOpened) Type() string    { return TypeOpened }
func (DocumentsAdded) Type() string        { return TypeDocumentsAdded }
func (SubjectCorrected) Type() string      { return TypeCorrected }
func (VerificationSubmitted) Type() string { return TypeSubmitted }
func (VerificationCancelled) Type() string { return TypeCancelled }
func (VerificationRechecked) Type() string { return TypeRechecked }
func (VerificationReviewed) Type() string  { return TypeReviewed }
func (VerificationClaimed) Type() string   { return TypeClaimed }
func (LinkRequested) Type() string         { return TypeLinkRequested }
func (SubjectErased) Type() string         { return TypeSubjectErased }
func (TimerFired) Type() string            { return TypeTimerFired }
func (FlowPublished) Type() string         { return TypeFlowPublished }
func (InputLost) Type() string             { return TypeInputLost }

func (VerificationRequested) Key() string   { return "" }
func (e VerificationOpened) Key() string    { return e.ID }
func (e DocumentsAdded) Key() string        { return e.ID }
func (e SubjectCorrected) Key() string      { return e.ID }
func (e VerificationSubmitted) Key() string { return e.ID }
func (e VerificationCancelled) Key() string { return e.ID }
func (e VerificationRechecked) Key() string { return e.ID }
func (e VerificationReviewed) Key() string  { return e.ID }
func (e VerificationClaimed) Key() string   { return e.ID }
func (e LinkRequested) Key() string         { return e.ID }
func (e SubjectErased) Key() string         { return e.ID }
func (e TimerFired) Key() string            { return e.ID }
func (FlowPublished) Key() string           { return "" }
func (InputLost) Key() string               { return "" }

func (VerificationRequested) payload() {}
func (VerificationOpened) payload()    {}
func (DocumentsAdded) payload()        {}
func (SubjectCorrected) payload()      {}
func (VerificationSubmitted) payload() {}
func (VerificationCancelled) payload() {}
func (VerificationRechecked) payload() {}
func (VerificationReviewed) payload()  {}
func (VerificationClaimed) payload()   {}
func (LinkRequested) payload()         {}
func (SubjectErased) payload()         {}
func (TimerFired) payload()            {}
func (FlowPublished) payload()         {}
func (InputLost) payload()             {}
