package decision

import "time"

// View is a verification as everybody may see it. It mirrors events.View.
type View struct {
	ID                string
	Tenant            string
	Reference         string
	Flow              string
	FlowDigest        string
	Status            string
	CreatedAt         time.Time
	UpdatedAt         time.Time
	Deadline          time.Time
	Decision          *DecisionView
	Details           []Detail
	Checks            []CheckView
	Actions           []Action
	AssociatedPersons []PartyResult
	Failure           *Failure
}

// DecisionView mirrors events.Decision.
type DecisionView struct {
	Revision   int
	Final      bool
	Result     string
	Confidence float64
	Reasoning  string
	Reasons    []string
	DecidedAt  time.Time
	Supersedes *int
	Cause      string
}

// Detail mirrors events.Detail.
type Detail struct {
	Component  string
	Result     string
	Confidence float64
	Reasoning  string
	Reasons    []string
	Labels     []string
	Provider   string
	Check      string
	Attempt    int
	ObservedAt time.Time
	Evidence   []string // "sha256:…"
}

// CheckView mirrors events.CheckState.
type CheckView struct {
	Name     string
	Provider string
	Status   string
	Attempt  int
	Reason   string
}

// PartyResult mirrors events.PartyResult.
type PartyResult struct {
	Reference string
	ID        string
	Role      string
	Ownership float64
	Result    string
}

// Failure mirrors events.Failure.
type Failure struct {
	Class  string
	Reason string
}

// The states of a verification.
const (
	StatusInitiated = "initiated"
	StatusAwaiting  = "awaiting_subject"
	StatusRunning   = "running"
	StatusInReview  = "in_review"
	StatusCompleted = "completed"
	StatusFailed    = "failed"
	StatusCancelled = "cancelled"
	StatusErased    = "erased"
)
