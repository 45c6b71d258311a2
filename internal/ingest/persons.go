package ingest

import (
	"slices"
	"strconv"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/subject"
)

// persons makes of a business's associated persons what their own verifications are opened with: for each an id, and a dossier
// and documents under a key of the person alone. Two that are one person are one verification, with the documents of both.
func (s *Service) persons(v *events.VerificationOpened, r *events.VerificationRequested, flow string, o origin, u *uploads) error {
	f, ok := s.cfg.Flows.Get(flow)
	if !ok {
		return fault.New(fault.Unknown, "ingest.persons", "the flow of the persons is not there")
	}
	for i, p := range r.AssociatedPersons {
		party := events.Party{Reference: p.Reference, Role: p.Role, Ownership: p.Ownership}
		var documents []events.Document
		for _, d := range p.Documents {
			doc, err := u.document(d, "")
			if err != nil {
				return err
			}
			doc.For = v.ID
			documents = append(documents, doc)
		}
		party.Own = events.NewID(o.at, identity("person", v.Tenant, events.IdentityOf(v.ID), p.Reference))
		if known, ok := s.cfg.Recogniser.identity(v.Tenant, f.Digest, &p.Person); ok {
			party.ID = events.NewID(o.at, known)
		} else {
			party.ID, party.Own = party.Own, ""
		}
		if at := slices.IndexFunc(v.Parties, func(q events.Party) bool { return q.ID == party.ID }); at >= 0 {
			first := &v.Parties[at]
			first.Documents = append(first.Documents, documents...)
			party.Own = first.Own
			v.Parties = append(v.Parties, party)
			continue
		}
		claimed := subject.Subject{Type: "person", Person: &p.Person}
		k, err := u.key(strconv.Itoa(i))
		if err != nil {
			return err
		}
		box, err := sealed(k, events.Dossier{Subject: claimed, ReturnURL: r.ReturnURL}, seal.AAD{Verification: v.ID, Kind: seal.KindPerson, Tenant: v.Tenant})
		if err != nil {
			return err
		}
		box.For = v.ID
		party.Flow, party.FlowDigest, party.Country, party.Sealed, party.Documents = f.Name, f.Digest, countryOf(claimed), &box, documents
		v.Parties = append(v.Parties, party)
	}
	return nil
}
