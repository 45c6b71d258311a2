package ingest

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/index"
)

// erase serves DELETE …/subject: it destroys the keys of everything that is sealed about the subject and removes the
// blobs, then says so. What vendors have is the resolver's to ask for. What comes in meanwhile or later goes the same way:
// see scrub. A repetition finishes what an interrupted one has left.
func (s *Service) erase(c *call) error {
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), false)
	if err != nil {
		return err
	}
	if err := s.caughtUp(c.Context()); err != nil {
		return err
	}
	places, err := s.cfg.Index.Places(c.Context(), a.View.ID)
	if err != nil {
		return fault.New(fault.Unknown, "ingest.erase", "the index cannot be read")
	}
	e := index.Erasure{ID: a.View.ID, Tenant: c.cred.Tenant, Shard: events.ShardOf(a.View.ID, s.cfg.Shards)}
	for _, p := range places {
		if p.Log == 0 {
			e.Inputs = append(e.Inputs, p.Input)
		}
	}
	if err := s.scrub(c.Context(), e); err != nil {
		return err
	}
	return s.input(c, a.View, "erased", events.SubjectErased{ID: a.View.ID, Tenant: c.cred.Tenant})
}

// scrub destroys the keys that inputs name and removes the blobs. What is gone already is no error. What another tenant
// claims to be of the verification is left alone.
func (s *Service) scrub(ctx context.Context, e index.Erasure) error {
	gone := false
	for _, seq := range e.Inputs {
		in, _, err := s.cfg.Bus.Input(ctx, e.Shard, seq)
		if fault.ClassOf(err) == fault.Malformed {
			continue // no event: the resolver has skipped it too
		}
		if err != nil {
			return err
		}
		if t := tenantOf(in.Data); t != "" && t != e.Tenant {
			continue
		}
		keys, blobs := sealedIn(in.Data)
		switch p := in.Data.(type) {
		case events.SubjectErased:
			gone = true
		case events.VerificationOpened:
			if gone {
				continue // a business that has named the person since: what it has sealed is for another verification
			}
			k, b, err := s.unasked(ctx, e, seq, &p)
			if err != nil {
				return err
			}
			keys, blobs = append(keys, k...), append(blobs, b...)
		}
		if err := s.destroy(ctx, keys, blobs); err != nil {
			return err
		}
	}
	return s.scrubDead(ctx, e.ID)
}

func (s *Service) destroy(ctx context.Context, keys []uint64, blobs []string) error {
	for _, key := range keys {
		if err := s.cfg.Bus.DestroyKey(ctx, key); err != nil {
			return err
		}
	}
	for _, ref := range blobs {
		if err := s.cfg.Blobs.Delete(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

// unasked returns what a business's request has sealed of persons whose own verifications it has not asked for. Of the others
// those verifications decide: their owner erases them when no business needs them any more.
func (s *Service) unasked(ctx context.Context, e index.Erasure, seq uint64, p *events.VerificationOpened) (keys []uint64, blobs []string, err error) {
	if !slices.ContainsFunc(p.Parties, func(q events.Party) bool { return q.Sealed != nil }) {
		return nil, nil, nil
	}
	a, err := s.askOwner(ctx, e.Shard, ask.Question{ID: e.ID, Tenant: e.Tenant, AtLeast: s.acked[e.Shard].Load(), Inputs: true})
	var none *problem
	if errors.As(err, &none) && none.Status == http.StatusNotFound {
		a, err = ask.Answer{View: &events.View{}}, nil // it never began
	}
	if err != nil {
		return nil, nil, err
	}
	first := len(a.Inputs) > 0 && a.Inputs[0] == seq // a repetition of the request was never asked with
	for i, q := range p.Parties {
		asked := first && i < len(a.View.AssociatedPersons) && a.View.AssociatedPersons[i].ID != ""
		if q.Sealed == nil || asked {
			continue
		}
		keys = append(keys, q.Sealed.Key)
		for _, d := range q.Documents {
			keys, blobs = append(keys, d.Key), append(blobs, d.Ref)
		}
	}
	return keys, blobs, nil
}

// scrubDead destroys the keys of what could not be read about a verification.
func (s *Service) scrubDead(ctx context.Context, id string) error {
	letters, err := s.cfg.Bus.DeadLetters(ctx)
	if err != nil {
		return err
	}
	for _, d := range letters {
		if d.ID == id && d.Message != nil {
			if err := s.cfg.Bus.DestroyKey(ctx, d.Message.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// sealedIn returns the numbers of the keys that an input's boxes are sealed with, and where its blobs lie.
func sealedIn(p events.Payload) (keys []uint64, blobs []string) {
	add := func(key uint64, ref string) {
		if key != 0 && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		if ref != "" {
			blobs = append(blobs, ref)
		}
	}
	evidence := func(e *events.Evidence) {
		if e != nil {
			add(e.Key, e.Ref)
			if e.Sealed != nil {
				add(e.Sealed.Key, "")
			}
		}
	}
	documents := func(ds []events.Document) {
		for _, d := range ds {
			add(d.Key, d.Ref)
		}
	}
	switch p := p.(type) {
	case events.VerificationOpened:
		add(p.Sealed.Key, "")
		documents(p.Documents)
	case events.DocumentsAdded:
		documents(p.Documents)
	case events.SubjectCorrected:
		add(p.Sealed.Key, "")
	case events.VerificationReviewed:
		add(p.Reason.Key, "")
	case events.WebhookReceived:
		evidence(p.Body)
	case events.CheckAnswered:
		evidence(p.Evidence)
	case events.ChecksAnswered:
		for _, a := range p.Answers {
			evidence(a.Evidence)
		}
	}
	return keys, blobs
}
