package dispatch

import (
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/subject"
)

// comparisons say by component how a claim is held against what a vendor read, and which of our codes a difference has.
// Neither side leaves this process: a finding has the verdict, and sentences that are the same for everybody.
var comparisons = []struct {
	component, differs string
	compare            func(claimed, read *subject.Person) compare.Verdict
}{
	{"name", "name_mismatch", func(c, r *subject.Person) compare.Verdict { return compare.Names(nameParts(c.Name), nameParts(r.Name)) }},
	{"birth_date", "birth_date_mismatch", func(c, r *subject.Person) compare.Verdict { return compare.Dates(birthDate(c), birthDate(r)) }},
	{"document_number", "id_number_mismatch", documentNumbers},
	{"country", "country_mismatch", countries},
	{"address", "address_mismatch", func(c, r *subject.Person) compare.Verdict { return compare.Addresses(addressOf(c), addressOf(r)) }},
}

// crossCheck adds what comparing the claim with what the vendor read says, where the check is asked for it. The vendor's own
// finding stays unless ours is more cautious.
func crossCheck(found []events.Finding, wanted []string, claimed, read *subject.Person) []events.Finding {
	if claimed == nil {
		return found
	}
	for _, c := range comparisons {
		if slices.Contains(wanted, c.component) {
			found = moreCautious(found, c.component, c.differs, c.compare(claimed, read))
		}
	}
	return found
}

// verdicts is what comparisons mean as findings. The reason of a difference is that of its component.
var verdicts = map[compare.Verdict]events.Finding{
	compare.Same:      {Result: "true", Confidence: 99, Reasoning: "What was claimed and what the document says are the same."},
	compare.Contained: {Result: "true", Confidence: 96, Reasoning: "What was claimed and what the document says are the same, but for further names."},
	compare.Close:     {Result: "flagged", Confidence: 70, Reasoning: "What was claimed and what the document says are similar, not the same.", Reasons: []string{"small_inconsistency"}},
	compare.Different: {Result: "false", Confidence: 97, Reasoning: "What was claimed and what the document says differ."},
}

func moreCautious(found []events.Finding, component, differs string, v compare.Verdict) []events.Finding {
	ours, ok := verdicts[v]
	if !ok {
		return found
	}
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

func addressOf(p *subject.Person) compare.Address {
	a := p.Address
	if a == nil {
		return compare.Address{}
	}
	return compare.Address{Text: a.Text, Street: a.AddressLine, Zip: a.PostalCode, City: a.City, Country: a.Country}
}
