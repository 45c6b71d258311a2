package sumsub

import (
	"time"
)

// The review statuses that this sandbox uses.
const (
	statusInit      = "init"
	statusPending   = "pending"
	statusQueued    = "queued"
	statusPrecheck  = "prechecked"
	statusOnHold    = "onHold"
	statusCompleted = "completed"
)

// The answers and reject types.
const (
	green  = "GREEN"
	yellow = "YELLOW"
	red    = "RED"

	retryable = "RETRY"
	final     = "FINAL"
)

// verdict is a reviewResult: of an applicant, a step or an image.
type verdict struct {
	ModerationComment string   `json:"moderationComment,omitzero"`
	ClientComment     string   `json:"clientComment,omitzero"`
	Answer            string   `json:"reviewAnswer"`
	RejectLabels      []string `json:"rejectLabels,omitzero"`
	RejectType        string   `json:"reviewRejectType,omitzero"`
	ButtonIDs         []string `json:"buttonIds,omitzero"`
}

// review is where an applicant stands. The result of the last verdict stays while
// a new attempt runs; it counts only when the status is completed.
type review struct {
	status              string
	result              *verdict
	reviewID, attemptID string
	attempts            int
	reprocessing        bool

	created, reviewed         time.Time // wall time
	pendingSince, queuedSince time.Duration
	now                       func() time.Duration
}

func (r *review) busy() bool {
	return r.status == statusPending || r.status == statusQueued || r.status == statusPrecheck
}

func (r *review) answered(answer string) bool {
	return r.status == statusCompleted && r.result != nil && r.result.Answer == answer
}

func (r *review) final() bool { return r.answered(red) && r.result.RejectType == final }

// begin starts an attempt.
func (r *review) begin(attemptID string, now time.Time) {
	r.reprocessing = r.attempts > 0
	r.attempts++
	r.attemptID = attemptID
	r.status = statusPending
	r.created = now
	r.pendingSince, r.queuedSince = r.now(), 0
}

// complete ends an attempt, or overturns what an earlier one said.
func (r *review) complete(v verdict, now time.Time) {
	r.status, r.result, r.reviewed = statusCompleted, &v, now
}

// judge gives the steps and their active images the verdicts of an ending. A step
// that was forged is refused as a whole: its images have no verdict of their own.
func (a *applicant) judge(e ending) {
	identity := a.identityStep()
	for i, s := range a.level.Steps {
		images := a.stepImages(s)
		if len(images) == 0 && !a.completed(s) {
			continue
		}
		a.steps[s.Set] = &verdict{Answer: green}
		for n, m := range images {
			m.verdict = &verdict{Answer: green}
			switch {
			case i == identity && e.forged:
				m.verdict = nil
				a.steps[s.Set] = &verdict{Answer: red}
			case i == identity && e.front != nil && n == 0:
				m.verdict = e.front
				a.steps[s.Set] = &verdict{Answer: red, ModerationComment: e.front.ModerationComment}
			}
		}
	}
}

// identityStep returns the index of the first step that has documents, or -1.
func (a *applicant) identityStep() int {
	for i, s := range a.level.Steps {
		if len(a.stepImages(s)) > 0 {
			return i
		}
	}
	return -1
}

// blurredRemains reports whether the image that the retry story refused is still
// the one that counts, or, before the first verdict, always.
func (a *applicant) blurredRemains() bool {
	if a.verdicts == 0 {
		return true
	}
	i := a.identityStep()
	if i < 0 {
		return false
	}
	v := a.stepImages(a.level.Steps[i])[0].verdict
	return v != nil && v.Answer == red
}
