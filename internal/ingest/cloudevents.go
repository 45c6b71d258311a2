package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/trace"
)

const (
	mediaEvent = "application/cloudevents+json"
	mediaBatch = "application/cloudevents-batch+json"
	maxBatch   = 100
)

// acceptEvents serves POST /v1/events. In binary mode documents are streamed as in POST /v1/verifications; a structured
// event or a batch is 1 MiB with everything in it.
func (s *Service) acceptEvents(c *call) error {
	media := mediaType(c.Request)
	switch {
	case media == mediaBatch:
		return s.batch(c)
	case media == mediaEvent:
		body, err := whole(c.Body)
		if err != nil {
			return err
		}
		r, err := s.structured(c, body)
		if err != nil {
			return err
		}
		return accepted(c, r)
	case isJSON(media):
		e, err := events.Decode(attributesOf(c.Header), []byte("{}"))
		if err := attributeProblem(err); err != nil {
			return err
		}
		r, err := s.event(c, e, c.Body)
		if err != nil {
			return err
		}
		return accepted(c, r)
	}
	return wrongType("Send application/json with ce- headers, " + mediaEvent + " or " + mediaBatch + ".")
}

// whole reads a body that has no documents to lift.
func whole(r io.Reader) ([]byte, error) {
	l := lifter{r: bufio.NewReader(r)}
	body, err := l.lift()
	if err != nil {
		return nil, bodyProblem(err)
	}
	return body, nil
}

// attributesOf returns the ce- headers alone.
func attributesOf(h http.Header) events.Header {
	a := make(events.Header, 8)
	for name, v := range h {
		if strings.HasPrefix(name, "Ce-") {
			a[name] = v
		}
	}
	return a
}

// attributeProblem says what an error of reading an event's attributes is.
func attributeProblem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, events.ErrUnknownType):
		return invalid(at("/type", "must be "+events.TypeRequested))
	}
	return malformed("It is not a CloudEvent 1.0: " + strings.TrimPrefix(err.Error(), events.ErrMalformed.Error()+": ") + ".")
}

// originOf says where the event came from. The same event is the same verification, whenever it comes.
func originOf(tenant string, e events.Event, seen time.Time) origin {
	o := origin{Event: e, tenant: tenant, at: seen}
	o.Data = nil
	o.TraceParent = traceParent(e.TraceParent)
	o.id = events.NewID(stamp(e.Time, seen), identity(tenant, e.Source, e.ID))
	return o
}

// event stores one request that came as an event over HTTP. A repetition gets the answer of the first.
func (s *Service) event(c *call, e events.Event, data io.Reader) (r receipt, err error) {
	ctx, tenant := c.Context(), c.cred.Tenant
	if e.Data.Type() != events.TypeRequested {
		return receipt{}, attributeProblem(events.ErrUnknownType)
	}
	o := originOf(tenant, e, s.cfg.Now())
	if o.TraceParent == "" {
		o.TraceParent = c.from
	} else { // what the event belongs to may be another trace than that of who hands it in
		_, span := s.cfg.Tracer.Start(ctx, trace.Begin{Kind: trace.Consumer, Name: intakeSpan, Parent: o.TraceParent, Link: c.from})
		o.TraceParent = cmp.Or(span.Parent(), o.TraceParent)
		defer func() {
			span.Set(trace.Verification, r.ID)
			span.End()
		}()
	}
	p, err := s.promise(ctx, tenant, "event\x00"+e.Source+"\x00"+e.ID)
	if err != nil {
		return receipt{}, err
	}
	if p.known {
		o.id, o.at = p.ID, p.CreatedAt
	} else {
		p.ID, p.CreatedAt = o.id, o.at
	}
	p.anyBody = true
	return s.take(ctx, data, o, p)
}

// structured stores one event in the JSON format.
func (s *Service) structured(c *call, body []byte) (receipt, error) {
	e, data, err := unfold(body)
	if err := attributeProblem(err); err != nil {
		return receipt{}, err
	}
	r, err := s.event(c, e, bytes.NewReader(data))
	return r, under("/data", err)
}

// under puts the pointers of a problem below another.
func under(prefix string, err error) error {
	var p *problem
	if !errors.As(err, &p) || len(p.Errors) == 0 {
		return err
	}
	for i, f := range p.Errors {
		if f.Pointer != "/type" || f.Detail != "must be "+events.TypeRequested {
			p.Errors[i].Pointer = prefix + f.Pointer
		}
	}
	return p
}

// unfold takes an event in the JSON format apart: its attributes, decoded, and its data, not decoded.
func unfold(body []byte) (events.Event, []byte, error) {
	var m map[string]jsontext.Value
	if err := json.Unmarshal(body, &m); err != nil || m == nil {
		return events.Event{}, nil, errors.New("not a JSON object whose members are given once")
	}
	data, inline := m["data"]
	if coded, ok := m["data_base64"]; ok {
		var s string
		if inline {
			return events.Event{}, nil, errors.New("both data and data_base64")
		}
		err := json.Unmarshal(coded, &s)
		if err == nil {
			data, err = base64.StdEncoding.DecodeString(s)
		}
		if err != nil {
			return events.Event{}, nil, errors.New("data_base64 is not base64")
		}
		delete(m, "data_base64")
	}
	m["data"] = jsontext.Value("{}")
	rest, err := json.Marshal(m)
	if err != nil {
		return events.Event{}, nil, errors.New("not JSON")
	}
	e, err := events.Decode(events.Header{"Content-Type": {mediaEvent}}, rest)
	return e, data, err
}

// outcome is what became of one event of a batch.
type outcome struct {
	Index   int             `json:"index"`
	Status  int             `json:"status"`
	ID      string          `json:"id,omitempty"`
	Problem *events.Problem `json:"problem,omitempty"`
}

// batch stores many events and answers for each: 202 when all are accepted, else 207.
func (s *Service) batch(c *call) error {
	body, err := whole(c.Body)
	if err != nil {
		return err
	}
	var all []jsontext.Value
	if err := json.Unmarshal(body, &all); err != nil {
		return malformed("The body is not a JSON array of events.")
	}
	if len(all) > maxBatch {
		return tooLarge("A batch may have " + strconv.Itoa(maxBatch) + " events.")
	}
	status := http.StatusAccepted
	answers := struct {
		Items []outcome `json:"items"`
	}{make([]outcome, len(all))}
	for i, one := range all {
		answers.Items[i] = outcome{Index: i, Status: http.StatusAccepted}
		r, err := s.structured(c, one)
		if err == nil {
			answers.Items[i].ID = r.ID
			continue
		}
		p := problemOf(err)
		if p.Status == http.StatusServiceUnavailable && i == 0 {
			return p // nothing is accepted: so that the sender tries the batch again
		}
		answers.Items[i].Status, answers.Items[i].Problem = p.Status, &p.Problem
		status = http.StatusMultiStatus
	}
	return answer(c.w, status, answers)
}
