package decision

import "time"

// State is all that is known of one verification. It is plain data: it is stored as JSON and comes back the same; who adds
// a member adds it to AppendJSON too. The slices and checks in it are shared between the states that steps return and are never written to, but by Take.
type State struct {
	ID        string     `json:"id,omitzero"`
	Tenant    string     `json:"tn,omitzero"`
	Flow      string     `json:"fl,omitzero"`
	Digest    string     `json:"fd,omitzero"`
	Reference string     `json:"rf,omitzero"`
	Subject   string     `json:"su,omitzero"`
	Country   string     `json:"co,omitzero"`
	Phase     Phase      `json:"ph,omitzero"`
	Status    string     `json:"st,omitzero"`
	Hold      bool       `json:"ho,omitzero"` // wait for Submitted
	CreatedAt Time       `json:"ca,omitzero"`
	UpdatedAt Time       `json:"ua,omitzero"` // of the last input that changed anything
	Deadline  Time       `json:"dl,omitzero"`
	Expires   Time       `json:"ex,omitzero"`  // when the first finding that counts stops being true
	Inputs    []uint64   `json:"in,omitempty"` // sequences of the inputs that changed anything; the first is Opened
	Seen      []uint64   `json:"se,omitempty"` // hashes of the last dedupe words
	Documents []Document `json:"do,omitempty"`
	Parties   []Party    `json:"pa,omitempty"`
	Corrected []uint64   `json:"cx,omitempty"` // sequences of the inputs that corrected what was claimed, the newest MaxCorrected
	Parents   []Parent   `json:"pp,omitempty"` // of a person's: the businesses that have asked for it
	Persons   []string   `json:"pr,omitempty"` // what the last decision found of the parties, in their order
	Checks    Checks     `json:"ck,omitempty"`
	Reviews   []Review   `json:"rv,omitempty"` // oldest first
	Claim     *Claim     `json:"cl,omitempty"`
	InReview  *InReview  `json:"iv,omitempty"` // with the status of that name
	Decision  *Decision  `json:"de,omitempty"`
	Failure   *Failure   `json:"fa,omitempty"`
	Done      bool       `json:"dn,omitzero"` // this round of checks has come to an end once
	Round     int        `json:"ro,omitzero"` // rechecks so far
}

// Phase is where the life of a verification stands, apart from its checks.
type Phase uint8

// The phases. The numbers are stored.
const (
	Absent    Phase = iota // no Opened yet
	Parked                 // opened; the flow is not known yet, or documents are still to come; pages can be made
	Started                // checks have been started
	Stopped                // cancelled
	Forgotten              // erased
)

// Progress is where one check stands.
type Progress struct {
	Name    string `json:"k"`
	Stage   Stage  `json:"s,omitzero"`
	Split   *Share `json:"l,omitempty"` // what the flow's split chose to begin with
	Until   Time   `json:"u,omitzero"`  // when this check stops being waited for
	Run     Run    `json:"r,omitzero"`  // at the provider whose turn it is
	Earlier []Run  `json:"e,omitempty"` // at providers that it has moved on from
	Before  []Run  `json:"b,omitempty"` // what counts while the check is run again because that has expired
	Held    bool   `json:"h,omitzero"`  // it counts as if it had not, where the flow says so
	Again   Time   `json:"g,omitzero"`  // when the check is to be run again for an expiry
	Known   []Know `json:"w,omitempty"` // where the person is known from runs before these
}

// Know is a provider's name for a check of a round that is over: there the person is to be erased, too.
type Know struct {
	Provider string `json:"p"`
	Attempt  int32  `json:"a"`
	Ref      string `json:"r"`
}

// Stage is where a check stands, apart from its run.
type Stage uint8

// The stages. The numbers are stored.
const (
	Waiting  Stage = iota // for the checks that it comes after
	Running               // at a provider
	Ended                 // nothing more is expected
	Skipped               // its condition does not hold
	TimedOut              // no answer until its deadline; a late one still counts
)

