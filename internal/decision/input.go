package decision

import "time"

// Input is one fact, in the order of a shard's input stream. At is the stream's time: the only clock there is.
type Input struct {
	Seq  uint64
	At   time.Time
	Body Body
}

// A Body is what happened. The set is closed.
type Body interface{ body() }

// Opened is the first input of a verification. Later ones with the same identity are repetitions and change nothing, unless
// another business asks for the same person, or one asks again.
type Opened struct {
	ID          string
	Tenant      string
	Flow        string
	FlowDigest  string
	Reference   string
	SubjectType string
	Country     string
	Documents   []Document
	Parties     []Party
	Parent      *Parent // the business that asks for it, of a person's
	Hold        bool
	RequestedAt time.Time
}

// FlowKnown runs a verification that was parked because its flow's version had not been seen yet.
type FlowKnown struct{}

// Corrected says that what was claimed of the subject has been corrected. What it is now lies sealed in the input. The same
// Dedupe twice is one correction.
type Corrected struct {
	Dedupe string
}

// DocumentsAdded says that documents have been stored. The same Dedupe twice is one addition.
type DocumentsAdded struct {
	Documents []Document
	Dedupe    string
}

// Submitted says that all documents of a held verification are in.
type Submitted struct{}

// Cancelled stops a verification.
type Cancelled struct{ Reason string }

// Rechecked asks for all checks again as a new attempt. The same Dedupe twice is one recheck.
type Rechecked struct{ Dedupe string }

// Reviewed is a reviewer's word about one component, or about the whole verification when Component is "".
type Reviewed struct {
	Component string
	Result    string
	Reviewer  string
	Dedupe    string
}

// Claimed says that a reviewer claims the verification for ClaimTime, or gives it back.
type Claimed struct {
	Reviewer  string
	GivenBack bool
}

// LinkRequested asks for a page of a vendor for the subject: of a check and of a provider, either of which may be "" for
// any. Makers are the providers that make pages. Fresh wants a new one even if there is one; the same Dedupe twice is one
// such wish.
type LinkRequested struct {
	Check    string
	Provider string
	Makers   []string
	Fresh    bool
	Dedupe   string
}

// Erased says that the subject's keys are destroyed.
type Erased struct{}

// Hinted says that a vendor has sent an authentic webhook. Check is "" when the bytes do not name it.
type Hinted struct {
	Provider string
	Check    string
	Event    string
	Dedupe   string
	At       time.Time
}

// Answered is what came of one call. By pointer it is the same; what it points at is not held.
type Answered struct {
	Check      string
	Provider   string
	Attempt    int
	Try        int
	By         int // the call by its number, for the order of answers, where Try does not say it; 0: Try
	Kind       string
	Status     string
	Class      string
	Why        string
	RetryAfter time.Duration
	PollAfter  time.Duration
	ObservedAt time.Time
	Ref        string // opaque bytes
	Findings   []Finding
	Actions    []Action
	Evidence   string // SHA-256 of the sealed bytes, hex
	Mapping    string
	Marks      []Mark // of what the vendor has read
}

// Reported is what a person's verification says of itself to a business. As is the id by which the business has asked for
// it, Person the one that it has; Round is how often the business had asked again when it was said.
type Reported struct {
	Person string
	As     string
	Round  int
	Word   Word
}

// Released says that a business does not need this person any more; with Erase because the business is erased.
type Released struct {
	Parent string
	Erase  bool
}

// Tick says only that time has passed: whatever is due at the input's time happens, at every input.
type Tick struct{}

func (Opened) body()         {}
func (FlowKnown) body()      {}
func (DocumentsAdded) body() {}
func (Corrected) body()      {}
func (Submitted) body()      {}
func (Cancelled) body()      {}
func (Rechecked) body()      {}
func (Reviewed) body()       {}
func (Claimed) body()        {}
func (LinkRequested) body()  {}
func (Erased) body()         {}
func (Hinted) body()         {}
func (Answered) body()       {}
func (Reported) body()       {}
func (Released) body()       {}
func (Tick) body()           {}

// Document is the claim check of a sealed document.
type Document struct {
	Type      string `json:"t"`
	Side      string `json:"s,omitzero"`
	Country   string `json:"c,omitzero"`
	Person    string `json:"p,omitzero"`
	MediaType string `json:"m,omitzero"`
	Size      int64  `json:"z,omitzero"`
	SHA256    string `json:"h,omitzero"`
	Ref       string `json:"r,omitzero"`
	Key       uint64 `json:"k,omitzero"`
	For       string `json:"f,omitzero"` // verification that it was sealed for, where that is another
}

// Party names an associated person of a business.
type Party struct {
	Reference string  `json:"r"`
	Role      string  `json:"o,omitzero"`
	Ownership float64 `json:"w,omitzero"`
	ID        string  `json:"i,omitzero"` // of the person's own verification; "" where vendors are given the person
	Own       string  `json:"n,omitzero"` // the id to ask for where that of ID is erased: no other business shares it
	Asked     bool    `json:"a,omitzero"` // the verification has been asked for
	Round     int     `json:"u,omitzero"` // of checks in which it was asked for last
	Word      *Word   `json:"d,omitempty"`
}

// Finding is what a check says of one component.
type Finding struct {
	Component  string   `json:"c"`
	Result     string   `json:"r"`
	Confidence float64  `json:"f,omitzero"`
	Reasoning  string   `json:"w,omitzero"`
	Reasons    []string `json:"s,omitempty"`
	Labels     []string `json:"l,omitempty"`
	Person     string   `json:"p,omitzero"`
	Expires    Time     `json:"x,omitzero"`
}

// Action is something that the subject must do.
type Action struct {
	Type      string   `json:"t"`
	Document  string   `json:"d,omitzero"`
	Side      string   `json:"s,omitzero"`
	Person    string   `json:"p,omitzero"`
	URL       string   `json:"u,omitzero"`
	Message   string   `json:"m,omitzero"`
	Reasons   []string `json:"r,omitempty"`
	ExpiresAt Time     `json:"x,omitzero"`
}
