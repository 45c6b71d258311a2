package sumsub

import (
	"regexp"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// applicant is a person or a company as the vendor keeps it.
type applicant struct {
	id, key, inspectionID, externalUserID string
	kind                                  string // individual or company
	createdAt                             time.Time
	email, phone, lang, sourceKey         string
	platform                              string
	metadata                              []pair
	tags                                  []string
	agreement                             *agreement
	level                                 *Level
	fixedInfo, info                       info

	images  []*storedImage
	viaPage map[string]bool     // steps completed on the hosted page
	steps   map[string]*verdict // by idDocSetType

	review     review
	story      sandbox.Story
	corrected  bool   // fixedInfo has been patched
	verdicts   int    // how many the story has given: it goes on from there
	interrupt  func() // takes back what the story has still to do
	riskLabels map[string][]string
	amlCase    *amlCase
	memberOf   []*applicant // the companies it is a beneficiary of
	kept       *ending      // the verdict of a company that waits for its people

	deleted, deactivated, blacklisted bool
}

// pair is one entry of an applicant's metadata.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// agreement is a recorded consent.
type agreement struct {
	CreatedAt  string   `json:"createdAt"`
	AcceptedAt string   `json:"acceptedAt"`
	Source     string   `json:"source"`
	RecordIDs  []string `json:"recordIds"`
}

// info is what is known of an applicant: claimed (fixedInfo) or extracted (info).
type info struct {
	FirstName      string       `json:"firstName,omitzero"`
	FirstNameEn    string       `json:"firstNameEn,omitzero"`
	MiddleName     string       `json:"middleName,omitzero"`
	LastName       string       `json:"lastName,omitzero"`
	LastNameEn     string       `json:"lastNameEn,omitzero"`
	LegalName      string       `json:"legalName,omitzero"`
	Gender         string       `json:"gender,omitzero"`
	DOB            string       `json:"dob,omitzero"`
	PlaceOfBirth   string       `json:"placeOfBirth,omitzero"`
	CountryOfBirth string       `json:"countryOfBirth,omitzero"`
	StateOfBirth   string       `json:"stateOfBirth,omitzero"`
	Country        string       `json:"country,omitzero"`
	Nationality    string       `json:"nationality,omitzero"`
	TIN            string       `json:"tin,omitzero"`
	Addresses      []address    `json:"addresses,omitempty"`
	IDDocs         []idDoc      `json:"idDocs,omitempty"`
	CompanyInfo    *companyInfo `json:"companyInfo,omitzero"`
}

type address struct {
	Country        string `json:"country,omitzero"`
	PostCode       string `json:"postCode,omitzero"`
	Town           string `json:"town,omitzero"`
	Street         string `json:"street,omitzero"`
	SubStreet      string `json:"subStreet,omitzero"`
	State          string `json:"state,omitzero"`
	BuildingName   string `json:"buildingName,omitzero"`
	BuildingNumber string `json:"buildingNumber,omitzero"`
	FlatNumber     string `json:"flatNumber,omitzero"`
}

var (
	alpha3  = regexp.MustCompile(`^[A-Z]{3}$`)
	isoDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
)

// fault returns why the data cannot be stored, or "".
func (i *info) fault() string {
	countries := []string{i.Country, i.CountryOfBirth, i.Nationality}
	for _, a := range i.Addresses {
		countries = append(countries, a.Country)
	}
	if i.CompanyInfo != nil {
		countries = append(countries, i.CompanyInfo.Country)
	}
	for _, c := range countries {
		if c != "" && !alpha3.MatchString(c) {
			return "Country is not an ISO 3166-1 alpha-3 code"
		}
	}
	switch {
	case !validDate(i.DOB):
		return "Date of birth is not a date of the form yyyy-MM-dd"
	case i.Gender != "" && i.Gender != "M" && i.Gender != "F":
		return "Gender is neither M nor F"
	}
	return ""
}

// validDate accepts an absent date and one of the form yyyy-MM-dd.
func validDate(s string) bool {
	if s == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && isoDate.MatchString(s)
}

// companyInfo returns what is known of a company, extracted (KYB 1.0) or claimed
// (KYB 2.0).
func (a *applicant) companyInfo() companyInfo {
	switch {
	case a.fixedInfo.CompanyInfo != nil && a.fixedInfo.CompanyInfo.CompanyName != "":
		return *a.fixedInfo.CompanyInfo
	case a.info.CompanyInfo != nil:
		return *a.info.CompanyInfo
	}
	return companyInfo{}
}

// extract fills in what the vendor reads from the documents: the claimed data in
// capitals, completed by the documents' own metadata.
func (a *applicant) extract() {
	if a.kind == company {
		if a.info.CompanyInfo == nil {
			c := a.companyInfo()
			c.Beneficiaries = nil
			a.info.CompanyInfo = &c
		}
		return
	}
	f := a.fixedInfo
	read := info{
		FirstName: f.FirstName, MiddleName: f.MiddleName, LastName: f.LastName, DOB: f.DOB, Country: f.Country,
		Gender: f.Gender, Nationality: f.Nationality, PlaceOfBirth: f.PlaceOfBirth, Addresses: f.Addresses,
	}
	for _, s := range a.level.Steps {
		images := a.stepImages(s)
		if len(images) == 0 || images[0].doc.IDDocType == "SELFIE" {
			continue
		}
		d := *images[0].doc
		d.FirstName, d.LastName = or(d.FirstName, f.FirstName, "Ana"), or(d.LastName, f.LastName, "Reyes")
		d.DOB, d.Number = or(d.DOB, f.DOB, "1990-02-03"), or(d.Number, "X"+a.id[len(a.id)-7:])
		d.IssuedDate, d.ValidUntil = or(d.IssuedDate, "2020-01-01"), or(d.ValidUntil, "2035-01-01")
		d.FirstName, d.LastName = strings.ToUpper(d.FirstName), strings.ToUpper(d.LastName)
		d.FirstNameEn, d.LastNameEn = d.FirstName, d.LastName
		read.FirstName, read.LastName = or(read.FirstName, d.FirstName), or(read.LastName, d.LastName)
		read.DOB, read.Country = or(read.DOB, d.DOB), or(read.Country, d.Country)
		read.IDDocs = append(read.IDDocs, d)
	}
	read.FirstName, read.MiddleName = strings.ToUpper(read.FirstName), strings.ToUpper(read.MiddleName)
	read.LastName = strings.ToUpper(read.LastName)
	read.FirstNameEn, read.LastNameEn = read.FirstName, read.LastName
	a.info = read
}

// or returns the first of the words that is not empty.
func or(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
