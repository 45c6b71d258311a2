package sumsub

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// newApplicant is the body of a creation. What is claimed goes into fixedInfo, which the vendor compares with what it
// reads from the documents.
type newApplicant struct {
	ExternalUserID string `json:"externalUserId"`
	Type           string `json:"type"`
	Email          string `json:"email,omitzero"`
	Phone          string `json:"phone,omitzero"`
	Lang           string `json:"lang,omitzero"`
	FixedInfo      info   `json:"fixedInfo,omitzero"`
}

// bodyOf returns the creation of a check's subject.
func bodyOf(r providers.Request, language string) newApplicant {
	a := newApplicant{ExternalUserID: r.ExternalID, Type: "individual", Lang: language}
	switch {
	case r.Subject.Company != nil:
		a.Type = "company"
		a.Email, a.Phone = contactOf(r.Subject.Company.Contact)
		a.FixedInfo = info{CompanyInfo: companyOf(r.Subject.Company)}
	case r.Subject.Person != nil:
		a.Email, a.Phone = contactOf(r.Subject.Person.Contact)
		a.FixedInfo = claimed(r.Subject.Person)
	}
	return a
}

// bodyOfPerson returns the creation of a person of a business. Its external id lies below that of the check; the
// reference is somebody else's text and is not repeated there.
func bodyOfPerson(r providers.Request, p providers.Party, language string) newApplicant {
	sum := sha256.Sum256([]byte(p.Reference))
	a := newApplicant{ExternalUserID: r.ExternalID + "." + hex.EncodeToString(sum[:6]), Type: "individual", Lang: language}
	a.Email, a.Phone = contactOf(p.Person.Contact)
	a.FixedInfo = claimed(&p.Person)
	return a
}

func contactOf(c *subject.Contact) (email, phone string) {
	if c == nil {
		return "", ""
	}
	return c.Email, c.Phone
}

// claimed returns what is claimed of a person, with countries and gender in the vendor's codes. Codes that it does not
// have are left out.
func claimed(p *subject.Person) info {
	var i info
	if n := p.Name; n != nil {
		i.FirstName, i.MiddleName, i.LastName = n.FirstName, n.MiddleName, n.LastName
		if n.FirstName == "" && n.LastName == "" {
			i.LegalName = n.FullName
		}
	}
	if d := p.Info; d != nil {
		i.DOB, i.PlaceOfBirth = d.BirthDate, d.BirthCity
		i.Gender = map[string]string{"MALE": "M", "FEMALE": "F"}[d.Gender]
		i.CountryOfBirth, i.Nationality = alpha3(d.BirthCountry), alpha3(d.Nationality)
		i.Country = i.Nationality
	}
	if a := p.Address; a != nil {
		street := a.AddressLine
		if street == "" {
			street = a.Text
		}
		i.Addresses = []address{{Country: alpha3(a.Country), PostCode: a.PostalCode, Town: a.City, Street: street, State: a.State}}
		if c := alpha3(a.Country); c != "" {
			i.Country = c
		}
	}
	return i
}

// companyOf returns what is claimed of a business. The vendor wants a registration number: where there is only a tax
// number, that is it.
func companyOf(c *subject.Company) *companyInfo {
	out := &companyInfo{Website: c.Website}
	out.Email, out.Phone = contactOf(c.Contact)
	if c.Name != nil {
		out.CompanyName = c.Name.Name
	}
	if c.IDs != nil {
		out.RegistrationNumber, out.TaxID = c.IDs.AdditionalID, c.IDs.TaxID
		if out.RegistrationNumber == "" {
			out.RegistrationNumber = c.IDs.TaxID
		}
	}
	if a := c.Address; a != nil {
		out.Country, out.LegalAddress = alpha3(a.Country), a.Text
		if out.LegalAddress == "" {
			out.LegalAddress = a.AddressLine
		}
	}
	return out
}

// link is the body of a tie between a business and a person who is an applicant.
func link(p providers.Party, id string) beneficiary {
	kind := map[string]string{"UBO": "ubo", "SHAREHOLDER": "shareholder"}[p.Role]
	if kind == "" {
		kind = "representative" // directors, signatories and whoever else speaks for it
	}
	return beneficiary{ApplicantID: id, Types: []string{kind}, ShareSize: p.Ownership}
}
