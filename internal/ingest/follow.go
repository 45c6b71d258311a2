package ingest

import (
	"context"
	"net/http"
	"sync"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// follow serves GET /v1/timeline: whatever happens to the tenant's verifications from now on.
func (s *Service) follow(c *call) error {
	if !wantsEvents(c.Request) {
		return newProblem(http.StatusNotAcceptable, "not-acceptable", "Only an event stream is served here", "Send Accept: text/event-stream.")
	}
	from := make([]uint64, s.cfg.Shards)
	for shard := range from {
		tail, err := s.cfg.Bus.Tail(c.Context(), shard)
		if err != nil {
			return err
		}
		from[shard] = tail + 1
	}
	tenant := c.cred.Tenant
	return s.streamEvents(c, func(ctx context.Context, out *eventStream) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var readers sync.WaitGroup
		for shard, seq := range from {
			readers.Go(func() { cancel(s.cfg.Bus.ReadInputs(ctx, shard, seq, inputsTo(out, tenant))) })
		}
		readers.Go(func() { cancel(s.cfg.Bus.FollowResults(ctx, tenant, resultsTo(out))) })
		readers.Wait()
		return context.Cause(ctx)
	})
}

// inputsTo tells of the inputs that are a tenant's.
func inputsTo(out *eventStream, tenant string) func([]bus.Read) error {
	return func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Err != nil || r.Event.Data == nil || r.Event.Data.Key() == "" || tenantOf(r.Event.Data) != tenant {
				continue
			}
			for _, i := range itemsOf(r.Event.Data.Key(), r.Event.Data, r.At) {
				if err := sendItem(out, i); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// resultsTo tells of results.
func resultsTo(out *eventStream) func([]bus.Read) error {
	return func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Err != nil || r.Event.Data == nil {
				continue
			}
			for _, i := range recordItems(r.Event, r.Event.Data.Key()) {
				if err := sendItem(out, i); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// tenantOf returns whose an input is; "" when it does not say.
func tenantOf(p events.Payload) string {
	switch p := p.(type) {
	case events.VerificationOpened:
		return p.Tenant
	case events.DocumentsAdded:
		return p.Tenant
	case events.VerificationSubmitted:
		return p.Tenant
	case events.VerificationCancelled:
		return p.Tenant
	case events.VerificationRechecked:
		return p.Tenant
	case events.VerificationReviewed:
		return p.Tenant
	case events.VerificationClaimed:
		return p.Tenant
	case events.SubjectErased:
		return p.Tenant
	case events.CheckAnswered:
		return p.Tenant
	case events.ChecksAnswered:
		return p.Tenant
	}
	return ""
}
