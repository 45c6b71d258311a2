package ingest

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/events"
)

// about returns the view of the verification that a call is about, if its state allows what is asked for.
func (s *Service) about(c *call, refuse ...string) (*events.View, error) {
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), false)
	if err != nil {
		return nil, err
	}
	if slices.Contains(refuse, a.View.Status) {
		return nil, conflict("state", "The verification is "+a.View.Status+".")
	}
	return a.View, nil
}

// input stores one fact about a verification and answers 202.
func (s *Service) input(c *call, v *events.View, word string, p events.Payload) error {
	if err := s.tell(c, v, word, p); err != nil {
		return err
	}
	return accepted(c, receiptFor(v))
}

// tell stores one fact about a verification. Word tells one fact of a kind from another.
func (s *Service) tell(c *call, v *events.View, word string, p events.Payload) error {
	e := events.Event{ID: v.ID + "/" + word, Source: source, Subject: v.ID, Time: s.cfg.Now(), Data: p, TraceParent: c.from}
	if err := s.put(c.Context(), e); err != nil {
		return err
	}
	s.commands.note(command{c.cred.Tenant, v.ID, s.cfg.Now()})
	return nil
}

func receiptFor(v *events.View) receipt {
	return receipt{ID: v.ID, Status: v.Status, Flow: v.Flow, Reference: v.Reference, CreatedAt: v.CreatedAt}
}

// dedupe returns what tells a repetition of a call: its idempotency key, else nothing does.
func (s *Service) dedupe(c *call) (string, error) {
	key, err := idempotencyKey(c.Request)
	if err != nil {
		return "", err
	}
	var word [10]byte
	if key != "" {
		word = identity(c.Pattern, c.cred.Tenant, key)
	} else if _, err := io.ReadFull(s.cfg.Random, word[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(word[:]), nil
}

// small reads a body without documents. An absent one is allowed if optional and leaves to as it is.
func (s *Service) small(c *call, schema *jsonschema.Schema, optional bool, to any) error {
	l := lifter{r: bufio.NewReader(c.Body)}
	body, err := l.lift()
	if err != nil {
		return bodyProblem(err)
	}
	if optional && len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !isJSON(mediaType(c.Request)) {
		return wrongType("Send application/json.")
	}
	faults, err := s.faults(schema, body, false, nil)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	if err := strict(body, to); err != nil {
		return invalid(at("", "is not as the schema says"))
	}
	return nil
}

// empty refuses a body other than an empty object.
func (s *Service) empty(c *call) error { return s.small(c, s.explain.empty, true, &struct{}{}) }

// submit serves POST …/submit.
func (s *Service) submit(c *call) error {
	if err := s.empty(c); err != nil {
		return err
	}
	v, err := s.about(c, "cancelled", "erased")
	if err != nil {
		return err
	}
	return s.input(c, v, "submitted", events.VerificationSubmitted{ID: v.ID, Tenant: c.cred.Tenant})
}

// cancel serves POST …/cancel.
func (s *Service) cancel(c *call) error {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := s.small(c, s.explain.cancel, true, &body); err != nil {
		return err
	}
	v, err := s.about(c, "completed", "failed", "erased")
	if err != nil {
		return err
	}
	return s.input(c, v, "cancelled", events.VerificationCancelled{ID: v.ID, Tenant: c.cred.Tenant, Reason: body.Reason})
}

// recheck serves POST …/recheck.
func (s *Service) recheck(c *call) error {
	if err := s.empty(c); err != nil {
		return err
	}
	word, err := s.dedupe(c)
	if err != nil {
		return err
	}
	v, err := s.about(c, "cancelled", "erased")
	if err != nil {
		return err
	}
	return s.input(c, v, "rechecked/"+word, events.VerificationRechecked{ID: v.ID, Tenant: c.cred.Tenant, Dedupe: word})
}
