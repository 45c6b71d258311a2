package ingest

import (
	"context"
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// reviewed is one word of a reviewer, as it was given. Weight is absent when another word has taken its place, or
// when it never counted because another reviewer had claimed the verification.
type reviewed struct {
	Component string    `json:"component,omitempty"`
	Result    string    `json:"result"`
	Reviewer  string    `json:"reviewer"`
	At        time.Time `json:"at"`
	Weight    string    `json:"weight,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

// reviews serves GET …/reviews: every word of reviewers, oldest first. Who may know persons is told the reasons, too, in a
// process that can unseal and as long as the person is not erased.
func (s *Service) reviews(c *call) error {
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), false)
	if err != nil {
		return err
	}
	if err := s.caughtUp(c.Context()); err != nil {
		return err
	}
	places, err := s.cfg.Index.Places(c.Context(), a.View.ID)
	if err != nil {
		return fault.New(fault.Unknown, "ingest.reviews", "the index cannot be read")
	}
	items := []reviewed{}
	open := s.cfg.Opener != nil && c.cred.May(ScopeSubjects) && a.View.Status != "erased" // an opener may still remember keys
	for _, p := range places {
		if p.Log != 0 {
			continue
		}
		e, at, err := s.cfg.Bus.Input(c.Context(), events.ShardOf(a.View.ID, s.cfg.Shards), p.Input)
		if fault.ClassOf(err) == fault.Malformed {
			continue // the resolver has skipped it too
		}
		if err != nil {
			return err
		}
		word, ok := e.Data.(events.VerificationReviewed)
		if !ok || word.Tenant != c.cred.Tenant {
			continue
		}
		item := reviewed{Component: word.Component, Result: word.Result, Reviewer: word.Reviewer, At: at.UTC(), Weight: weightOf(a.View, word, at)}
		if open {
			if item.Reason, err = s.reason(c.Context(), word); err != nil {
				return err
			}
		}
		items = append(items, item)
	}
	if open {
		s.cfg.Log.Info("reasons of reviews read", "verification", a.View.ID, "tenant", c.cred.Tenant, "key", c.cred.ID)
	}
	return answer(c.w, http.StatusOK, page[reviewed]{Items: items})
}

// reason opens the reason of a word; "" when its key is destroyed.
func (s *Service) reason(ctx context.Context, word events.VerificationReviewed) (string, error) {
	plain, err := s.cfg.Opener.Open(ctx, seal.AAD{Verification: word.ID, Kind: seal.KindReview, Tenant: word.Tenant}, word.Reason)
	if fault.ClassOf(err) == fault.Invalid {
		return "", nil
	}
	return string(plain), err
}

// weightOf returns what a word counts for that was given at a time; "" when the view no longer has it.
func weightOf(v *events.View, word events.VerificationReviewed, at time.Time) string {
	if v.Review == nil {
		return ""
	}
	for _, w := range v.Review.Words {
		if w.Component == word.Component && w.Reviewer == word.Reviewer && w.At.Equal(at) {
			return w.Weight
		}
	}
	return ""
}
