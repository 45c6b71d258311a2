package dispatch

import (
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// marks returns what stands for the things that a vendor has read about the subject, so that the resolver, which sees none of
// them, can tell whether another vendor has read the same. Each is a sum of the form that a thing has however it is written;
// what has no such form is left out.
func marks(key *seal.Key, said *providers.Outcome) ([]events.Mark, error) {
	if key == nil || said.Extracted == nil && said.Registered == nil {
		return nil, nil
	}
	m, err := key.Marker()
	if err != nil {
		return nil, err
	}
	all := marker{with: m}
	if p := said.Extracted; p != nil {
		all.person(p)
	}
	if c := said.Registered; c != nil {
		all.company(c)
	}
	return all.made, nil
}

type marker struct {
	with seal.Marker
	made []events.Mark
}

// mark adds a mark of a thing with its forms.
func (m *marker) mark(of string, forms ...string) {
	var sums []string
	for _, form := range forms {
		if form != "" {
			sums = append(sums, m.with.Sum(of, form))
		}
	}
	if len(sums) == 0 {
		return
	}
	slices.Sort(sums) // in an order that tells nothing of the words
	m.made = append(m.made, events.Mark{Of: of, Sums: sums})
}

func (m *marker) person(p *subject.Person) {
	m.mark("name", compare.Skeletons(nameParts(p.Name))...)
	m.mark("birth_date", compare.Day(birthDate(p)))
	if p.Info != nil {
		m.mark("country.nationality", compare.Country(p.Info.Nationality))
	}
	if p.IDs != nil {
		m.mark("document_number.national_id", compare.Number(p.IDs.NationalID))
		for i, d := range documents(p.IDs) {
			if d != nil {
				m.mark("document_number."+documentKinds[i], compare.Number(d.ID))
				m.mark("country.of_"+documentKinds[i], compare.Country(d.IssueCountry))
			}
		}
	}
	m.address(p.Address)
}

func (m *marker) company(c *subject.Company) {
	if c.Name != nil {
		m.mark("registry.name", compare.Skeletons(compare.CompanyWords(c.Name.Name))...)
	}
	if c.IDs != nil {
		m.mark("registry.number", compare.Number(c.IDs.AdditionalID))
		m.mark("registry.tax_number", compare.Number(c.IDs.TaxID))
	}
	m.address(c.Address)
}

func (m *marker) address(a *subject.Address) {
	if a != nil {
		m.mark("address.postal_code", compare.Number(a.PostalCode))
		m.mark("address.country", compare.Country(a.Country))
	}
}

// documentKinds are the words of marks for what documents returns. They are stored.
var documentKinds = [4]string{"id_card", "passport", "driver_licence", "residence_permit"}
