package ingest

import (
	"net/http"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// review serves POST …/reviews. The reason is somebody's words about somebody: it is sealed. Who does not hold the claim
// of another is refused; a word that comes between is recorded, and the resolver lets it count for nothing.
func (s *Service) review(c *call) error {
	var body struct {
		Component string `json:"component"`
		Result    string `json:"result"`
		Reason    string `json:"reason"`
	}
	if err := s.small(c, s.explain.review, false, &body); err != nil {
		return err
	}
	word, err := s.dedupe(c)
	if err != nil {
		return err
	}
	v, err := s.about(c, "initiated", "cancelled", "erased")
	if err != nil {
		return err
	}
	if !s.speaksOf(v, body.Component) {
		return invalid(at("/component", "no check of the flow speaks of it"))
	}
	if err := s.unclaimed(c, v); err != nil {
		return err
	}
	reason, err := s.cfg.Sealer.Seal(c.Context(), seal.AAD{Verification: v.ID, Kind: seal.KindReview, Tenant: c.cred.Tenant}, []byte(body.Reason))
	if err != nil {
		return err
	}
	return s.input(c, v, "reviewed/"+word, events.VerificationReviewed{ID: v.ID, Tenant: c.cred.Tenant, Component: body.Component,
		Result: body.Result, Reviewer: c.cred.ID, Reason: reason, Dedupe: word})
}

// speaksOf reports whether a check of a verification's flow speaks of a component. Of a version that is not at hand the
// resolver knows.
func (s *Service) speaksOf(v *events.View, component string) bool {
	if component == "" {
		return true
	}
	for _, f := range s.cfg.Flows.All() {
		if f.Digest == v.FlowDigest {
			return slices.ContainsFunc(f.Policy.Checks, func(c decision.Check) bool { return slices.Contains(c.Components, component) })
		}
	}
	return true
}

// unclaimed refuses a reviewer while another one has claimed the verification, and says who.
func (s *Service) unclaimed(c *call, v *events.View) error {
	claim := claimOf(v)
	if claim == nil || claim.Reviewer == c.cred.ID || !s.cfg.Now().Before(claim.ExpiresAt) {
		return nil
	}
	return conflict("claimed", "It is claimed by "+claim.Reviewer+" until "+claim.ExpiresAt.Format(time.RFC3339)+".")
}

func claimOf(v *events.View) *events.Claim {
	if v.Review == nil {
		return nil
	}
	return v.Review.Claim
}

// takeClaim serves POST …/claims: a reviewer has a verification to themselves for a while. Two who claim it at once both store
// their claim; the one that comes first in the stream has it.
func (s *Service) takeClaim(c *call) error {
	v, err := s.claiming(c, false)
	if err != nil {
		return err
	}
	claim := claimOf(v)
	if claim == nil {
		return fault.New(fault.Transient, "ingest.claim", "the owner of the shard does not know the claim yet")
	}
	return answer(c.w, http.StatusCreated, claim)
}

// endClaim serves DELETE …/claims: a reviewer gives a verification back. Without a claim there is nothing to give back, and
// no harm.
func (s *Service) endClaim(c *call) error {
	v, err := s.claiming(c, true)
	if err != nil {
		return err
	}
	return accepted(c, receiptFor(v))
}

// claiming stores what a reviewer does with a claim, and returns the verification as it is since, unless another reviewer
// has it.
func (s *Service) claiming(c *call, back bool) (*events.View, error) {
	if err := s.empty(c); err != nil {
		return nil, err
	}
	word, err := s.dedupe(c)
	if err != nil {
		return nil, err
	}
	v, err := s.about(c, "initiated", "cancelled", "erased")
	if err != nil {
		return nil, err
	}
	if err := s.unclaimed(c, v); err != nil {
		return nil, err
	}
	p := events.VerificationClaimed{ID: v.ID, Tenant: c.cred.Tenant, Reviewer: c.cred.ID, GivenBack: back}
	if err := s.tell(c, v, "claimed/"+word, p); err != nil {
		return nil, err
	}
	if v, err = s.about(c, "cancelled", "erased"); err != nil {
		return nil, err
	}
	c.id = v.ID
	return v, s.unclaimed(c, v)
}
