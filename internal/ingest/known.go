package ingest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/index"
	"github.com/bonafide-id/bonafide/subject"
)

// known returns a verification as its owner knows it, or as the index does when the owner has forgotten it or cannot be
// asked. What this process has stored of it before is seen. There is no such thing when it is another tenant's.
func (s *Service) known(ctx context.Context, tenant, id string, inputs bool) (ask.Answer, error) {
	if !events.ValidID(id) {
		return ask.Answer{}, notFound()
	}
	shard := events.ShardOf(id, s.cfg.Shards)
	a, err := s.askOwner(ctx, shard, ask.Question{ID: id, Tenant: tenant, AtLeast: s.acked[shard].Load(), Inputs: inputs})
	switch {
	case s.cfg.Index == nil:
	case err != nil:
		return s.indexed(ctx, tenant, id, inputs, err)
	default:
		s.level(ctx, tenant, a.View)
	}
	return a, err
}

// How long an answer waits for the index to know what it shows, and how long ago that may have become true: what is older the
// index knows, or will not.
const (
	levelWait  = time.Second
	levelSince = 5 * time.Second
)

// level waits until the index knows of a verification what is about to be shown of it, so that what one answer shows the
// next list shows too. The index is a few milliseconds behind; if it is more, nobody waits for it.
func (s *Service) level(ctx context.Context, tenant string, v *events.View) {
	if s.cfg.Now().Sub(v.UpdatedAt) > levelSince {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, levelWait)
	defer cancel()
	revision := 0
	if v.Decision != nil {
		revision = v.Decision.Revision
	}
	_ = s.cfg.Index.Await(ctx, tenant, v.ID, func(r index.Row) bool { return r.Revision >= revision && r.Status == v.Status || r.Revision > revision })
}

// indexed returns a verification that may not change any more as the index has it, and why otherwise.
func (s *Service) indexed(ctx context.Context, tenant, id string, inputs bool, why error) (ask.Answer, error) {
	var p *problem
	gone := errors.As(why, &p) && p.Status == http.StatusNotFound
	behind := error(nil)
	if gone {
		behind = s.caughtUp(ctx) // it may be there
	}
	r, found, err := s.cfg.Index.Find(tenant, id)
	switch {
	case err != nil:
		return ask.Answer{}, fault.New(fault.Unknown, "ingest.index", "the index cannot be read")
	case !found && behind != nil:
		return ask.Answer{}, behind
	case !found, !gone && mayMove(r.Status):
		return ask.Answer{}, why
	}
	v, err := s.logged(ctx, r)
	a := ask.Answer{Found: true, View: v, Inputs: []uint64{r.Opened}}
	if err == nil && inputs {
		err = s.recall(ctx, tenant, &a)
	}
	return a, err
}

// past returns a verification as it was at a time, as its owner computes it from the inputs.
func (s *Service) past(ctx context.Context, tenant, id string, at time.Time) (ask.Answer, error) {
	if !events.ValidID(id) {
		return ask.Answer{}, notFound()
	}
	shard := events.ShardOf(id, s.cfg.Shards)
	return s.askOwner(ctx, shard, ask.Question{ID: id, Tenant: tenant, AtLeast: s.acked[shard].Load(), AsOf: at})
}

func (s *Service) askOwner(ctx context.Context, shard int, q ask.Question) (ask.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b, err := json.Marshal(q)
	if err != nil {
		return ask.Answer{}, fault.New(fault.Unknown, "ingest.ask", "a question cannot be written")
	}
	for {
		b, err := s.cfg.Bus.Ask(ctx, shard, b)
		if err != nil {
			return ask.Answer{}, err
		}
		var a ask.Answer
		if err := json.Unmarshal(b, &a); err != nil {
			return ask.Answer{}, fault.New(fault.Unknown, "ingest.ask", "the answer of a shard's owner cannot be read")
		}
		switch {
		case a.Behind && ctx.Err() == nil:
			continue
		case a.Behind:
			return ask.Answer{}, fault.New(fault.Transient, "ingest.ask", "the owner of the shard is behind")
		case !a.Found || a.View == nil:
			return ask.Answer{}, notFound()
		}
		return a, nil
	}
}

// get serves GET /v1/verifications/{id}.
func (s *Service) get(c *call) error {
	if format := c.URL.Query()["format"]; len(format) > 0 {
		if len(format) > 1 || format[0] != formatVerified || len(c.URL.Query()) > 1 {
			return malformed("format may only be " + formatVerified + ", alone.")
		}
		return s.verified(c)
	}
	if asOf := c.URL.Query()["asOf"]; len(asOf) > 0 {
		at, err := time.Parse(time.RFC3339Nano, asOf[0])
		if err != nil || len(c.URL.Query()) > 1 {
			return malformed("asOf must be an RFC 3339 time, alone.")
		}
		a, err := s.past(c.Context(), c.cred.Tenant, c.PathValue("id"), at)
		if err != nil {
			return err
		}
		return answer(c.w, http.StatusOK, a.View)
	}
	include := c.URL.Query()["include"]
	for _, what := range include {
		if what != "subject" {
			return malformed("include may only be subject.")
		}
	}
	if len(include) > 0 && !c.cred.May(ScopeSubjects) {
		return forbidden(ScopeSubjects)
	}
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), len(include) > 0)
	if err != nil {
		return err
	}
	a.View.Tenant = ""
	if len(include) == 0 {
		return answer(c.w, http.StatusOK, a.View)
	}
	d, err := s.dossier(c.Context(), a)
	if err != nil {
		return err
	}
	s.cfg.Log.Info("subject read", "verification", a.View.ID, "tenant", c.cred.Tenant, "key", c.cred.ID)
	return answer(c.w, http.StatusOK, struct {
		*events.View
		Subject subject.Subject `json:"subject"`
	}{a.View, d.Subject})
}
