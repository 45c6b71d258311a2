package sumsub

import (
	"strings"

	"github.com/bonafide-id/bonafide/subject"
)

// info is what is known of an applicant: claimed (fixedInfo) or read from documents (info).
type info struct {
	FirstName      string         `json:"firstName,omitzero"`
	MiddleName     string         `json:"middleName,omitzero"`
	LastName       string         `json:"lastName,omitzero"`
	LegalName      string         `json:"legalName,omitzero"`
	Gender         string         `json:"gender,omitzero"`
	DOB            string         `json:"dob,omitzero"`
	PlaceOfBirth   string         `json:"placeOfBirth,omitzero"`
	CountryOfBirth string         `json:"countryOfBirth,omitzero"`
	Country        string         `json:"country,omitzero"`
	Nationality    string         `json:"nationality,omitzero"`
	Addresses      []address      `json:"addresses,omitempty"`
	IDDocs         []identityData `json:"idDocs,omitempty"`
	CompanyInfo    *companyInfo   `json:"companyInfo,omitzero"`
}

type address struct {
	Country  string `json:"country,omitzero"`
	PostCode string `json:"postCode,omitzero"`
	Town     string `json:"town,omitzero"`
	Street   string `json:"street,omitzero"`
	State    string `json:"state,omitzero"`
}

// identityData is what was read from one document.
type identityData struct {
	IDDocType  string `json:"idDocType"`
	Country    string `json:"country"`
	Number     string `json:"number"`
	IssuedDate string `json:"issuedDate"`
	ValidUntil string `json:"validUntil"`
}

type companyInfo struct {
	CompanyName        string        `json:"companyName,omitzero"`
	RegistrationNumber string        `json:"registrationNumber,omitzero"`
	Country            string        `json:"country,omitzero"`
	LegalAddress       string        `json:"legalAddress,omitzero"`
	TaxID              string        `json:"taxId,omitzero"`
	Website            string        `json:"website,omitzero"`
	Email              string        `json:"email,omitzero"`
	Phone              string        `json:"phone,omitzero"`
	Beneficiaries      []beneficiary `json:"beneficiaries,omitempty"`
}

// beneficiary ties a person to a company, in the newer form.
type beneficiary struct {
	ApplicantID string   `json:"applicantId"`
	Types       []string `json:"types,omitempty"`
	ShareSize   float64  `json:"shareSize,omitzero"`
}

// extracted returns what the vendor read from the documents of a person, or nil when it read nothing.
func (p *picture) extracted() *subject.Person {
	if p.applicant == nil || p.applicant.Type == "company" {
		return nil
	}
	i := p.applicant.Info
	if i.FirstName == "" && i.LastName == "" && i.DOB == "" && len(i.IDDocs) == 0 {
		return nil
	}
	out := &subject.Person{
		Name: &subject.PersonName{FirstName: i.FirstName, MiddleName: i.MiddleName, LastName: i.LastName},
		Info: &subject.PersonInfo{
			BirthDate: i.DOB, Gender: map[string]string{"M": "MALE", "F": "FEMALE"}[i.Gender],
			Nationality: alpha2(i.Nationality), BirthCity: i.PlaceOfBirth, BirthCountry: alpha2(i.CountryOfBirth),
		},
	}
	for _, d := range i.IDDocs {
		out.IDs = d.into(out.IDs)
	}
	if len(i.Addresses) > 0 {
		a := i.Addresses[0]
		out.Address = &subject.Address{
			AddressLine: strings.TrimSpace(a.Street), PostalCode: a.PostCode, City: a.Town, State: a.State, Country: alpha2(a.Country),
		}
	}
	return out
}

// registered returns what the vendor has found of a business, or nil when it has found nothing. What was claimed of it lies in
// fixedInfo; where that is empty, somebody else has made the applicant, and what lies in info may be a claim, too.
func (p *picture) registered() *subject.Company {
	if p.applicant == nil || p.applicant.FixedInfo.CompanyInfo == nil || p.applicant.Info.CompanyInfo == nil {
		return nil
	}
	c := p.applicant.Info.CompanyInfo
	out := &subject.Company{}
	if c.CompanyName != "" {
		out.Name = &subject.CompanyName{Name: c.CompanyName}
	}
	if c.RegistrationNumber != "" || c.TaxID != "" {
		out.IDs = &subject.CompanyIDs{AdditionalID: c.RegistrationNumber, TaxID: c.TaxID}
	}
	if c.LegalAddress != "" || c.Country != "" {
		out.Address = &subject.Address{Text: c.LegalAddress, Country: alpha2(c.Country)}
	}
	return out
}

// into adds a document to the numbers of a person; the first of a kind counts.
func (d identityData) into(ids *subject.PersonIDs) *subject.PersonIDs {
	if ids == nil {
		ids = new(subject.PersonIDs)
	}
	places := map[string]**subject.IDDocument{
		"PASSPORT": &ids.Passport, "ID_CARD": &ids.IDCard, "DRIVERS": &ids.DriverLicence, "RESIDENCE_PERMIT": &ids.ResidencePermit,
	}
	if at := places[d.IDDocType]; at != nil && *at == nil {
		*at = &subject.IDDocument{ID: d.Number, IssueDate: d.IssuedDate, ExpiryDate: d.ValidUntil, IssueCountry: alpha2(d.Country)}
	}
	return ids
}
