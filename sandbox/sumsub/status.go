package sumsub

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// unsettled is how long after a request for a check the state refuses to be
// changed by hand.
const unsettled = 10 * time.Second

// requestCheck is POST …/{id}/status/pending.
func (s *Sandbox) requestCheck(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	if r := a.open(); r != nil {
		return nil, r
	}
	if missing := a.missing(); len(missing) > 0 {
		return nil, plain(http.StatusConflict, fmt.Sprintf("Not all required documents or data are submitted. "+
			"Make sure to complete [%s] verification steps beforehand.", strings.Join(missing, ", ")))
	}
	s.begin(a)
	return done, nil
}

// begin starts an attempt and what the story makes of it.
func (s *Sandbox) begin(a *applicant) {
	s.interrupt(a)
	a.review.begin(s.ids.Token(5), s.clock.Now())
	s.ledger.Create("check.request", a.externalUserID)
	shared := s.ids.Hex(32)
	s.emit(a, "applicantPending", happened{correlationID: shared, noResult: true})
	s.play(a, plan(a.story, a.blurredRemains(), a.story.Mistyped && !a.corrected), shared)
}

// untouched returns the transient refusal of a state that has only just changed.
func (s *Sandbox) untouched(a *applicant) *refusal {
	if left := a.review.pendingSince + unsettled - s.clock.Elapsed(); a.review.busy() && left > 0 {
		return tryAgain(s.clock.Scale(left))
	}
	return nil
}

// decision is the body of approve and reject.
type decision struct {
	Note    string   `json:"note"`
	Tags    []string `json:"tags"`
	Reasons []string `json:"reasons"`
}

// approve is POST …/{id}/-/approve: GREEN from any state.
func (s *Sandbox) approve(c *call) (any, *refusal) {
	return s.byHand(c, func(d decision) (ending, *refusal) {
		if len(d.Reasons) > 0 {
			return ending{}, plain(http.StatusConflict, "When approving an applicant reasons must not be provided")
		}
		return ending{overturns: true, verdict: verdict{Answer: green}}, nil
	})
}

// reject is POST …/{id}/-/reject: RED FINAL. The reasons are only logged.
func (s *Sandbox) reject(c *call) (any, *refusal) {
	return s.byHand(c, func(decision) (ending, *refusal) {
		return ending{overturns: true, verdict: verdict{
			Answer: red, RejectLabels: []string{"EXTERNAL_DECISION_REJECTION"}, RejectType: final, ButtonIDs: []string{},
		}}, nil
	})
}

func (s *Sandbox) byHand(c *call, judge func(decision) (ending, *refusal)) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	var d decision
	if r := c.decode(&d); r != nil {
		return nil, r
	}
	e, r := judge(d)
	if r != nil {
		return nil, r
	}
	switch {
	case a.deleted || a.deactivated:
		return nil, &markedAsDeleted
	case s.untouched(a) != nil:
		return nil, s.untouched(a)
	}
	if len(d.Tags) > 0 {
		a.tags = d.Tags
	}
	s.interrupt(a)
	s.decide(a, e)
	return a.view(s.clientID), nil
}

// blacklist is POST …/{id}/blacklist?note=…
func (s *Sandbox) blacklist(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	switch {
	case r != nil:
		return nil, r
	case a.blacklisted:
		return nil, &alreadyBlacklisted
	case c.r.URL.Query().Get("note") == "":
		return nil, bad("note is required")
	}
	a.blacklisted = true
	s.interrupt(a)
	s.decide(a, revoked())
	return a.view(s.clientID), nil
}

// testCompleted is POST …/{id}/status/testCompleted: a forced verdict, for sandbox
// tokens only.
func (s *Sandbox) testCompleted(c *call) (any, *refusal) {
	if !s.sandboxMode {
		return nil, plain(http.StatusForbidden, "Available in the sandbox only")
	}
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	var in struct {
		Answer            string    `json:"reviewAnswer"`
		RejectLabels      *[]string `json:"rejectLabels"`
		RejectType        string    `json:"reviewRejectType"`
		ClientComment     string    `json:"clientComment"`
		ModerationComment string    `json:"moderationComment"`
	}
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	switch {
	case in.Answer != green && in.Answer != red:
		return nil, bad("reviewAnswer is neither GREEN nor RED")
	case in.RejectLabels == nil:
		return nil, bad("rejectLabels is required")
	case in.Answer == red && in.RejectType != retryable && in.RejectType != final:
		return nil, bad("reviewRejectType is neither RETRY nor FINAL")
	}
	v := verdict{Answer: in.Answer}
	if in.Answer == red {
		v = verdict{in.ModerationComment, in.ClientComment, red, *in.RejectLabels, in.RejectType, []string{}}
	}
	s.interrupt(a)
	s.decide(a, ending{overturns: true, verdict: v})
	return done, nil
}

// reset is POST …/{id}/reset: back to init, all documents inactive.
func (s *Sandbox) reset(c *call) (any, *refusal) {
	return s.again(c, "applicantReset", func(a *applicant) *refusal {
		for _, m := range a.images {
			m.inactive, m.gone = true, true
		}
		a.viaPage, a.steps = map[string]bool{}, map[string]*verdict{}
		return nil
	})
}

// resetStep is POST …/{id}/resetStep/{step}.
func (s *Sandbox) resetStep(c *call) (any, *refusal) {
	return s.again(c, "applicantStepsReset", func(a *applicant) *refusal {
		name := c.path("step")
		if !a.level.has(name) {
			return bad("Step is not part of the level")
		}
		for _, step := range a.level.Steps {
			for _, m := range a.stepImages(step) {
				if step.Set == name {
					m.inactive, m.gone = true, true
				}
			}
		}
		delete(a.viaPage, name)
		delete(a.steps, name)
		return nil
	})
}

// again takes an applicant back to init. The webhook of a reset says GREEN, which
// means nothing: the status is init.
func (s *Sandbox) again(c *call, event string, clear func(*applicant) *refusal) (any, *refusal) {
	a, r := s.find(c.path("id"))
	switch {
	case r != nil:
		return nil, r
	case a.deleted || a.deactivated:
		return nil, &markedAsDeleted
	case a.review.busy():
		return nil, &beingChecked
	}
	if r := clear(a); r != nil {
		return nil, r
	}
	s.interrupt(a)
	a.review.status, a.review.result = statusInit, nil
	s.emit(a, event, happened{result: &verdict{Answer: green}})
	return done, nil
}
