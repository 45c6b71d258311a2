package persona

import (
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/subject"
)

// found is what the vendor read from an identity document.
type found struct {
	Country     string `json:"country-code"`
	Class       string `json:"id-class"`
	NameFirst   string `json:"name-first"`
	NameMiddle  string `json:"name-middle"`
	NameLast    string `json:"name-last"`
	Birthdate   string `json:"birthdate"`
	Number      string `json:"identification-number"`
	DocNumber   string `json:"document-number"`
	Authority   string `json:"issuing-authority"`
	IssueDate   string `json:"issue-date"`
	ExpiryDate  string `json:"expiration-date"`
	Nationality string `json:"nationality"`
	Sex         string `json:"sex"`
	Street      string `json:"address-street-1"`
	Street2     string `json:"address-street-2"`
	City        string `json:"address-city"`
	Subdivision string `json:"address-subdivision"`
	PostalCode  string `json:"address-postal-code"`
}

// extract takes what a passed attempt read from an identity document, and until when that is valid. Types that only repeat what was claimed do not count.
func (v *reader) extract(a attempt) {
	of := kinds[a.kind]
	f := a.found
	if v.out.Extracted != nil || attempts[word(a.Status)] != "passed" || !(strings.HasPrefix(a.kind, eID) || len(of) > 0 && of[0] == "document") {
		return
	}
	if f.NameFirst == "" && f.NameLast == "" && f.Birthdate == "" && f.Number == "" && f.DocNumber == "" {
		return
	}
	p := &subject.Person{
		Name: &subject.PersonName{FirstName: f.NameFirst, MiddleName: f.NameMiddle, LastName: f.NameLast},
		Info: &subject.PersonInfo{BirthDate: f.Birthdate, Nationality: f.Nationality, Gender: sexes[strings.ToUpper(f.Sex)]},
	}
	if line := strings.TrimSpace(f.Street + " " + f.Street2); line != "" || f.City != "" || f.PostalCode != "" {
		p.Address = &subject.Address{AddressLine: line, City: f.City, State: f.Subdivision, PostalCode: f.PostalCode, Country: f.Country}
	}
	number := f.DocNumber // the number of the document, where the vendor tells it from that of the person
	if number == "" {
		number = f.Number
	}
	if number != "" {
		p.IDs = f.ids(number)
	}
	v.out.Extracted = p
	for i := range v.out.Findings {
		if x := &v.out.Findings[i]; x.Component == "document" && x.Result == "true" {
			x.Expires, _ = time.Parse(time.DateOnly, f.ExpiryDate) // a document may have no such date
		}
	}
}

var sexes = map[string]string{"M": "MALE", "MALE": "MALE", "F": "FEMALE", "FEMALE": "FEMALE", "X": "OTHER"}

// ids puts a document where its class belongs.
func (f found) ids(number string) *subject.PersonIDs {
	d := &subject.IDDocument{ID: number, IssueDate: f.IssueDate, ExpiryDate: f.ExpiryDate, IssueCountry: f.Country, Issuer: f.Authority}
	switch f.Class {
	case "pp", "ppc", "ipp":
		return &subject.PersonIDs{Passport: d}
	case "dl":
		return &subject.PersonIDs{DriverLicence: d}
	case "id", "cid", "nric", "cct", "munid", "myn", "umid", "pid":
		return &subject.PersonIDs{IDCard: d}
	case "pr", "rp", "foid":
		return &subject.PersonIDs{ResidencePermit: d}
	}
	return &subject.PersonIDs{OtherDocument: &subject.OtherDocument{ID: number, IssueDate: f.IssueDate, ExpiryDate: f.ExpiryDate, IssueCountry: f.Country, Issuer: f.Authority}}
}
