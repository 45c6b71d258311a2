package persona

import (
	"context"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// after runs do under the lock when d of vendor time has passed.
func (s *Sandbox) after(d time.Duration, do func()) {
	s.clock.After(d, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	})
}

// names are the events of the states.
var names = map[string]string{
	pending: "inquiry.started", completed: "inquiry.completed", failed: "inquiry.failed", expired: "inquiry.expired",
	needsReview: "inquiry.marked-for-review", approved: "inquiry.approved", declined: "inquiry.declined",
}

// enter moves an inquiry to a state and tells it; the lock is held, as in all of this file.
func (s *Sandbox) enter(i *inquiry, status string) {
	now := s.clock.Now()
	i.status, i.updated = status, now
	switch status {
	case pending:
		i.started = now
	case completed:
		i.completed = now
	case failed:
		i.failed = now
	case expired:
		i.lapsed = now
	case needsReview:
		i.reviewed = now
	case approved, declined:
		i.decided = now
	}
	s.emit(i, names[status], i.view(s.config.WebhookVersion))
}

// lapse expires an inquiry that nobody finishes in time.
func (s *Sandbox) lapse(i *inquiry, life time.Duration) {
	until := i.expires
	s.after(life, func() {
		if (i.status == created || i.status == pending) && i.expires.Equal(until) {
			s.expire(i)
		}
	})
}

func (s *Sandbox) expire(i *inquiry) {
	for _, v := range i.verifications {
		if v.status == "initiated" || v.status == "submitted" {
			s.end(v, "canceled", nil)
		}
	}
	s.enter(i, expired)
}

// visit is the person at the page: they show a document, and later a face.
func (s *Sandbox) visit(i *inquiry) {
	if i.status != created && i.status != pending || !i.redacted.IsZero() {
		return
	}
	for _, v := range i.verifications {
		if v.status == "submitted" || v.status == "passed" {
			return // they are at it already
		}
	}
	if i.status == created {
		s.enter(i, pending)
	}
	i.attempt++
	s.submit(i, governmentID)
	if i.story.Never {
		return
	}
	wait := s.config.Processing
	if i.story.Slow && i.attempt == 1 {
		wait += sandbox.SlowDelay
	}
	v := i.verifications[len(i.verifications)-1]
	s.after(wait, func() { s.shown(v) })
}

// submit starts a verification.
func (s *Sandbox) submit(i *inquiry, kind string) *verification {
	now := s.clock.Now()
	v := &verification{id: s.id("ver_"), kind: kind, status: "initiated", inquiry: i, created: now}
	i.verifications, s.checked[v.id] = append(i.verifications, v), v
	i.updated = now
	s.show(v)
	s.emitVerification(v, "created")
	v.status, v.submitted = "submitted", now
	s.emitVerification(v, "submitted")
	return v
}

// end gives a verification its status.
func (s *Sandbox) end(v *verification, status string, checks []check) {
	v.status, v.completed, v.checks = status, s.clock.Now(), checks
	v.inquiry.updated = v.completed
	s.processed(v)
	s.emitVerification(v, kebab(status))
}

// shown answers a document: by the story and by how often it was shown.
func (s *Sandbox) shown(v *verification) {
	i := v.inquiry
	if i.status != pending || v.status != "submitted" {
		return // decided or expired meanwhile
	}
	switch o := i.story.Outcome; {
	case o == sandbox.Retry && i.attempt == 1:
		s.end(v, "requires_retry", checksOf(v.kind, "requires_retry", o))
		if !s.config.ManualVisit {
			s.after(s.config.VisitDelay, func() { s.visit(i) })
		}
	case o == sandbox.Reject:
		s.end(v, "failed", checksOf(v.kind, "failed", o))
		s.finish(i, failed)
	case o == sandbox.Unknown:
		s.end(v, "canceled", nil)
		s.finish(i, failed)
	default:
		s.end(v, "passed", checksOf(v.kind, "passed", o))
		face, record := s.submit(i, selfie), s.submit(i, database)
		s.after(s.config.Processing, func() {
			if i.status != pending {
				return
			}
			s.end(face, "passed", checksOf(selfie, "passed", o))
			s.end(record, "passed", checksOf(database, "passed", o))
			s.finish(i, completed)
		})
	}
}

// finish ends the person's part: what follows is the template's workflow, which
// runs reports and decides.
func (s *Sandbox) finish(i *inquiry, status string) {
	s.enter(i, status)
	decide := func() {
		if !s.config.NoWorkflow {
			s.after(workflowDelay, func() { s.workflow(i) })
		}
	}
	if status != completed {
		decide()
		return
	}
	for _, kind := range s.config.Reports {
		s.newReport(i, kind)
	}
	s.after(reportDelay, func() {
		for _, r := range i.reports {
			s.ready(r)
		}
		decide() // not by a timer of its own: it must see what the lists say
	})
}

// workflow decides an inquiry that nobody has decided yet.
func (s *Sandbox) workflow(i *inquiry) {
	if i.status != completed && i.status != failed {
		return
	}
	switch i.story.Outcome {
	case sandbox.Reject:
		s.decide(i, declined, "workflow", "")
	case sandbox.Unknown: // it has nothing to go by
	case sandbox.Flag:
		s.decide(i, needsReview, "workflow", "")
		s.after(reviewDelay, func() {
			if i.status == needsReview {
				s.decide(i, approved, "user", "Looked at.")
			}
		})
	default:
		if i.matched() {
			s.decide(i, declined, "workflow", "")
			return
		}
		s.decide(i, approved, "workflow", "")
		if i.story.Outcome == sandbox.Reversal {
			s.after(sandbox.ReversalDelay, func() { s.decide(i, declined, "user", "Revoked.") })
		}
	}
}

// decide is a decision of a workflow, a user or the API.
func (s *Sandbox) decide(i *inquiry, status, reviewer, comment string) {
	i.reviewer, i.comment = reviewer, comment
	s.enter(i, status)
}
