package ingest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// item is one entry of a timeline, an event with the names of CloudEvents. Data is what may be known of it; nothing is
// personal.
type item struct {
	Cursor  string         `json:"cursor,omitempty"` // where it lies among the inputs of its shard
	Type    string         `json:"type"`
	Subject string         `json:"subject"` // the verification
	Time    time.Time      `json:"time"`
	Data    map[string]any `json:"data"`
}

// timeline serves GET /v1/verifications/{id}/timeline.
func (s *Service) timeline(c *call) error {
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), true)
	if err != nil {
		return err
	}
	shard := events.ShardOf(a.View.ID, s.cfg.Shards)
	items, last, err := s.history(c.Context(), shard, a)
	if err != nil {
		return err
	}
	if !wantsEvents(c.Request) {
		return answer(c.w, http.StatusOK, page[item]{Items: items})
	}
	after := uint64(0)
	if h := c.Header.Get("Last-Event-ID"); h != "" {
		if after, err = cursor(h); err != nil {
			return err
		}
	}
	return s.streamEvents(c, func(ctx context.Context, out *eventStream) error {
		f := follower{s: s, tenant: c.cred.Tenant, out: out, told: map[string]int{}}
		for _, i := range items {
			if n, _ := strconv.ParseUint(i.Cursor, 10, 64); i.Cursor == "" || n > after {
				if err := f.send(i); err != nil {
					return err
				}
			}
		}
		if d := a.View.Decision; d != nil {
			f.told[events.IdentityOf(a.View.ID)] = d.Revision
		}
		return f.shard(ctx, shard, last+1, events.IdentityOf(a.View.ID))
	})
}

// history returns what has happened so far, oldest first, and the sequence of the last input in it.
func (s *Service) history(ctx context.Context, shard int, a ask.Answer) ([]item, uint64, error) {
	items := make([]item, 0, len(a.Inputs)+1)
	var last uint64
	for _, seq := range a.Inputs {
		e, at, err := s.cfg.Bus.Input(ctx, shard, seq)
		if err != nil {
			return nil, 0, err
		}
		last = max(last, seq)
		items = append(items, itemsOf(seq, a.View.ID, e.Data, at)...)
	}
	if a.View.Decision != nil {
		items = append(items, decisionItem(*a.View))
	}
	return items, last, nil
}

func decisionItem(v events.View) item {
	v.Tenant = ""
	return item{Type: events.TypeDecided, Subject: v.ID, Time: v.Decision.DecidedAt, Data: members(v)}
}

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
	return s.streamEvents(c, func(ctx context.Context, out *eventStream) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var readers sync.WaitGroup
		failed := make(chan error, len(from))
		for shard, seq := range from {
			readers.Go(func() {
				f := follower{s: s, tenant: c.cred.Tenant, out: out, told: map[string]int{}}
				failed <- f.shard(ctx, shard, seq, "")
				cancel()
			})
		}
		readers.Wait()
		return <-failed
	})
}

// follower tells a client what happens in one shard to the tenant's verifications, or to one of them: the inputs as they
// come, and each decision once its owner has made it.
type follower struct {
	s      *Service
	tenant string
	out    *eventStream
	told   map[string]int // revision that has been told, by identity
}

// toldMost bounds what a follower remembers. Forgetting costs the client a decision that it has seen.
const toldMost = 10_000

func (f *follower) shard(ctx context.Context, shard int, from uint64, only string) error {
	return f.s.cfg.Bus.ReadInputs(ctx, shard, from, func(batch []bus.Read) error {
		touched := map[string]uint64{}
		var order []string
		for _, r := range batch {
			if r.Err != nil || r.Event.Data == nil || r.Event.Data.Key() == "" {
				continue
			}
			id := r.Event.Data.Key()
			if only != "" && events.IdentityOf(id) != only || tenantOf(r.Event.Data) != f.tenant && only == "" {
				continue
			}
			for _, i := range itemsOf(r.Seq, id, r.Event.Data, r.At) {
				if err := f.send(i); err != nil {
					return err
				}
			}
			if touched[id] == 0 {
				order = append(order, id)
			}
			touched[id] = r.Seq
		}
		for _, id := range order {
			if err := f.decision(ctx, shard, id, touched[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// decision tells of a decision that is new. That its owner does not answer now is no reason to end the stream: the next
// input asks again.
func (f *follower) decision(ctx context.Context, shard int, id string, seq uint64) error {
	a, err := f.s.askOwner(ctx, shard, ask.Question{ID: id, Tenant: f.tenant, AtLeast: seq})
	if err != nil || a.View.Decision == nil {
		return ctx.Err()
	}
	key := events.IdentityOf(id)
	if f.told[key] >= a.View.Decision.Revision {
		return nil
	}
	if len(f.told) >= toldMost {
		clear(f.told)
	}
	f.told[key] = a.View.Decision.Revision
	return f.send(decisionItem(*a.View))
}

func (f *follower) send(i item) error {
	b, err := json.Marshal(i, json.Deterministic(true))
	if err != nil {
		return err
	}
	return f.out.send(i.Cursor, i.Type, b)
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
	case events.SubjectErased:
		return p.Tenant
	case events.CheckAnswered:
		return p.Tenant
	case events.ChecksAnswered:
		return p.Tenant
	}
	return ""
}
