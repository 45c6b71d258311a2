package dispatch

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/providers"
)

func untraced(error) {}

// trace begins the span of a task, as of when it was taken, and returns a context in which it is the parent of its calls. What the
// task causes continues it. End is told how the task is settled.
func (l *line) trace(ctx context.Context, t *task, begun time.Time) (_ context.Context, end func(error)) {
	if l.cfg.Tracer == nil {
		return ctx, untraced
	}
	ctx, span := l.cfg.Tracer.Start(ctx, trace.Begin{Kind: trace.Consumer, Name: "task " + l.spec.Name, Parent: t.from, At: begun})
	t.from = cmp.Or(span.Parent(), t.from)
	span.Set(trace.Provider, l.spec.Name)
	span.Set(trace.Verification, t.ID)
	return ctx, func(err error) {
		span.Fail(string(fault.ClassOf(err)))
		span.End()
	}
}

// watch returns a context whose calls of the vendor have spans: whom and what for, and the class of what went wrong. No address is in
// them, nor anything that was sent or came back.
func (l *line) watch(ctx context.Context, c *events.Call) context.Context {
	if l.cfg.Tracer == nil {
		return ctx
	}
	return providers.WithWatch(ctx, func(ctx context.Context, op string) (context.Context, func(error)) {
		ctx, span := l.cfg.Tracer.Start(ctx, trace.Begin{Kind: trace.Client, Name: strings.Replace(op, ".", " ", 1)})
		span.Set(trace.Provider, l.spec.Name)
		span.Set(trace.Check, c.Check)
		span.SetInt(trace.Try, c.Try)
		return ctx, func(err error) {
			span.Fail(string(fault.ClassOf(err)))
			span.End()
		}
	})
}
