package ingest

import (
	"context"
	"net/http"
	"sync"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// follow serves GET /v1/timeline: whatever happens to the tenant's verifications from now on. Now is before the answer
// begins: who has its head misses nothing that he causes after it.
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
	results, err := s.cfg.Bus.LastResult(c.Context())
	if err != nil {
		return err
	}
	tenant, told := c.cred.Tenant, newPace(from)
	return s.streamEvents(c, func(ctx context.Context, out *eventStream) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var readers sync.WaitGroup
		for shard, seq := range from {
			readers.Go(func() {
				cancel(s.cfg.Bus.ReadInputs(ctx, shard, seq, inputsTo(out, tenant, func(seq uint64) { told.reached(shard, seq) })))
			})
		}
		readers.Go(func() { cancel(s.cfg.Bus.FollowResults(ctx, tenant, results, resultsTo(ctx, out, told))) })
		readers.Wait()
		return context.Cause(ctx)
	})
}

// inputsTo tells of the inputs that are a tenant's, and then says how far it is.
func inputsTo(out *eventStream, tenant string, reached func(uint64)) func([]bus.Read) error {
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
		reached(batch[len(batch)-1].Seq)
		return nil
	}
}

// resultsTo tells of results, each after the input that caused it.
func resultsTo(ctx context.Context, out *eventStream, told *pace) func([]bus.Read) error {
	return func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Err != nil || r.Event.Data == nil {
				continue
			}
			if err := told.await(ctx, events.ShardOf(r.Event.Data.Key(), len(told.at)), r.InSeq); err != nil {
				return err
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

// pace is how far the inputs of each shard have been told. It is safe for concurrent use.
type pace struct {
	mu    sync.Mutex
	at    []uint64
	moved chan struct{} // closed and replaced when at has grown
}

// newPace begins before the inputs next.
func newPace(next []uint64) *pace {
	p := &pace{at: make([]uint64, len(next)), moved: make(chan struct{})}
	for shard, seq := range next {
		p.at[shard] = seq - 1
	}
	return p
}

func (p *pace) reached(shard int, seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at[shard] = seq
	close(p.moved)
	p.moved = make(chan struct{})
}

// await returns once an input has been told, or ctx ends.
func (p *pace) await(ctx context.Context, shard int, seq uint64) error {
	for {
		p.mu.Lock()
		done, moved := p.at[shard] >= seq, p.moved
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tenantOf returns whose an input is; "" when it does not say.
func tenantOf(p events.Payload) string {
	switch p := p.(type) {
	case events.VerificationOpened:
		return p.Tenant
	case events.DocumentsAdded:
		return p.Tenant
	case events.SubjectCorrected:
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
	case events.LinkRequested:
		return p.Tenant
	case events.PersonReported:
		return p.Tenant
	case events.PersonReleased:
		return p.Tenant
	case events.CheckAnswered:
		return p.Tenant
	case events.ChecksAnswered:
		return p.Tenant
	}
	return ""
}
