package ingest

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// correct serves POST …/subject: members of the claim that were wrong. They are sealed as the claim is, under a key of their own,
// and added to it; only which members they are can be read.
func (s *Service) correct(c *call) error {
	var body jsontext.Value
	if err := s.small(c, s.explain.correction, false, &body); err != nil {
		return err
	}
	var said events.Correction
	if err := strict(body, &said); err != nil {
		return invalid(at("", "is not as the schema says"))
	}
	word, err := s.dedupe(c)
	if err != nil {
		return err
	}
	v, err := s.about(c, "cancelled", "erased")
	if err != nil {
		return err
	}
	if faults := s.amiss(v, &said); len(faults) > 0 {
		return invalid(faults...)
	}
	plain, err := json.Marshal(said)
	if err != nil {
		return invalid(at("", "is not as the schema says"))
	}
	defer clear(plain)
	box, err := s.cfg.Sealer.Seal(c.Context(), seal.AAD{Verification: v.ID, Kind: seal.KindCorrection, Tenant: c.cred.Tenant}, plain)
	if err != nil {
		return err
	}
	return s.input(c, v, "corrected/"+word, events.SubjectCorrected{ID: v.ID, Tenant: c.cred.Tenant, Members: leavesOf(plain), Sealed: box, Dedupe: word})
}

// amiss says what of a correction speaks of nobody in the verification.
func (s *Service) amiss(v *events.View, said *events.Correction) []events.ProblemField {
	var faults []events.ProblemField
	kind := ""
	if f, ok := s.cfg.Flows.Get(v.Flow); ok {
		kind = f.Subject
	}
	if said.Person != nil && (said.Company != nil || kind == "business") {
		faults = append(faults, at("/person", "the subject is a business"))
	}
	if said.Company != nil && kind == "person" {
		faults = append(faults, at("/company", "the subject is a person"))
	}
	for i, p := range said.AssociatedPersons {
		if !slices.ContainsFunc(v.AssociatedPersons, func(r events.PartyResult) bool { return r.Reference == p.Reference }) {
			faults = append(faults, at("/associatedPersons/"+strconv.Itoa(i)+"/reference", "is nobody of this verification"))
		}
	}
	return faults
}

// leavesOf returns where a JSON text has values, lists as a whole but for those of objects. References of associated persons
// are not corrected, so they are not named.
func leavesOf(b []byte) (pointers []string) {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return slices.Compact(pointers)
		}
		kind, length := d.StackIndex(d.StackDepth())
		switch {
		case t.Kind() == '{', t.Kind() == '[', t.Kind() == '}', t.Kind() == ']':
		case kind == '{' && length%2 == 0 && d.StackPointer().LastToken() != "reference":
			pointers = append(pointers, string(d.StackPointer()))
		}
	}
}
