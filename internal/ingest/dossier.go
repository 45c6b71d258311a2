package ingest

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// dossier opens the box of a verification, in a process that may.
func (s *Service) dossier(ctx context.Context, a ask.Answer) (events.Dossier, error) {
	if s.cfg.Opener == nil {
		return events.Dossier{}, cannotUnseal()
	}
	if a.View.Status == "erased" { // an opener may still remember the key
		return events.Dossier{}, erased()
	}
	if len(a.Inputs) == 0 {
		return events.Dossier{}, notFound()
	}
	e, _, err := s.cfg.Bus.Input(ctx, events.ShardOf(a.View.ID, s.cfg.Shards), a.Inputs[0])
	if err != nil {
		return events.Dossier{}, err
	}
	v, ok := e.Data.(events.VerificationOpened)
	if !ok {
		return events.Dossier{}, fault.New(fault.Unknown, "ingest.subject", "the first input is no request")
	}
	plain, err := s.cfg.Opener.Open(ctx, seal.Dossier(v.ID, v.Tenant, v.Sealed), v.Sealed)
	if fault.ClassOf(err) == fault.Invalid {
		return events.Dossier{}, erased()
	}
	if err != nil {
		return events.Dossier{}, err
	}
	var d events.Dossier
	if err := json.Unmarshal(plain, &d); err != nil {
		return events.Dossier{}, fault.New(fault.Unknown, "ingest.subject", "the dossier cannot be read")
	}
	return d, s.corrected(ctx, a, &d)
}

// corrected adds to a dossier what was corrected since.
func (s *Service) corrected(ctx context.Context, a ask.Answer, d *events.Dossier) error {
	for _, seq := range a.Corrected {
		e, _, err := s.cfg.Bus.Input(ctx, events.ShardOf(a.View.ID, s.cfg.Shards), seq)
		if err != nil {
			return err
		}
		in, ok := e.Data.(events.SubjectCorrected)
		if !ok {
			return fault.New(fault.Unknown, "ingest.subject", "the input is no correction")
		}
		plain, err := s.cfg.Opener.Open(ctx, seal.AAD{Verification: in.ID, Kind: seal.KindCorrection, Tenant: in.Tenant}, in.Sealed)
		if fault.ClassOf(err) == fault.Invalid {
			return erased()
		}
		if err != nil {
			return err
		}
		var c events.Correction
		err = json.Unmarshal(plain, &c)
		clear(plain)
		if err == nil {
			err = d.Correct(c)
		}
		if err != nil {
			return fault.New(fault.Unknown, "ingest.subject", "a correction cannot be read")
		}
	}
	return nil
}

// recall names in an answer of the index the inputs of a verification, and which of them are corrections. One that has come
// again is one.
func (s *Service) recall(ctx context.Context, tenant string, a *ask.Answer) error {
	places, err := s.cfg.Index.Places(ctx, a.View.ID)
	if err != nil {
		return fault.New(fault.Unknown, "ingest.index", "the index cannot be read")
	}
	seen := map[string]bool{}
	for _, p := range places {
		if p.Log != 0 || p.Input == a.Inputs[0] {
			continue
		}
		e, _, err := s.cfg.Bus.Input(ctx, events.ShardOf(a.View.ID, s.cfg.Shards), p.Input)
		if fault.ClassOf(err) == fault.Malformed {
			continue // no event: the resolver has skipped it too
		}
		if err != nil {
			return err
		}
		if t := tenantOf(e.Data); t != "" && t != tenant {
			continue
		}
		a.Inputs = append(a.Inputs, p.Input)
		if c, ok := e.Data.(events.SubjectCorrected); ok && !seen[c.Dedupe] {
			seen[c.Dedupe] = c.Dedupe != ""
			a.Corrected = append(a.Corrected, p.Input)
		}
	}
	a.Corrected = a.Corrected[max(len(a.Corrected)-decision.MaxCorrected, 0):]
	return nil
}