func (s Stage) open() bool { return s == Waiting || s == Running }

// Run is one check at one provider.
type Run struct {
	Provider    string     `json:"p,omitzero"`
	Route       int32      `json:"i,omitzero"` // index of the provider among the check's
	Attempt     int32      `json:"a,omitzero"`
	Resent      int32      `json:"n,omitzero"`  // resubmissions at this provider
	Try         int32      `json:"t,omitzero"`  // of the last call; counts all calls of an attempt
	Fails       int32      `json:"f,omitzero"`  // technical failures in a row
	Garbled     int32      `json:"u,omitzero"`  // answers that were not understood, since one that was
	Polls       int32      `json:"q,omitzero"`  // polls in a row without news
	Hinted      bool       `json:"h,omitzero"`  // a webhook came that could not be followed yet
	Flight      string     `json:"k,omitzero"`  // kind of the call that is out
	Status      string     `json:"s,omitzero"`  // of the newest answer, "" before the first
	Seen        Time       `json:"o,omitzero"`  // vendor's time of the newest answer; 0 when that is Answer
	SeenBy      int32      `json:"ot,omitzero"` // the call that it answered, by Try: of two answers of one instant the later call's is newer
	Withdrawn   Time       `json:"d,omitzero"`  // vendor's time of the newest "the subject must act again": older evidence does not count
	WithdrawnBy int32      `json:"dt,omitzero"` // the call that it answered
	NextAt      Time       `json:"x,omitzero"`  // when the next call is due
	NextKind    string     `json:"y,omitzero"`
	Ref         string     `json:"r,omitzero"`
	Class       string     `json:"c,omitzero"` // of the technical failures in a row, or of the final one
	Why         string     `json:"w,omitzero"`
	Moved       string     `json:"m,omitzero"` // why the check moved on from here: OnError, OnUnknown, OnFalse
	Asked       uint64     `json:"z,omitzero"` // hash of the actions that were asked for
	Actions     []Action   `json:"j,omitempty"`
	Given       []Document `json:"g,omitempty"` // documents handed in for Actions, as long as some are missing
	Mended      bool       `json:"e,omitzero"`  // what was claimed has been corrected for Actions, as long as documents are missing
	Answer      *Evidence  `json:"v,omitempty"` // the newest completed answer
	Page        *Page      `json:"b,omitempty"` // that somebody has asked for
	Told        *Telling   `json:"l,omitempty"` // what the vendor is told of the decision
}

// Evidence is a completed answer: what counts.
type Evidence struct {
	At       Time      `json:"o,omitzero"` // by the vendor's clock
	By       int32     `json:"t,omitzero"` // the call that it answered, by Try
	Attempt  int       `json:"a,omitzero"` // where it is not the run's
	Findings []Finding `json:"f,omitempty"`
	Digest   string    `json:"d,omitzero"`  // of the sealed bytes
	Marks    []Mark    `json:"m,omitempty"` // of what was read
}

// Decision is the last decision that was made.
type Decision struct {
	Revision   int      `json:"n"`
	Final      bool     `json:"f,omitzero"`
	Result     string   `json:"r"`
	Confidence float64  `json:"c,omitzero"`
	Reasoning  string   `json:"w"`
	Reasons    []string `json:"s"`
	At         Time     `json:"t"`
	Cause      string   `json:"u,omitzero"`
	Review     bool     `json:"v,omitzero"` // a rule wants a human to look
	Shown      uint64   `json:"k,omitzero"` // hash of the findings that it shows; 0 in states from before it was written
}

// Time is a time in Unix nanoseconds: small and exact in JSON. Zero is no time.
type Time int64

// TimeOf returns t as a Time; the zero time is 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixNano())
}

// Std returns t in UTC; 0 is the zero time.
func (t Time) Std() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(t)).UTC()
}

func (t Time) plus(d time.Duration) Time { return t + Time(d) }
