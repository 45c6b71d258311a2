package dispatch

import (
	"context"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// undecodable settles a message that is no event of ours. One of a type that is not known yet is a newer dispatcher's.
func (l *line) undecodable(ctx context.Context, d *bus.Delivery) error {
	if errors.Is(d.Err, events.ErrUnknownType) {
		return fault.New(fault.Transient, "dispatch.task", "an event of a type that is not known yet")
	}
	return l.bury(ctx, d, fault.New(fault.Malformed, "dispatch.task", "the message is not an event of the expected form"))
}

// broken settles a task over which our own code panicked: it comes again a few times, and is then kept as a dead letter.
func (l *line) broken(ctx context.Context, d *bus.Delivery) error {
	l.metrics.panicked(l.spec.Name)
	l.log.ErrorContext(ctx, "panic over a task", "provider", l.spec.Name, "seq", d.Seq, "attempt", d.Attempt)
	why := fault.New(fault.Malformed, "dispatch.task", "the task breaks the dispatcher")
	if d.Attempt < mostPanics {
		return fault.New(fault.Transient, "dispatch.task", why.Reason)
	}
	return l.bury(ctx, d, why)
}

// remains is what must be readable of a task to tell the resolver.
type remains struct {
	ID       string         `json:"id"`
	Tenant   string         `json:"tenant"`
	Provider string         `json:"provider"`
	Sealed   *events.Sealed `json:"sealed"`
	Calls    []struct {
		Check     string `json:"check"`
		Attempt   int    `json:"attempt"`
		Try       int    `json:"try"`
		Kind      string `json:"kind"`
		Operation string `json:"operation"`
	} `json:"calls"`
}

// bury keeps a dead letter, then tells the resolver if it can be seen whom it concerns, and returns why.
func (l *line) bury(ctx context.Context, d *bus.Delivery, why *fault.Error) error {
	var r remains
	if err := json.Unmarshal(d.Raw, &r, jsontext.AllowDuplicateNames(true)); err != nil || !events.ValidID(r.ID) {
		r = remains{}
	}
	letter := events.DeadLettered{
		ID: r.ID, Stream: d.Stream, Sequence: d.Seq, Op: why.Op, Class: string(why.Class), Why: why.Reason, At: l.now(), Subject: d.Subject,
	}
	if r.Sealed != nil {
		if box, err := l.cfg.Opener.SealUnder(ctx, seal.AAD{Verification: r.ID, Kind: seal.KindDead, Tenant: r.Tenant}, r.Sealed.Key, d.Raw); err == nil {
			letter.Message = &box
		}
	}
	id := d.Stream + "." + strconv.FormatUint(d.Seq, 10)
	if _, err := l.cfg.Bus.Put(ctx, events.Event{ID: id, Source: source, Subject: r.ID, Time: l.now(), Data: letter}); err != nil {
		return err
	}
	l.metrics.buried(l.spec.Name)
	l.log.ErrorContext(ctx, "dead letter", "provider", l.spec.Name, "seq", d.Seq, "verification", r.ID, "class", string(why.Class), "why", why.Reason)
	if r.ID == "" || r.Provider != l.spec.Name {
		return why
	}
	t := &task{CheckRequested: events.CheckRequested{ID: r.ID, Tenant: r.Tenant, Provider: r.Provider}, event: id}
	for _, c := range r.Calls {
		t.Calls = append(t.Calls, events.Call{Check: c.Check, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Operation: c.Operation})
	}
	if err := l.refuse(ctx, t, why); err != nil {
		return err
	}
	return why
}
