package dispatch

import (
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// comparison says how a claim is held against what a vendor read, and which of our codes a difference has. Neither side leaves
// this process: a finding has the verdict, and sentences that are the same for everybody.
type comparison[T any] struct {
	component, differs string
	compare            func(claimed, read *T) compare.Verdict
	doubts             bool // it can only throw doubt: that both sides are the same is not all that the component stands for
}

// ofPersons and ofBusinesses are the comparisons by component.
var ofPersons = []comparison[subject.Person]{
	{"name", "name_mismatch", func(c, r *subject.Person) compare.Verdict { return compare.Names(nameParts(c.Name), nameParts(r.Name)) }, false},
	{"birth_date", "birth_date_mismatch", func(c, r *subject.Person) compare.Verdict { return compare.Dates(birthDate(c), birthDate(r)) }, false},
	{"document_number", "id_number_mismatch", documentNumbers, false},
	{"country", "country_mismatch", countries, false},
	{"address", "address_mismatch", func(c, r *subject.Person) compare.Verdict {
		return compare.Addresses(addressOf(c.Address), addressOf(r.Address))
	}, false},
}

var ofBusinesses = []comparison[subject.Company]{
	{"name", "name_mismatch", companyNames, false},
	{"document_number", "id_number_mismatch", companyNumbers, false},
	{"country", "country_mismatch", companyCountries, false},
	{"registry", "company_data_mismatch", registered, true},
	{"business", "company_data_mismatch", registered, true},
	{"address", "address_mismatch", func(c, r *subject.Company) compare.Verdict {
		return compare.Addresses(addressOf(c.Address), addressOf(r.Address))
	}, false},
}

// crossCheck adds what comparing the claim with what the vendor read says, where the check is asked for it. The vendor's own
// finding stays unless ours is more cautious.
func crossCheck(found []events.Finding, wanted []string, claimed subject.Subject, said *providers.Outcome) []events.Finding {
	found = held(found, wanted, ofPersons, claimed.Person, said.Extracted, "the document says")
	return held(found, wanted, ofBusinesses, claimed.Company, said.Registered, "the vendor found of the business")
}

func held[T any](found []events.Finding, wanted []string, by []comparison[T], claimed, read *T, source string) []events.Finding {
	if claimed == nil || read == nil {
		return found
	}
	for _, c := range by {
		if !slices.Contains(wanted, c.component) {
			continue
		}
		if v := c.compare(claimed, read); v > compare.Contained || !c.doubts {
			found = moreCautious(found, c.component, c.differs, source, v)
		}
	}
	return found
}

// verdicts is what comparisons mean as findings: the end of a sentence that begins with the two sides. The reason of a
// difference is that of its component.
var verdicts = map[compare.Verdict]events.Finding{
	compare.Same:      {Result: "true", Confidence: 99, Reasoning: "are the same."},
	compare.Contained: {Result: "true", Confidence: 96, Reasoning: "are the same, but for further names."},
	compare.Close:     {Result: "flagged", Confidence: 70, Reasoning: "are similar, not the same.", Reasons: []string{"small_inconsistency"}},
	compare.Different: {Result: "false", Confidence: 97, Reasoning: "differ."},
}

func moreCautious(found []events.Finding, component, differs, source string, v compare.Verdict) []events.Finding {
	ours, ok := verdicts[v]
	if !ok {
		return found
	}
	ours.Reasoning = "What was claimed and what " + source + " " + ours.Reasoning
	ours.Component = component
	if v == compare.Different {
		ours.Reasons = []string{differs}
	}
	i := slices.IndexFunc(found, func(f events.Finding) bool { return f.Component == component && f.Person == "" })
	switch {
	case i < 0:
		return append(found, ours)
	case v > compare.Contained && found[i].Result != "false":
		ours.Labels, ours.Expires = found[i].Labels, found[i].Expires
		found[i] = ours
	}
	return found
}

// documentNumbers compares the numbers of each kind of document that both sides have, and returns the worst.
func documentNumbers(claimed, read *subject.Person) compare.Verdict {
	if claimed.IDs == nil || read.IDs == nil {
		return compare.Unclear
	}
	worst := compare.Numbers(claimed.IDs.NationalID, read.IDs.NationalID)
	for i, c := range documents(claimed.IDs) {
		if r := documents(read.IDs)[i]; c != nil && r != nil {
			worst = max(worst, compare.Numbers(c.ID, r.ID))
		}
	}
	return worst
}

// countries compares nationalities, and where each kind of document was issued that both sides have.
func countries(claimed, read *subject.Person) compare.Verdict {
	worst := compare.Unclear
	if claimed.Info != nil && read.Info != nil {
		worst = compare.Countries(claimed.Info.Nationality, read.Info.Nationality)
	}
	if claimed.IDs == nil || read.IDs == nil {
		return worst
	}
	for i, c := range documents(claimed.IDs) {
		if r := documents(read.IDs)[i]; c != nil && r != nil {
			worst = max(worst, compare.Countries(c.IssueCountry, r.IssueCountry))
		}
	}
	return worst
}

// documents are a person's identity documents by kind, nil where there is none.
func documents(ids *subject.PersonIDs) [4]*subject.IDDocument {
	return [4]*subject.IDDocument{ids.IDCard, ids.Passport, ids.DriverLicence, ids.ResidencePermit}
}

func nameParts(n *subject.PersonName) []string {
	if n == nil {
		return nil
	}
	if n.FirstName == "" && n.LastName == "" {
		return []string{n.FullName}
	}
	middle := n.MiddleName
	if middle == "" {
		middle = n.MiddleInitial
	}
	return []string{n.FirstName, middle, n.LastName}
}

func birthDate(p *subject.Person) string {
	if p.Info == nil {
		return ""
	}
	return p.Info.BirthDate
}

func companyNames(claimed, read *subject.Company) compare.Verdict {
	if claimed.Name == nil || read.Name == nil {
		return compare.Unclear
	}
	return compare.Companies(claimed.Name.Name, read.Name.Name)
}

func companyNumbers(claimed, read *subject.Company) compare.Verdict {
	if claimed.IDs == nil || read.IDs == nil {
		return compare.Unclear
	}
	return compare.CompanyNumbers([2]string{claimed.IDs.AdditionalID, claimed.IDs.TaxID}, [2]string{read.IDs.AdditionalID, read.IDs.TaxID})
}

func companyCountries(claimed, read *subject.Company) compare.Verdict {
	if claimed.Address == nil || read.Address == nil {
		return compare.Unclear
	}
	return compare.Countries(claimed.Address.Country, read.Address.Country)
}

// registered compares the name of a business, its numbers and its country, and returns the worst.
func registered(claimed, read *subject.Company) compare.Verdict {
	return max(companyNames(claimed, read), companyNumbers(claimed, read), companyCountries(claimed, read))
}

func addressOf(a *subject.Address) compare.Address {
	if a == nil {
		return compare.Address{}
	}
	return compare.Address{Text: a.Text, Street: a.AddressLine, Zip: a.PostalCode, City: a.City, Country: a.Country}
}
