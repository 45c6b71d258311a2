package personr

import (
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/subject"
)

// extract takes over what the vendor read from the documents, or of a business in its register: before it has looked there, it
// repeats what it was told.
func (v *reader) extract() {
	s := &v.state
	if v.at.Kind == "business" {
		if s.Register == "" {
			return
		}
		c := &subject.Company{Address: &subject.Address{Text: s.Address, Country: s.EntityCountry}}
		if s.Entity != "" {
			c.Name = &subject.CompanyName{Name: s.Entity}
		}
		if s.Number != "" {
			c.IDs = &subject.CompanyIDs{AdditionalID: s.Number}
		}
		v.out.Registered = c
		return
	}
	if s.FirstName == "" && s.LastName == "" && s.BirthDate == "" {
		return
	}
	p := &subject.Person{
		Name: &subject.PersonName{FirstName: s.FirstName, LastName: s.LastName},
		Info: &subject.PersonInfo{BirthDate: s.BirthDate},
	}
	if s.Street != "" || s.City != "" || s.PostCode != "" {
		p.Address = &subject.Address{
			AddressLine: strings.TrimSpace(s.StreetNum + " " + s.Street), City: s.City, State: s.State, PostalCode: s.PostCode,
		}
	}
	if len(s.Numbers) == 1 && s.Numbers[0] != "" {
		d := &subject.IDDocument{ID: s.Numbers[0], IssueCountry: s.Country}
		switch {
		case slices.Contains(s.Documents, "PASSPORT"):
			p.IDs = &subject.PersonIDs{Passport: d}
		case slices.Contains(s.Documents, "DRIVERS"):
			p.IDs = &subject.PersonIDs{DriverLicence: d}
		case slices.Contains(s.Documents, "ID_CARD"):
			p.IDs = &subject.PersonIDs{IDCard: d}
		case slices.Contains(s.Documents, "RESIDENCE_PERMIT"):
			p.IDs = &subject.PersonIDs{ResidencePermit: d}
		}
	}
	v.out.Extracted = p
}
