package ingest

import (
	"context"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

var errNotPublished = fault.New(fault.Transient, "ingest.ready", "the flows are not published yet")

// publishFlows tells every shard of the flow versions that are new and keeps them; it tries until the broker is there.
// Telling a shard twice does no harm.
func (s *Service) publishFlows(ctx context.Context) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := s.publishOnce(ctx)
		if err == nil {
			s.ready.Store(true)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.cfg.Log.Warn("the flows cannot be published yet", "class", string(fault.ClassOf(err)), "cause", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) publishOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	known, err := s.cfg.Bus.Flows(ctx)
	if err != nil {
		return err
	}
	have := make(map[string]bool, len(known))
	for _, f := range known {
		have[f.Digest] = true
	}
	for _, f := range s.cfg.Flows.All() {
		if have[f.Digest] {
			continue
		}
		p := events.FlowPublished{Flow: f.Name, Digest: f.Digest, Source: f.Source}
		if _, err := s.cfg.Bus.Put(ctx, events.Event{ID: "flow/" + f.Digest, Source: source, Time: s.cfg.Now(), Data: p}); err != nil {
			return err
		}
		if err := s.cfg.Bus.PutFlow(ctx, p); err != nil {
			return err
		}
		s.cfg.Log.Info("flow published", "flow", f.Name, "digest", f.Digest)
	}
	return nil
}
