package ingest

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bonafide-id/bonafide/events"
)

// handed is a document as it comes to …/documents: of the subject, or of the associated person that it names.
type handed struct {
	events.DocumentUpload
	Person string `json:"person"`

	pointer string // where it is in the body
}

// addDocuments serves POST …/documents.
func (s *Service) addDocuments(c *call) error {
	media := mediaType(c.Request)
	if !isJSON(media) && media != "multipart/form-data" {
		return wrongType("Send application/json or multipart/form-data.")
	}
	word, err := s.dedupe(c)
	if err != nil {
		return err
	}
	v, err := s.about(c, "cancelled", "erased")
	if err != nil {
		return err
	}
	u := s.uploads(c.Context(), v.ID, c.cred.Tenant)
	stored := false
	defer func() {
		if !stored {
			u.discard()
		}
	}()
	var all []handed
	if isJSON(media) {
		all, err = s.jsonDocuments(c, u)
	} else {
		all, err = s.multipartDocument(c, u)
	}
	if err != nil {
		return err
	}
	if faults := strangers(v, all); len(faults) > 0 {
		return invalid(tidy(faults)...)
	}
	added := events.DocumentsAdded{ID: v.ID, Tenant: c.cred.Tenant, Dedupe: word}
	for _, h := range all {
		d, err := u.document(h.DocumentUpload, h.Person)
		if err != nil {
			return err
		}
		added.Documents = append(added.Documents, d)
	}
	stored = true // from here on it may be, whatever the answer says
	return s.input(c, v, "documents/"+word, added)
}

// strangers says which documents are of nobody in the verification, or of somebody who has a verification of their own.
func strangers(v *events.View, all []handed) (faults []events.ProblemField) {
	for _, h := range all {
		if h.Person == "" {
			continue
		}
		where := h.pointer + "/person"
		switch n := slices.IndexFunc(v.AssociatedPersons, func(p events.PartyResult) bool { return p.Reference == h.Person }); {
		case n < 0:
			faults = append(faults, at(where, "is nobody of this verification"))
		case v.AssociatedPersons[n].ID != "":
			faults = append(faults, at(where, "has a verification of their own: "+v.AssociatedPersons[n].ID))
		}
	}
	return faults
}

// jsonDocuments reads one document, or {"documents":[…]}.
func (s *Service) jsonDocuments(c *call, u *uploads) ([]handed, error) {
	body, err := receive(c.Body, contentOfDocuments, u)
	if err != nil {
		return nil, err
	}
	faults, err := s.faults(s.explain.documents, body, false, u)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, invalid(tidy(faults)...)
	}
	var form struct {
		handed
		Documents []handed `json:"documents"`
	}
	if err := strict(body, &form); err != nil {
		return nil, invalid(at("", "is not as the schema says"))
	}
	if len(form.Documents) > 0 {
		for i := range form.Documents {
			form.Documents[i].pointer = "/documents/" + strconv.Itoa(i)
		}
		return form.Documents, nil
	}
	return []handed{form.handed}, nil
}

const maxParts = 16

// multipartDocument reads one document from the parts type, side, country, person and content. The pointers of faults are the
// names of the parts.
func (s *Service) multipartDocument(c *call, u *uploads) ([]handed, error) {
	_, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, malformed("The multipart body has no boundary.")
	}
	in := multipart.NewReader(http.MaxBytesReader(c.w, c.Body, maxDocument+maxBody), params["boundary"])
	var d handed
	var faults []events.ProblemField
	seen := map[string]bool{}
	for parts := 0; ; parts++ {
		part, err := in.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, multipartProblem(err)
		}
		if parts == maxParts {
			return nil, tooLarge("It has too many parts.")
		}
		name := part.FormName()
		if seen[name] {
			faults = append(faults, at(short("/"+escapePointer(name)), "is given more than once"))
			continue
		}
		seen[name] = true
		switch name {
		case "content":
			d.Filename = part.FileName()
			if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
				d.Content, err = u.take64("/content", part)
			} else {
				d.Content, err = u.take("/content", part)
			}
		case "type":
			d.Type, err = field(part)
		case "side":
			d.Side, err = field(part)
		case "country":
			d.Country, err = field(part)
		case "person":
			d.Person, err = field(part)
		default:
			faults = append(faults, at(short("/"+escapePointer(name)), "is not known"))
		}
		if err != nil {
			return nil, multipartProblem(err)
		}
	}
	faults = append(append(faults, u.faults...), partFaults(d, seen)...)
	if len(faults) > 0 {
		return nil, invalid(tidy(faults)...)
	}
	return []handed{d}, nil
}

// partFaults says of parts what the schema says of members.
func partFaults(d handed, seen map[string]bool) (faults []events.ProblemField) {
	for _, name := range []string{"type", "content"} {
		if !seen[name] {
			faults = append(faults, at("/"+name, "is missing"))
		}
	}
	if seen["type"] && !isDocumentType(d.Type) {
		faults = append(faults, at("/type", "is not a type of document"))
	}
	if seen["side"] && !opt(d.Side, isSide) {
		faults = append(faults, at("/side", "must be one of FRONT, BACK"))
	}
	if seen["country"] && !opt(d.Country, isCountry) {
		faults = append(faults, at("/country", "must be "+meaning["country"]))
	}
	if seen["person"] && (d.Person == "" || !atMost(128, d.Person)) {
		faults = append(faults, at("/person", "must have 1 to 128 characters"))
	}
	if !atMost(256, d.Filename) {
		faults = append(faults, at("/content", "has a file name that is too long"))
	}
	return faults
}

// field reads a short text.
func field(r io.Reader) (string, error) {
	b, err := io.ReadAll(bufio.NewReader(io.LimitReader(r, 257)))
	if len(b) > 256 {
		return "", tooLarge("A field may have 256 bytes.")
	}
	return string(b), err
}

// multipartProblem says what an error of reading parts is.
func multipartProblem(err error) error {
	var large *http.MaxBytesError
	var p *problem
	switch {
	case errors.As(err, &p):
		return err
	case errors.As(err, &large):
		return tooLarge("A document may have 16 MiB.")
	case errors.Is(err, multipart.ErrMessageTooLarge):
		return tooLarge("A part's header is too large.")
	}
	if err := bodyProblem(err); errors.As(err, &p) {
		if p.Status == http.StatusBadRequest {
			return malformed("The body ends before its last part.")
		}
		return err
	}
	if strings.HasPrefix(err.Error(), "multipart:") || strings.HasPrefix(err.Error(), "malformed MIME") {
		return malformed("The body is not multipart/form-data.")
	}
	return err
}
