package ingest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// intakeFlight is how many requests from NATS are worked on at once.
const intakeFlight = 512

// takeRequests takes requests that upstream services have published, until ctx ends.
func (s *Service) takeRequests(ctx context.Context) error {
	var pending sync.WaitGroup
	defer pending.Wait()
	for ctx.Err() == nil {
		feed, err := s.cfg.Bus.Requests(ctx)
		if err == nil {
			err = feed.Each(ctx, intakeFlight, func(ctx context.Context, d *bus.Delivery) { s.intakeOne(ctx, d, &pending) })
		}
		if err == nil || ctx.Err() != nil {
			return nil
		}
		s.cfg.Log.Warn("requests cannot be taken now", "class", string(fault.ClassOf(err)), "cause", err)
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// intakeSpan names the span of one event that somebody has published.
const intakeSpan = "request"

// intakeOne makes of one message an input, or a rejection that says why not; the message is settled when that is stored.
func (s *Service) intakeOne(ctx context.Context, d *bus.Delivery, pending *sync.WaitGroup) {
	tenant := d.Tenant()
	if !events.ValidToken(tenant) {
		s.settle(ctx, d, s.buryRequest(ctx, d), "buried")
		return
	}
	e, data, err := parse(d)
	o := originOf(tenant, e, d.Stored)
	if e.ID == "" {
		o.id = events.NewID(d.Stored, identity(tenant, d.Stream, d.Stored.String()))
	}
	_, span := s.cfg.Tracer.Start(ctx, trace.Begin{Kind: trace.Consumer, Name: intakeSpan, Parent: o.TraceParent})
	span.Set(trace.Verification, o.id)
	o.TraceParent = cmp.Or(span.Parent(), o.TraceParent)
	u := s.uploads(ctx, o.id, tenant)
	var r *events.VerificationRequested
	if err == nil {
		r, err = s.decodeRequest(data, u)
	}
	var opened events.Event
	if err == nil {
		opened, err = s.open(r, o, u)
	}
	if err != nil {
		u.discard()
		span.Set(trace.Outcome, s.refuse(ctx, d, o, data, err))
		span.End()
		return
	}
	pending.Add(1)
	err = s.cfg.Bus.PutAsync(ctx, opened, func(p bus.Position, err error) {
		defer pending.Done()
		if err == nil {
			s.remember(p)
		}
		span.Set(trace.Outcome, s.settle(ctx, d, err, "opened"))
		span.End()
	})
	if err != nil {
		pending.Done()
		span.Set(trace.Outcome, s.settle(ctx, d, err, "opened"))
		span.End()
	}
}

// decodeRequest is receive and request for bytes that are here already.
func (s *Service) decodeRequest(data []byte, u *uploads) (*events.VerificationRequested, error) {
	if hasDocuments(data) {
		var err error
		if data, err = receive(bytes.NewReader(data), contentOfRequest, u); err != nil {
			return nil, err
		}
	}
	return s.request(data, u)
}

// parse returns an event's attributes and its data, not decoded. The error is a problem.
func parse(d *bus.Delivery) (events.Event, []byte, error) {
	binary := false
	for name, v := range d.Header {
		if len(v) > 0 && strings.EqualFold(name, "ce-specversion") {
			binary = true
		}
		if strings.EqualFold(name, "content-type") && len(v) > 0 && strings.HasPrefix(strings.ToLower(v[0]), "application/cloudevents") {
			binary = false
			break
		}
	}
	if !binary {
		e, data, err := unfold(d.Raw)
		return e, data, typed(e, err)
	}
	e, err := events.Decode(d.Header, []byte("{}")) // the attributes alone: the data is decoded strictly
	return e, d.Raw, typed(e, err)
}

func typed(e events.Event, err error) error {
	if err == nil && (e.Data == nil || e.Data.Type() != events.TypeRequested) {
		err = events.ErrUnknownType
	}
	return attributeProblem(err)
}

// refuse publishes why a request can never start. What may heal is tried again. It returns what came of it.
func (s *Service) refuse(ctx context.Context, d *bus.Delivery, o origin, data []byte, err error) string {
	var p *problem
	if !errors.As(err, &p) {
		return s.settle(ctx, d, err, "retried")
	}
	v := events.VerificationRejected{ID: o.id, EventID: o.ID, Source: o.Source, Tenant: o.tenant, Problem: p.Problem}
	v.Flow, v.Reference = gist(data)
	e := events.Event{ID: o.id[len("vrf_"):] + "/rejected", Source: source, Subject: o.id, Time: s.cfg.Now(), Data: v, CausationID: o.ID, TraceParent: o.TraceParent}
	return s.settle(ctx, d, s.put(ctx, e), "rejected")
}

// gist returns flow and reference of a request that is not valid, as far as they can be read and used.
func gist(data []byte) (flow, reference string) {
	var g struct {
		Flow      string `json:"flow"`
		Reference string `json:"reference"`
	}
	_ = json.Unmarshal(data, &g)
	if !events.ValidToken(g.Flow) {
		g.Flow = ""
	}
	if !atMost(128, g.Reference) {
		g.Reference = ""
	}
	return g.Flow, g.Reference
}

// buryRequest keeps a message that is no tenant's.
func (s *Service) buryRequest(ctx context.Context, d *bus.Delivery) error {
	dead := events.DeadLettered{Stream: d.Stream, Sequence: d.Seq, Op: "ingest.request", Class: string(fault.Malformed), Why: "the subject names no tenant", At: s.cfg.Now(), Subject: "bonafide.requests.*"}
	if len(d.Raw) <= inlineMost {
		box, err := s.cfg.Sealer.Seal(ctx, seal.AAD{Kind: seal.KindDead}, d.Raw)
		if err != nil {
			return err
		}
		dead.Message = &box
	}
	word := identity(d.Stream, d.Stored.String())
	return s.put(ctx, events.Event{ID: "request/" + hex.EncodeToString(word[:]), Source: source, Time: s.cfg.Now(), Data: dead})
}

// settle gives the message back or has it removed, and returns what came of it.
func (s *Service) settle(ctx context.Context, d *bus.Delivery, err error, outcome string) string {
	if err != nil {
		outcome = "retried"
		s.cfg.Log.Warn("a request is tried again", "sequence", d.Seq, "attempt", d.Attempt, "class", string(fault.ClassOf(err)), "cause", err)
		if c := fault.ClassOf(err); c == fault.Invalid || c == fault.Malformed {
			err = fault.New(fault.Transient, "ingest.settle", "nothing is dropped") // a bug or a full broker, not the request
		}
	}
	if err := d.Settle(ctx, err); err != nil {
		s.cfg.Log.Debug("a request is not settled and comes again", "sequence", d.Seq, "cause", err)
	}
	s.metrics.intake.WithLabelValues(outcome).Inc()
	s.intake.handled.Add(1)
	return outcome
}

// purge removes requests, which hold persons in clear, from the stream soon after they are sealed: a few times a second
// as long as any come, and until nothing is left.
func (s *Service) purge(ctx context.Context) {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	again := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		n := s.intake.handled.Load()
		if n != s.intake.purged.Swap(n) {
			again = 10 // acknowledgements may still be on their way
		}
		if again == 0 {
			continue
		}
		again--
		if err := s.cfg.Bus.PurgeRequests(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("sealed requests are not removed yet", "class", string(fault.ClassOf(err)), "cause", err)
			again = 10
		}
	}
}
