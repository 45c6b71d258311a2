package ingest

import (
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/ida"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// formatVerified asks for what vendors found, as OpenID Identity Assurance writes it.
const formatVerified = "verified_claims"

// Reader reads a vendor's kept answers again.
type Reader struct {
	Title string // of the vendor
	Read  providers.ReadFunc
}

// verified serves GET /v1/verifications/{id}?format=verified_claims: what the checks that count have found about the person,
// read again from the sealed evidence, once the decision is true.
func (s *Service) verified(c *call) error {
	if !c.cred.May(ScopeSubjects) {
		return forbidden(ScopeSubjects)
	}
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), true)
	switch {
	case err != nil:
		return err
	case s.cfg.Opener == nil:
		return cannotUnseal()
	case a.View.Status == "erased":
		return erased()
	case a.View.Decision == nil || a.View.Decision.Result != "true":
		return newProblem(http.StatusConflict, "not-verified", "Nothing is verified", "Claims are verified once the decision is true.")
	}
	claimed, err := s.dossier(c.Context(), a)
	if err != nil {
		return err
	}
	if claimed.Subject.Type == "business" {
		return newProblem(http.StatusConflict, "not-a-person", "There are no verified claims about a business",
			"OpenID Identity Assurance 1.0 has claims about natural persons only. What was found of the business is in its details; persons with verifications of their own have claims there.")
	}
	sources, err := s.sources(c.Context(), a, claimed.Subject.Person)
	if err != nil {
		return err
	}
	doc, ok := ida.Write(*a.View, sources)
	if !ok {
		return newProblem(http.StatusConflict, "no-claims", "No claim is verified", "The vendors' verdicts are on nothing that is a claim about a person.")
	}
	s.cfg.Log.Info("verified claims read", "verification", a.View.ID, "tenant", c.cred.Tenant, "key", c.cred.ID)
	return answer(c.w, http.StatusOK, doc)
}

// sources opens the evidence that true details rest on, each once, and reads it.
func (s *Service) sources(ctx context.Context, a ask.Answer, claimed *subject.Person) ([]ida.Source, error) {
	components := map[string][]string{} // by digest
	for _, d := range a.View.Details {
		for _, digest := range d.Evidence {
			if d.Result == "true" {
				components[digest] = append(components[digest], d.Component)
			}
		}
	}
	var out []ida.Source
	for _, seq := range a.Inputs {
		e, _, err := s.cfg.Bus.Input(ctx, events.ShardOf(a.View.ID, s.cfg.Shards), seq)
		if err != nil {
			return nil, err
		}
		for _, fact := range events.Facts(e.Data) {
			said, ok := fact.(events.CheckAnswered)
			if !ok || said.Evidence == nil {
				continue
			}
			digest := "sha256:" + said.Evidence.SHA256
			reader, known := s.cfg.Readers[said.Provider]
			if components[digest] == nil || !known {
				continue
			}
			found, err := s.reread(ctx, said, reader)
			if err != nil {
				return nil, err
			}
			at := said.ObservedAt
			if at.IsZero() {
				at = e.Time
			}
			out = append(out, ida.Source{Organization: reader.Title, Operation: said.Operation, At: at,
				Components: slices.Compact(components[digest]), Read: found.Extracted, Claimed: claimed})
			delete(components, digest)
		}
	}
	return out, nil
}

// reread opens what is kept of an answer and reads it.
func (s *Service) reread(ctx context.Context, said events.CheckAnswered, reader Reader) (providers.Outcome, error) {
	plain, err := s.kept(ctx, said)
	if err != nil {
		return providers.Outcome{}, err
	}
	defer clear(plain)
	var reply providers.Reply
	if err := json.Unmarshal(plain, &reply); err != nil { // its text may quote the evidence
		return providers.Outcome{}, fault.New(fault.Unknown, "ingest.evidence", "what is kept of an answer cannot be read")
	}
	return reader.Read(reply)
}

// kept returns the plaintext of an answer's evidence. With the key gone it says that the person is erased.
func (s *Service) kept(ctx context.Context, said events.CheckAnswered) ([]byte, error) {
	plain, err := openEvidence(ctx, s.cfg.Opener, s.cfg.Blobs, said)
	if fault.ClassOf(err) == fault.Invalid {
		return nil, erased()
	}
	return plain, err
}

func openEvidence(ctx context.Context, o Opener, blobs *blob.Store, said events.CheckAnswered) ([]byte, error) {
	aad := seal.AAD{Verification: said.ID, Kind: seal.KindEvidence, Tenant: said.Tenant}
	if said.Evidence.Sealed != nil {
		return o.Open(ctx, aad, *said.Evidence.Sealed)
	}
	sealed, err := blobs.Open(ctx, said.Evidence.Ref)
	if err != nil {
		return nil, err
	}
	defer sealed.Close()
	plain, err := o.OpenStream(ctx, aad, said.Evidence.Key, sealed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(plain, said.Evidence.Size+1)) // to the end, where the stream says that it is whole
}

func cannotUnseal() error {
	return newProblem(http.StatusNotImplemented, "not-served-here", "Subjects cannot be read here", "This process can seal and cannot unseal.")
}

func erased() error { return newProblem(http.StatusGone, "erased", "The subject is erased", "") }
