package ida

import (
	"slices"

	"github.com/bonafide-id/bonafide/subject"
)

// evidence is what the vendor looked at: a document, or records that it searched.
type evidence struct {
	Type     string           `json:"type"` // document, electronic_record
	Checks   []check          `json:"check_details"`
	Document *documentDetails `json:"document_details,omitempty"`
	Record   *record          `json:"record,omitempty"`
}

// check is who looked, how and when.
type check struct {
	Method       string `json:"check_method"`
	Organization string `json:"organization"`
	Txn          string `json:"txn"` // our operation; what the vendor calls it is kept with it
	Time         string `json:"time,omitempty"`
}

type documentDetails struct {
	Type    string  `json:"type"`
	Number  string  `json:"document_number,omitempty"`
	Issued  string  `json:"date_of_issuance,omitempty"`
	Expires string  `json:"date_of_expiry,omitempty"`
	Issuer  *issuer `json:"issuer,omitempty"`
}

type issuer struct {
	Name        string `json:"name,omitempty"`
	CountryCode string `json:"country_code,omitempty"`
}

type record struct {
	Type   string `json:"type"`
	Source source `json:"source"`
}

type source struct {
	Name string `json:"name"`
}

// How evidence was checked, in the predefined words: an image of a document inspected from afar, a face compared from afar,
// data looked up.
const (
	inspected = "vri"
	compared  = "bvr"
	lookedUp  = "data"
)

// evidenceOf returns a source's documents, or, where it read none, that it is a record of the vendor's.
func evidenceOf(s Source) []evidence {
	look := func(method string) check {
		return check{Method: method, Organization: s.Organization, Txn: s.Operation, Time: stamp(s.At)}
	}
	if !slices.Contains(s.Components, "document") {
		return []evidence{{Type: "electronic_record", Checks: []check{look(lookedUp)}, Record: &record{Type: "identity", Source: source{s.Organization}}}}
	}
	checks := []check{look(inspected)}
	if slices.Contains(s.Components, "selfie") || slices.Contains(s.Components, "liveness") {
		checks = append(checks, look(compared))
	}
	var out []evidence
	if s.Read != nil {
		for _, d := range documentsOf(s.Read.IDs) {
			out = append(out, evidence{Type: "document", Checks: checks, Document: &d})
		}
	}
	if len(out) == 0 {
		out = []evidence{{Type: "document", Checks: checks}}
	}
	return out
}

// documentsOf returns what was read of each document, under the predefined words for kinds of documents.
func documentsOf(ids *subject.PersonIDs) []documentDetails {
	if ids == nil {
		return nil
	}
	var out []documentDetails
	for _, d := range []struct {
		kind string
		read *subject.IDDocument
	}{{"idcard", ids.IDCard}, {"passport", ids.Passport}, {"driving_permit", ids.DriverLicence}, {"residence_permit", ids.ResidencePermit}} {
		if d.read == nil {
			continue
		}
		one := documentDetails{Type: d.kind, Number: d.read.ID, Issued: d.read.IssueDate, Expires: d.read.ExpiryDate}
		if i := (issuer{Name: d.read.Issuer, CountryCode: d.read.IssueCountry}); i != (issuer{}) {
			one.Issuer = &i
		}
		out = append(out, one)
	}
	return out
}
