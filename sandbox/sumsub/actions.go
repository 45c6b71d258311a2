package sumsub

import (
	"context"
	"net/http"
	"time"
)

// action is a one-off check on an existing applicant.
type action struct {
	id, externalID string
	of             *applicant
	level          *Level
	createdAt      time.Time
	review         review
}

// actionView is an action on the wire.
type actionView struct {
	ID               string       `json:"id"`
	CreatedAt        string       `json:"createdAt"`
	ClientID         string       `json:"clientId"`
	ExternalActionID string       `json:"externalActionId"`
	ApplicantID      string       `json:"applicantId"`
	Type             string       `json:"type"`
	Review           reviewView   `json:"review"`
	Checks           []check      `json:"checks"`
	RequiredIDDocs   requiredView `json:"requiredIdDocs"`
}

func (x *action) view(clientID string) actionView {
	v := actionView{
		ID: x.id, CreatedAt: x.createdAt.UTC().Format(layoutShort), ClientID: clientID, ExternalActionID: x.externalID,
		ApplicantID: x.of.id, Type: x.of.kind, Review: x.review.view(x.level.Name), Checks: []check{},
	}
	for _, s := range x.level.Steps {
		v.RequiredIDDocs.DocSets = append(v.RequiredIDDocs.DocSets, docSetView{s.Set, s.Types})
	}
	if x.review.result != nil {
		v.Checks = append(v.Checks, check{
			Answer: x.review.result.Answer, CheckType: "IDENTITY", ID: x.review.reviewID, AttemptID: x.review.attemptID,
			CreatedAt: x.review.reviewed.UTC().Format(layoutShort),
		})
	}
	return v
}

// createAction is POST /resources/applicantActions/-/forApplicant/{id}?levelName=…
func (s *Sandbox) createAction(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	level := s.level(c.r.URL.Query().Get("levelName"))
	if level == nil {
		return nil, plain(http.StatusNotFound, "Level not found")
	}
	var in struct {
		ExternalActionID string `json:"externalActionId"`
	}
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	for _, x := range s.actions {
		if x.of == a && x.externalID == in.ExternalActionID && in.ExternalActionID != "" {
			return nil, plain(http.StatusConflict, "Action with this external id already exists")
		}
	}
	now := s.clock.Now()
	x := &action{
		id: s.objectID(now), externalID: or(in.ExternalActionID, s.ids.UUID()), of: a, level: level, createdAt: now,
		review: review{
			status: statusInit, reviewID: s.ids.Token(5), attemptID: s.ids.Token(5), created: now, now: s.clock.Elapsed,
		},
	}
	s.actions[x.id] = x
	s.ledger.Create("action.create", a.externalUserID)
	return x.view(s.clientID), nil
}

func (s *Sandbox) findAction(c *call) (*action, *refusal) {
	x := s.actions[c.path("id")]
	if x == nil {
		return nil, statusOnly(http.StatusNotFound)
	}
	return x, nil
}

// readAction is GET /resources/applicantActions/{id}/one.
func (s *Sandbox) readAction(c *call) (any, *refusal) {
	x, r := s.findAction(c)
	if r != nil {
		return nil, r
	}
	return x.view(s.clientID), nil
}

// requestAction is POST /resources/applicantActions/{id}/review/status/pending.
// The event says completed, as the vendor's own sample does: the status of an
// action's events means nothing.
func (s *Sandbox) requestAction(c *call) (any, *refusal) {
	x, r := s.findAction(c)
	switch {
	case r != nil:
		return nil, r
	case x.review.busy():
		return nil, &beingChecked
	}
	x.review.begin(s.ids.Token(5), s.clock.Now())
	s.emit(x.of, "applicantActionPending", happened{action: x})
	s.clock.After(untilVerdict, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		e := endingOf(x.of.story.Outcome, false)
		x.review.complete(e.verdict, s.clock.Now())
		s.emit(x.of, "applicantActionReviewed", happened{action: x, result: x.review.result})
	})
	return done, nil
}
