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
	Review            *ReviewView
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

// ReviewView mirrors events.Review.
type ReviewView struct {
	Since time.Time
	Waits []Wait
	Claim *ClaimView
	Words []WordView
}

// ClaimView mirrors events.Claim.
type ClaimView struct {
	Reviewer  string
	ExpiresAt time.Time
}

// WordView mirrors events.ReviewWord.
type WordView struct {
	Result    string
	Component string
	Reviewer  string
	At        time.Time
	Weight    string // open, counts, ended, suspended
}

// CheckView mirrors events.CheckState.
type CheckView struct {
	Name     string
	Provider string
	Status   string
	Attempt  int
	Reason   string
	Split    *Share // what the flow's split chose to begin with; nil without one
}

// PartyResult mirrors events.PartyResult.
type PartyResult struct {
	Reference string
	ID        string
	Role      string
	Ownership float64
	Result    string
	Status    string // of the person's own verification, where there is one
}

// Failure mirrors events.Failure.
type Failure struct {
	Class  string `json:"c"`
	Reason string `json:"w"`
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

// View returns the verification as everybody may see it. What it returns is the caller's, except for the words of
// findings, which nobody changes.
func (s State) View() View {
	v := View{
		ID: s.ID, Tenant: s.Tenant, Reference: s.Reference, Flow: s.Flow, FlowDigest: s.Digest, Status: s.Status,
		CreatedAt: s.CreatedAt.Std(), UpdatedAt: s.UpdatedAt.Std(), Deadline: s.Deadline.Std(),
		Failure: s.Failure, Actions: s.actions(), Review: s.review(),
	}
	if d := s.Decision; d != nil {
		v.Decision = &DecisionView{
			Revision: d.Revision, Final: d.Final, Result: d.Result, Confidence: d.Confidence, Reasoning: d.Reasoning,
			Reasons: d.Reasons, DecidedAt: d.At.Std(), Cause: d.Cause,
		}
		if d.Revision > 1 {
			before := d.Revision - 1
			v.Decision.Supersedes = &before
		}
	}
	v.Details = s.details()
	v.Checks = make([]CheckView, len(s.Checks))
	for i := range s.Checks {
		v.Checks[i] = s.Checks[i].view()
	}
	for i, p := range s.Parties {
		r := PartyResult{Reference: p.Reference, Role: p.Role, Ownership: p.Ownership, Result: Unknown}
		if i < len(s.Persons) {
			r.Result = s.Persons[i]
		}
		if p.Asked {
			r.ID, r.Result, r.Status = p.ID, p.result(), StatusInitiated
			if p.Word != nil {
				r.Status = p.Word.Status
			}
		}
		v.AssociatedPersons = append(v.AssociatedPersons, r)
	}
	return v
}

func (c *Progress) view() CheckView {
	v := CheckView{Name: c.Name, Provider: c.Run.Provider, Attempt: int(c.Run.Attempt), Split: c.Split}
	switch c.Stage {
	case Waiting:
		v.Status = "waiting"
	case Running:
		v.Status = "running"
		if c.Run.Status == AnswerAwaiting || c.Run.Status == AnswerInReview {
			v.Status = c.Run.Status
		}
	case Skipped:
		v.Status, v.Reason = "completed", "skipped"
	case TimedOut:
		v.Status, v.Reason = "failed", "deadline"
	default:
		v.Status = "completed"
		if c.Run.Status == AnswerFailed {
			v.Status = "failed"
		}
	}
	switch {
	case c.Run.Class != "" && v.Reason == "":
		v.Reason = c.Run.Class
		if c.Run.Why != "" {
			v.Reason += ": " + c.Run.Why
		}
	case len(c.Earlier) > 0 && v.Reason == "":
		last := &c.Earlier[len(c.Earlier)-1]
		v.Reason = last.Provider + ": " + last.Moved
	}
	return v
}
