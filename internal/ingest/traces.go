package ingest

import (
	"cmp"
	"context"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// traceWait is how long a webhook may wait for news of the trace that it belongs to.
const traceWait = 250 * time.Millisecond

// join begins the span of a call, as of when the call began, in the trace of a traceparent; "" is a trace of its own. What the call
// causes continues it. Who needs no credential is not asked for a traceparent: a vendor's traces are not ours, and the world must not
// choose what is kept.
func (s *Service) join(c *call, parent string) {
	c.from = parent
	if s.cfg.Tracer == nil {
		return
	}
	_, span := s.cfg.Tracer.Start(c.Context(), trace.Begin{Kind: trace.Server, Name: c.name, Parent: parent, At: c.begun})
	c.span, c.from = &span, cmp.Or(span.Parent(), parent)
}

// leave says in a call's span what it was and what came of it, and ends it. The route is said and never the address, which has ids.
func (s *Service) leave(rt route, c *call, status int, err error) {
	if s.cfg.Tracer == nil {
		return
	}
	if c.span == nil {
		s.join(c, "")
	}
	c.span.Set(trace.Method, rt.method)
	c.span.Set(trace.Route, rt.path)
	c.span.SetInt(trace.Status, status)
	if c.id != "" {
		c.span.Set(trace.Verification, c.id)
	}
	if status >= 500 {
		c.span.Fail(string(fault.ClassOf(err)))
	}
	c.span.End()
}

// traceOf returns the traceparent of the request that began a verification, as far as it can be had quickly: "" is none.
func (s *Service) traceOf(ctx context.Context, id string) string {
	if s.cfg.Tracer == nil || s.cfg.Index == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, traceWait)
	defer cancel()
	shard := events.ShardOf(id, s.cfg.Shards)
	if s.cfg.Index.Wait(ctx, shard, s.acked[shard].Load()) != nil { // a vendor may be faster than the index
		return ""
	}
	seq := s.cfg.Index.Opened(id)
	if seq == 0 {
		return ""
	}
	e, _, err := s.cfg.Bus.Input(ctx, shard, seq)
	if err != nil {
		return ""
	}
	return e.TraceParent
}
