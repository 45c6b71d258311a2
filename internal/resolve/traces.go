package resolve

import (
	"context"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// trace tells what an input has led to, of a shard that is owned: who reads along would tell it again. It is told beside the records,
// which are the same whether anybody traces. The caller holds mu.
func (s *shard) trace(ctx context.Context, in bus.Read, out []bus.Record, begun time.Time) {
	if s.cfg.Tracer == nil || s.out == nil || len(out) == 0 {
		return
	}
	name, result := "resolve", ""
	for _, r := range out {
		switch kind := resultOf(r.Subject); kind {
		case "":
		case "true", "false", "unknown":
			name, result = "decide", kind
		default:
			result = kind
		}
	}
	_, span := s.cfg.Tracer.Start(ctx, trace.Begin{Kind: trace.Internal, Name: name, Parent: in.Event.TraceParent, At: begun})
	span.Set(trace.Verification, in.Event.Data.Key())
	span.Set(trace.Input, in.Event.Data.Type())
	span.SetInt(trace.Shard, s.n)
	span.SetInt(trace.Records, len(out))
	if result != "" {
		span.Set(trace.Result, result)
	}
	span.End()
}

// resultOf returns the kind of a result by its subject; "" for what is none.
func resultOf(subject string) string {
	if _, rest, ok := strings.Cut(subject, ".result."); ok {
		return rest[strings.LastIndexByte(rest, '.')+1:]
	}
	return ""
}
