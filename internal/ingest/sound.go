package ingest

import (
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

// How much there may be of a thing. The schemas say the same.
const (
	maxDocuments = 32
	maxParties   = 64
	maxAccounts  = 32
	maxMetadata  = 64
)

// rules is what depends on the configuration.
type rules struct{ address func(string) bool }

// opt reports whether an optional value is absent or good.
func opt(s string, good func(string) bool) bool { return s == "" || good(s) }

// texts reports whether every string has at most n characters.
func texts(n int, all ...string) bool {
	for _, s := range all {
		if !atMost(n, s) {
			return false
		}
	}
	return true
}

// sound is the quick way: it reports whether a decoded request satisfies its schema. What is not sound is checked against
// the schema itself, which names every fault; "" counts as absent here.
func (c rules) sound(r *events.VerificationRequested) bool {
	if !events.ValidToken(r.Flow) || !atMost(128, r.Reference) || !c.soundSubject(&r.Subject) || len(r.AssociatedPersons) > maxParties || len(r.Metadata) > maxMetadata ||
		!opt(r.ReturnURL, c.address) || !opt(r.CallbackURL, c.address) || !soundDocuments(r.Documents) {
		return false
	}
	for k, v := range r.Metadata {
		if !atMost(64, k) || !atMost(512, v) {
			return false
		}
	}
	for i := range r.AssociatedPersons {
		p := &r.AssociatedPersons[i]
		if p.Reference == "" || !atMost(128, p.Reference) || !atMost(64, p.Role) || p.Ownership < 0 || p.Ownership > 100 || !soundPerson(&p.Person) || !soundDocuments(p.Documents) {
			return false
		}
	}
	return true
}

func (c rules) soundSubject(s *subject.Subject) bool {
	switch s.Type {
	case "person":
		return s.Person != nil && s.Company == nil && soundPerson(s.Person)
	case "business":
		return s.Company != nil && s.Person == nil && soundCompany(s.Company)
	}
	return false
}

func soundDocuments(ds []events.DocumentUpload) bool {
	if len(ds) > maxDocuments {
		return false
	}
	for i := range ds {
		if !soundDocument(&ds[i]) {
			return false
		}
	}
	return true
}

func soundDocument(d *events.DocumentUpload) bool {
	return isDocumentType(d.Type) && opt(d.Side, isSide) && opt(d.Country, isCountry) && atMost(256, d.Filename) && d.Content != ""
}

func soundPerson(p *subject.Person) bool {
	if n := p.Name; n != nil && !texts(256, n.FirstName, n.MiddleName, n.MiddleInitial, n.LastName, n.FullName) {
		return false
	}
	if i := p.Info; i != nil && !(opt(i.BirthDate, isDate) && opt(i.Gender, isGender) && opt(i.Nationality, isCountry2) && atMost(256, i.BirthCity) && opt(i.BirthCountry, isCountry2)) {
		return false
	}
	return soundIDs(p.IDs) && soundAddress(p.Address) && soundContact(p.Contact)
}

func soundIDs(i *subject.PersonIDs) bool {
	if i == nil {
		return true
	}
	if !atMost(64, i.NationalID) || len(i.Accounts) > maxAccounts {
		return false
	}
	for _, d := range [...]*subject.IDDocument{i.IDCard, i.Passport, i.DriverLicence, i.ResidencePermit} {
		if d != nil && !(texts(64, d.ID, d.Type) && opt(d.IssueDate, isDate) && opt(d.ExpiryDate, isDate) && opt(d.IssueCountry, isCountry) && atMost(256, d.Issuer)) {
			return false
		}
	}
	if d := i.OtherDocument; d != nil && !(atMost(64, d.ID) && texts(256, d.Description, d.Issuer) && opt(d.IssueDate, isDate) && opt(d.ExpiryDate, isDate) && opt(d.IssueCountry, isCountry)) {
		return false
	}
	for _, a := range i.Accounts {
		if !texts(64, a.SwiftBIC, a.AccountID) || !opt(a.Currency, isCurrency) {
			return false
		}
	}
	return true
}

func soundAddress(a *subject.Address) bool {
	return a == nil || atMost(1024, a.Text) && atMost(512, a.AddressLine) && atMost(32, a.PostalCode) && texts(256, a.City, a.State) && opt(a.Country, isCountry2)
}

func soundContact(c *subject.Contact) bool {
	return c == nil || opt(c.Email, isMailbox) && opt(c.Phone, isPhone)
}

func soundCompany(c *subject.Company) bool {
	return (c.Name == nil || atMost(256, c.Name.Name)) && (c.IDs == nil || texts(64, c.IDs.TaxID, c.IDs.AdditionalID)) &&
		soundAddress(c.Address) && soundContact(c.Contact) && atMost(2048, c.Website)
}
