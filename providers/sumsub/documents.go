package sumsub

import (
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
	"github.com/bonafide-id/bonafide/subject"
)

// theirs are our document types in the vendor's words. A document of a type that is not here is not handed in.
var theirs = map[string]string{
	"PASSPORT":             "PASSPORT",
	"ID_CARD":              "ID_CARD",
	"DRIVERS_LICENSE":      "DRIVERS",
	"RESIDENCE_PERMIT":     "RESIDENCE_PERMIT",
	"SELFIE":               "SELFIE",
	"PROOF_OF_ADDRESS":     "UTILITY_BILL",
	"BANK_STATEMENT":       "BANK_STATEMENT",
	"COMPANY_REGISTRATION": "COMPANY_DOC",
}

// ours are the vendor's document types in our words.
var ours = map[string]string{
	"PASSPORT":         "PASSPORT",
	"ID_CARD":          "ID_CARD",
	"DRIVERS":          "DRIVERS_LICENSE",
	"RESIDENCE_PERMIT": "RESIDENCE_PERMIT",
	"SELFIE":           "SELFIE",
	"VIDEO_SELFIE":     "SELFIE",
	"UTILITY_BILL":     "PROOF_OF_ADDRESS",
	"UTILITY_BILL2":    "PROOF_OF_ADDRESS",
	"RENTAL_AGREEMENT": "PROOF_OF_ADDRESS",
	"BANK_STATEMENT":   "BANK_STATEMENT",
	"COMPANY_DOC":      "COMPANY_REGISTRATION",
}

// subTypes are the sides in the vendor's words.
var subTypes = map[string]string{front: "FRONT_SIDE", back: "BACK_SIDE"}

// sides returns the sides of one of the vendor's document types: of a passport the one without a name.
func sides(docType string, doubleSided bool) []string {
	switch docType {
	case "ID_CARD", "DRIVERS", "RESIDENCE_PERMIT":
		return []string{front, back}
	}
	if doubleSided {
		return []string{front, back}
	}
	return []string{""}
}

// metadata is what goes along with a picture.
type metadata struct {
	IDDocType    string `json:"idDocType"`
	IDDocSubType string `json:"idDocSubType,omitzero"`
	Country      string `json:"country"`
}

// page is one picture to hand in.
type page struct {
	metadata
	document providers.Document
}

// pages returns what to hand in for one applicant: the documents that belong to the person of that reference. A document
// without a country has that of the subject: it is claimed there, and the vendor insists on one.
func pages(documents []providers.Document, person, country string) ([]page, error) {
	var out []page
	for _, d := range documents {
		m := metadata{IDDocType: theirs[d.Type], Country: alpha3(d.Country)}
		if m.IDDocType == "" || d.Person != person {
			continue
		}
		if d.Country == "" {
			m.Country = alpha3(country)
		}
		if m.Country == "" {
			return nil, fault.New(fault.Invalid, "sumsub.document", "a document has no country, and neither has the subject")
		}
		switch {
		case m.IDDocType == "COMPANY_DOC":
			m.IDDocSubType = "INCORPORATION_CERT"
		case len(sides(m.IDDocType, false)) == 2 && d.Side == "":
			m.IDDocSubType = subTypes[front]
		case len(sides(m.IDDocType, false)) == 2:
			m.IDDocSubType = subTypes[d.Side]
		}
		out = append(out, page{m, d})
	}
	return out, nil
}

// countryOf returns the country to assume for documents that name none.
func countryOf(s subject.Subject) string {
	var address *subject.Address
	switch {
	case s.Person != nil:
		if s.Person.Info != nil && s.Person.Info.Nationality != "" {
			return s.Person.Info.Nationality
		}
		address = s.Person.Address
	case s.Company != nil:
		address = s.Company.Address
	}
	if address == nil {
		return ""
	}
	return address.Country
}

// extensions are the file formats that the vendor takes, by media type.
var extensions = map[string]string{
	"image/jpeg": "jpg", "image/jpg": "jpg", "image/png": "png", "application/pdf": "pdf",
	"video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov",
}

// biggest is what the vendor takes of one file.
const biggest = 64 << 20

// form returns the body of an upload.
func (p page) form(boundary string) (vendorhttp.Body, error) {
	const op = "sumsub.document"
	ext := extensions[p.document.MediaType]
	switch {
	case ext == "":
		return vendorhttp.Body{}, fault.New(fault.Invalid, op, "a document has a format that the vendor does not take")
	case p.document.Size > biggest:
		return vendorhttp.Body{}, fault.New(fault.Invalid, op, "a document is bigger than the vendor takes")
	}
	meta, err := vendorhttp.JSON(op, p.metadata)
	if err != nil {
		return vendorhttp.Body{}, err
	}
	content := vendorhttp.Body{MediaType: p.document.MediaType, Size: p.document.Size, Open: p.document.Open}
	return vendorhttp.Multipart(boundary,
		vendorhttp.Part{Name: "metadata", MediaType: "application/json", Body: meta},
		vendorhttp.Part{Name: "content", Filename: "document." + ext, MediaType: p.document.MediaType, Body: content},
	), nil
}
