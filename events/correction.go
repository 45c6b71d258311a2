package events

import (
	"errors"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/subject"
)

// Correction is the plaintext inside SubjectCorrected.Sealed: the members that were wrong, as they are right. Members that it
// does not have stay as they were claimed. It is the body of POST /v1/verifications/{id}/subject.
type Correction struct {
	Person            *subject.Person       `json:"person,omitempty"`
	Company           *subject.Company      `json:"company,omitempty"`
	AssociatedPersons []AssociatedCorrected `json:"associatedPersons,omitempty"`
}

// AssociatedCorrected is what was wrong of one associated person.
type AssociatedCorrected struct {
	Reference string         `json:"reference"`
	Person    subject.Person `json:"person"`
}

// String hides the correction from logs.
func (Correction) String() string { return "correction(hidden)" }

// String hides the correction from logs.
func (AssociatedCorrected) String() string { return "correction(hidden)" }

// Correct adds a correction to what was claimed: objects member by member, lists as a whole. What speaks of a subject of
// another kind, or of nobody, is left out. The dossier must be the caller's own.
func (d *Dossier) Correct(c Correction) error {
	if d.Subject.Type == "person" && c.Person != nil {
		if d.Subject.Person == nil {
			d.Subject.Person = &subject.Person{}
		}
		if err := overlay(d.Subject.Person, c.Person); err != nil {
			return err
		}
	}
	if d.Subject.Type == "business" && c.Company != nil {
		if d.Subject.Company == nil {
			d.Subject.Company = &subject.Company{}
		}
		if err := overlay(d.Subject.Company, c.Company); err != nil {
			return err
		}
	}
	for i := range c.AssociatedPersons {
		for j := range d.AssociatedPersons {
			if d.AssociatedPersons[j].Reference != c.AssociatedPersons[i].Reference {
				continue
			}
			if err := overlay(&d.AssociatedPersons[j].Person, &c.AssociatedPersons[i].Person); err != nil {
				return err
			}
		}
	}
	return nil
}

// overlay writes the members that from has over those of to. Its error repeats nothing of either.
func overlay(to, from any) error {
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	clear(b)
	if err != nil {
		return errors.New("events: a correction that cannot be written over the claim")
	}
	return nil
}
