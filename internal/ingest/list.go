package ingest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/index"
)

// statuses and results are what a list may be asked for.
var (
	statuses = []string{"initiated", "awaiting_subject", "running", "in_review", "completed", "failed", "cancelled", "erased"}
	results  = []string{"true", "false", "unknown"}
)

// list serves GET /v1/verifications: the tenant's verifications, newest first, or with order=oldest as a queue is worked
// off: what waits for reviewers, in the order in which it has come to wait.
func (s *Service) list(c *call) error {
	q := c.URL.Query()
	f := index.Filter{Tenant: c.cred.Tenant, Status: q.Get("status"), Result: q.Get("result"), Flow: q.Get("flow"), Reference: q.Get("reference"),
		Oldest: q.Get("order") == "oldest"}
	switch {
	case f.Status != "" && !slices.Contains(statuses, f.Status):
		return malformed("status must be one of " + wordsOf(statuses) + ".")
	case f.Result != "" && !slices.Contains(results, f.Result):
		return malformed("result must be one of " + wordsOf(results) + ".")
	case q.Has("order") && q.Get("order") != "newest" && q.Get("order") != "oldest":
		return malformed("order must be newest or oldest.")
	case f.Flow != "" && !events.ValidToken(f.Flow):
		return malformed("flow is no name of a flow.")
	}
	after := q.Get("after")
	if after != "" && !f.ValidCursor(after) {
		return malformed("The cursor is none of ours.")
	}
	limit, err := limitOf(q)
	if err != nil {
		return err
	}
	if err := s.caughtUp(c.Context()); err != nil {
		return err
	}
	s.obeyed(c.Context(), c.cred.Tenant)
	rows, next, err := s.cfg.Index.List(f, after, limit)
	if err != nil {
		return fault.New(fault.Unknown, "ingest.list", "the index cannot be read")
	}
	p := page[*events.View]{Items: []*events.View{}, Next: next}
	views, err := s.views(c.Context(), rows)
	if err != nil {
		return err
	}
	for _, v := range views {
		if v != nil && f.Wants(v.Status, resultOf(v), v.Flow, v.Reference) { // it may have moved on meanwhile
			p.Items = append(p.Items, v)
		}
	}
	return answer(c.w, http.StatusOK, p)
}

func wordsOf(list []string) string {
	all := make([]any, len(list))
	for i, w := range list {
		all[i] = w
	}
	return words(all)
}

func resultOf(v *events.View) string {
	if v.Decision == nil {
		return ""
	}
	return v.Decision.Result
}

// caughtUp waits, for a moment, until the index knows everything that this process has stored; what was there before is
// known once it is ready.
func (s *Service) caughtUp(ctx context.Context) error {
	if s.cfg.Index == nil {
		return newProblem(http.StatusNotImplemented, "not-served-here", "This is not served here", "This process keeps no index of verifications.")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.cfg.Index.Settle(ctx); err != nil {
		return err
	}
	for shard := range s.acked {
		if err := s.cfg.Index.Wait(ctx, shard, s.acked[shard].Load()); err != nil {
			return fault.New(fault.Transient, "ingest.index", "the index is behind")
		}
	}
	return nil
}

// askedAtOnce bounds how many verifications of a page are read at the same time.
const askedAtOnce = 16

// views returns what rows show, in their order: those that are open as their owners know them, the others as the log has
// them. One whose owner no longer has it as it stands in the index is nil.
func (s *Service) views(ctx context.Context, rows []index.Row) ([]*events.View, error) {
	out := make([]*events.View, len(rows))
	errs := make([]error, len(rows))
	room := make(chan struct{}, askedAtOnce)
	var reading sync.WaitGroup
	for i, r := range rows {
		room <- struct{}{}
		reading.Go(func() {
			defer func() { <-room }()
			out[i], errs[i] = s.view(ctx, r)
		})
	}
	reading.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) view(ctx context.Context, r index.Row) (*events.View, error) {
	if mayMove(r.Status) {
		shard := events.ShardOf(r.ID, s.cfg.Shards)
		a, err := s.askOwner(ctx, shard, ask.Question{ID: r.ID, Tenant: r.Tenant, AtLeast: s.acked[shard].Load()})
		if err == nil {
			return a.View, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
	}
	return s.logged(ctx, r)
}

// mayMove reports whether a verification may change by itself.
func mayMove(status string) bool {
	switch status {
	case "initiated", "awaiting_subject", "running", "in_review":
		return true
	}
	return false
}

// logged returns a verification as the log shows it, or as it began.
func (s *Service) logged(ctx context.Context, r index.Row) (*events.View, error) {
	shard := events.ShardOf(r.ID, s.cfg.Shards)
	if r.Log == 0 {
		e, at, err := s.cfg.Bus.Input(ctx, shard, r.Opened)
		if err != nil {
			return nil, err
		}
		o, ok := e.Data.(events.VerificationOpened)
		if !ok {
			return nil, fault.New(fault.Unknown, "ingest.view", "the first input is no request")
		}
		return &events.View{ID: r.ID, Reference: r.Reference, Flow: r.Flow, FlowDigest: o.FlowDigest, Status: r.Status, CreatedAt: at.UTC(), UpdatedAt: at.UTC()}, nil
	}
	rec, err := s.cfg.Bus.Logged(ctx, shard, r.Log)
	if err == nil {
		err = rec.Err
	}
	if err != nil {
		return nil, err
	}
	v, ok := viewIn(rec.Event.Data)
	if !ok {
		return nil, fault.New(fault.Unknown, "ingest.view", "the record shows no verification")
	}
	return v, nil
}

// viewIn returns the view that an event shows, without its tenant.
func viewIn(p events.Payload) (*events.View, bool) {
	var v events.View
	switch p := p.(type) {
	case events.VerificationDecided:
		v = p.View
	case events.ActionRequired:
		v = p.View
	case events.VerificationFailed:
		v = p.View
	case events.VerificationErased:
		v = p.View
	case events.VerificationMoved:
		v = p.View
	default:
		return nil, false
	}
	v.Tenant = ""
	return &v, true
}
