package sumsub

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

const (
	maxFile   = 64 << 20
	maxImages = 100 // of one applicant
)

// idDoc is a document's metadata, as sent and as read.
type idDoc struct {
	IDDocType    string `json:"idDocType"`
	IDDocSubType string `json:"idDocSubType,omitzero"`
	Country      string `json:"country"`
	FirstName    string `json:"firstName,omitzero"`
	FirstNameEn  string `json:"firstNameEn,omitzero"`
	MiddleName   string `json:"middleName,omitzero"`
	LastName     string `json:"lastName,omitzero"`
	LastNameEn   string `json:"lastNameEn,omitzero"`
	IssuedDate   string `json:"issuedDate,omitzero"`
	ValidUntil   string `json:"validUntil,omitzero"`
	Number       string `json:"number,omitzero"`
	DOB          string `json:"dob,omitzero"`
	PlaceOfBirth string `json:"placeOfBirth,omitzero"`
}

// storedImage is one stored file. Images of one type and country share their doc.
type storedImage struct {
	id       int64
	doc      *idDoc
	side     string
	name     string
	format   string
	data     []byte
	sum      [sha256.Size]byte
	added    time.Time
	attempt  string
	source   string
	inactive bool
	gone     bool     // inactive by a reset or a delete: the same bytes may come again
	verdict  *verdict // nil before the first review
}

// file is what an upload brings.
type file struct {
	name        string
	contentType string
	data        []byte
}

// formats are the accepted file formats by their name extension.
var formats = map[string]string{
	"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "pdf": "pdf", "mp4": "mp4", "webm": "webm", "mov": "mov",
}

// examine returns the format of a file, or why it is refused. The declared format
// is the file name's, or the part's Content-Type where the name has none.
func examine(f file) (string, *refusal) {
	switch {
	case len(f.data) == 0:
		return "", &emptyFile
	case len(f.data) > maxFile:
		return "", &fileTooBig
	}
	declared := strings.ToLower(strings.TrimPrefix(path.Ext(f.name), "."))
	if declared == "" {
		_, declared, _ = strings.Cut(f.contentType, "/")
	}
	if declared == "quicktime" {
		declared = "mov"
	}
	format, ok := formats[declared]
	if !ok {
		return "", &unsupportedFile
	}
	if sniff(f.data) != family(format) {
		return "", &corruptedFile
	}
	if format == "pdf" && bytes.Contains(f.data, []byte("/Encrypt")) {
		return "", &encryptedFile
	}
	return format, nil
}

// family joins the formats that share a container.
func family(format string) string {
	if format == "mov" {
		return "mp4"
	}
	return format
}

// sniff returns the family of a file by its first bytes, or "".
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return "pdf"
	case bytes.HasPrefix(data, []byte("\x1a\x45\xdf\xa3")):
		return "webm"
	case len(data) >= 8 && slices.Contains([]string{"ftyp", "moov", "mdat", "wide"}, string(data[4:8])):
		return "mp4"
	}
	return ""
}

// fault returns why a document's metadata is refused.
func (d *idDoc) fault() *refusal {
	switch {
	case !idDocTypes[d.IDDocType]:
		return bad("idDocType is missing or unknown")
	case !alpha3.MatchString(d.Country):
		return bad("country is missing or not an ISO 3166-1 alpha-3 code")
	case !validDate(d.IssuedDate) || !validDate(d.ValidUntil) || !validDate(d.DOB):
		return bad("A date is not of the form yyyy-MM-dd")
	case d.IDDocType != "COMPANY_DOC" && d.IDDocSubType != "" && d.IDDocSubType != frontSide && d.IDDocSubType != backSide:
		return bad("idDocSubType is neither FRONT_SIDE nor BACK_SIDE")
	}
	return nil
}

// open returns why the applicant takes no new data, or nil.
func (a *applicant) open() *refusal {
	switch {
	case a.deleted || a.deactivated:
		return &markedAsDeleted
	case a.review.final():
		return &finalReject
	case a.review.busy():
		return &beingChecked
	}
	return nil
}

// admit returns why a document is refused by the applicant's state and level.
func (a *applicant) admit(d *idDoc, f *file) *refusal {
	if r := a.open(); r != nil {
		return r
	}
	if _, ok := a.level.step(d.IDDocType); !ok {
		return &typeNotRequired
	}
	if f == nil {
		return nil
	}
	sum, kept := sha256.Sum256(f.data), 0
	for _, m := range a.images {
		if m.gone {
			continue
		}
		kept++
		if m.sum == sum {
			return &duplicateDocument
		}
	}
	if kept >= maxImages {
		return &tooManyDocuments
	}
	return nil
}

// merge joins a document's metadata with what is known of the same type and
// country, and returns the joined document.
func (a *applicant) merge(d idDoc) *idDoc {
	d.IDDocSubType = ""
	for _, m := range a.images {
		if m.gone || m.doc.IDDocType != d.IDDocType || m.doc.Country != d.Country {
			continue
		}
		k := m.doc
		k.FirstName, k.MiddleName, k.LastName = or(d.FirstName, k.FirstName), or(d.MiddleName, k.MiddleName), or(d.LastName, k.LastName)
		k.IssuedDate, k.ValidUntil, k.Number = or(d.IssuedDate, k.IssuedDate), or(d.ValidUntil, k.ValidUntil), or(d.Number, k.Number)
		k.DOB, k.PlaceOfBirth = or(d.DOB, k.DOB), or(d.PlaceOfBirth, k.PlaceOfBirth)
		return k
	}
	return &d
}

// add stores an image. What it replaces becomes inactive: a refused image of the
// same side, and all images of another document given for the same step.
func (a *applicant) add(m *storedImage) {
	step, _ := a.level.step(m.doc.IDDocType)
	for _, old := range a.stepImages(step) {
		other := old.doc.IDDocType != m.doc.IDDocType || old.doc.Country != m.doc.Country
		refused := (old.side == backSide) == (m.side == backSide) && old.verdict != nil && old.verdict.Answer == red
		if len(step.Types) > 1 && other && a.kind == individual || refused {
			old.inactive = true
		}
	}
	m.sum = sha256.Sum256(m.data)
	a.images = append(a.images, m)
}

// stepImages returns the active images of a step: the front first, then in the
// order of arrival.
func (a *applicant) stepImages(s Step) []*storedImage {
	var front, rest []*storedImage
	for _, m := range a.images {
		switch {
		case m.inactive || !slices.Contains(s.Types, m.doc.IDDocType):
		case m.side == backSide:
			rest = append(rest, m)
		default:
			front = append(front, m)
		}
	}
	return append(front, rest...)
}

// warn is the immediate check of X-Return-Doc-Warnings.
func (a *applicant) warn(d *idDoc, now time.Time) (errors, warnings []string) {
	if d.ValidUntil != "" && d.ValidUntil < now.UTC().Format(time.DateOnly) {
		errors = append(errors, "expiredDoc")
	}
	if a.story.Outcome == sandbox.Flag {
		warnings = append(warnings, "maybeExpiredDoc")
	}
	return errors, warnings
}

// disable makes all images of a document inactive: when one side is bad, both go.
func (a *applicant) disable(d *idDoc) {
	for _, m := range a.images {
		m.inactive = m.inactive || m.doc == d
	}
}

// mediaType returns the Content-Type of a stored image.
func (m *storedImage) mediaType() string {
	switch m.format {
	case "pdf":
		return "application/pdf"
	case "mp4", "webm":
		return "video/" + m.format
	case "mov":
		return "video/quicktime"
	}
	return http.DetectContentType(m.data)
}
