package decision

import "time"

// Policy is one compiled version of a flow. It is never changed once made and may be shared.
type Policy struct {
	Flow     string
	Digest   string
	Subject  string // person or business
	Deadline time.Duration
	Checks   []Check
	Bar      float64 // least confidence of true and false; 0 is DefaultBar
	Require  []string
	Rules    []Rule
	Expire   map[string]Expiry // by component; only looked up, never walked
	Tell     []string          // providers that are told of final decisions, and of those that supersede
	FourEyes bool              // two reviewers must agree before their words count
	Watch    time.Duration     // how long after the request checks that are done are still asked for now and then; 0: never
}

// DefaultBar is the confidence that true and false need where the flow does not say.
const DefaultBar = 95

// DefaultAttempts is how often a check may be sent or resubmitted to a provider where the flow does not say.
const DefaultAttempts = 3

// DefaultDeadline is when a verification is decided at the latest where the flow does not say.
const DefaultDeadline = 15 * time.Minute

// Check is one check of a flow.
type Check struct {
	Name       string
	Components []string
	Providers  []Route       // in order: the next one when On says so
	Split      []Share       // whom the check begins with; they sum to 100 and name Providers; empty: the first
	On         []string      // OnError, OnUnknown, OnFalse; empty is error and unknown
	Attempts   int           // sends and resubmissions at one provider; 0 is DefaultAttempts
	After      []string      // checks that must have ended before
	When       Condition     // nil: always
	Deadline   time.Duration // of this check from its start; 0: the verification's
	Optional   bool          // the decision does not wait for it
	Parties    *PartyRule    // with no providers: the associated persons, each on a verification of its own
}

// What moves a check on to its next provider.
const (
	OnError   = "error"
	OnUnknown = "unknown"
	OnFalse   = "false"
)

// Route is a provider of a check. Params is JSON, opaque here.
type Route struct {
	Provider string
	Params   []byte
}

// Rule decides when If holds. Rules come before the built-in rule; the first that holds wins.
type Rule struct {
	Text   string
	If     Condition
	Reads  []string // the components that If asks about
	Result string
	Reason string
	Review bool
}

// Expiry says when a finding stops being true: After its observation, and, with Until, when the vendor says so. It is
// unknown from then on, unless Recheck has its check run again; then, with Stands, it is true until that has come to an end.
type Expiry struct {
	After   time.Duration
	Until   bool
	Recheck bool
	Stands  bool
}

// Condition is a question about facts. It must be pure. An error counts as yes for When (the check runs) and as
// unknown for a rule.
type Condition func(Facts) (bool, error)

// Facts are what conditions may ask about.
type Facts struct {
	SubjectType string
	Country     string
	Findings    []Fact // one per component that the flow knows, in the order of the flow; absent ones are Missing
}

// Fact is what is known of one component.
type Fact struct {
	Component  string
	Result     string // true, false, flagged, unknown, missing
	Confidence float64
	Reasons    []string
}
