package bive

import "github.com/bonafide-id/bonafide/providers"

// maxFile is what the vendor takes of one file.
const maxFile = 5 << 20

// extensions are the file types that the vendor takes.
var extensions = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "application/pdf": ".pdf"}

// kind is a type and a side of a document.
type kind struct{ document, side string }

// personFields says which upload field takes which document of a person. The vendor takes no other identity documents.
var personFields = map[kind]string{
	{"PASSPORT", ""}:             "gov_id",
	{"PASSPORT", "FRONT"}:        "gov_id",
	{"ID_CARD", ""}:              "gov_id",
	{"ID_CARD", "FRONT"}:         "gov_id",
	{"ID_CARD", "BACK"}:          "gov_id_back",
	{"DRIVERS_LICENSE", ""}:      "gov_id",
	{"DRIVERS_LICENSE", "FRONT"}: "gov_id",
	{"DRIVERS_LICENSE", "BACK"}:  "gov_id_back",
	{"SELFIE", ""}:               "selfie",
	{"SELFIE", "FRONT"}:          "selfie",
}

// businessFields says the same of a business.
var businessFields = map[kind]string{
	{"BANK_STATEMENT", ""}:            "account_statement",
	{"BANK_STATEMENT", "FRONT"}:       "account_statement",
	{"COMPANY_REGISTRATION", ""}:      "biz_reg",
	{"COMPANY_REGISTRATION", "FRONT"}: "biz_reg",
}

// upload is the files of one person or business: at most one in each field.
type upload struct {
	files []file
	names map[string]string // by field: what the vendor calls them; known after the upload
}

type file struct {
	field string
	doc   providers.Document
}

func (u *upload) has(field string) bool {
	for _, f := range u.files {
		if f.field == field {
			return true
		}
	}
	return false
}

// filesOf picks the documents of one person that the vendor has a field for. Of several for one field the last one
// counts: it was handed in last. Documents of other kinds are not the vendor's business and are left out.
func filesOf(docs []providers.Document, person string, fields map[kind]string) (*upload, error) {
	u := &upload{names: map[string]string{}}
	for _, d := range docs {
		field := fields[kind{d.Type, d.Side}]
		if d.Person != person || field == "" {
			continue
		}
		switch pdf := d.MediaType == "application/pdf"; {
		case extensions[d.MediaType] == "", pdf != (field == "account_statement" || field == "biz_reg"):
			return nil, invalid(field + " has a media type that the vendor does not take")
		case d.Size <= 0 || d.Size > maxFile:
			return nil, invalid(field + " is empty or larger than the 5 MB that the vendor takes")
		}
		replaced := false
		for i := range u.files {
			if u.files[i].field == field {
				u.files[i].doc, replaced = d, true
			}
		}
		if !replaced {
			u.files = append(u.files, file{field, d})
		}
	}
	return u, nil
}
