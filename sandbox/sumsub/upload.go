package sumsub

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // so that the resolution of photographs is known
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

// upload is POST …/{id}/info/idDoc: a document's metadata and, usually, one file.
func (s *Sandbox) upload(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	doc, f, r := parseUpload(c.r.Header.Get("Content-Type"), c.body)
	if r != nil {
		return nil, r
	}
	if r := doc.fault(); r != nil {
		return nil, r
	}
	format := ""
	if f != nil {
		if format, r = examine(*f); r != nil {
			return nil, r
		}
	}
	if r := a.admit(doc, f); r != nil {
		return nil, r
	}
	kept := a.merge(*doc)
	if f != nil {
		m := s.newImage(a, kept, doc.IDDocSubType, *f, format)
		a.add(m)
		s.ledger.Upload("document.upload")
		c.header.Set("X-Image-Id", strconv.FormatInt(m.id, 10))
	}
	echo := struct {
		idDocEcho
		Errors   []string `json:"errors,omitempty"`
		Warnings []string `json:"warnings,omitempty"`
	}{idDocEcho: idDocEcho(*kept)}
	echo.IDDocSubType = doc.IDDocSubType
	if c.r.Header.Get("X-Return-Doc-Warnings") == "true" {
		echo.Errors, echo.Warnings = a.warn(kept, s.clock.Now())
		if len(echo.Errors) > 0 {
			a.disable(kept)
		}
	}
	return echo, nil
}

// idDocEcho is a document without its methods, so that it can be embedded.
type idDocEcho idDoc

// newImage makes the record of an accepted file.
func (s *Sandbox) newImage(a *applicant, doc *idDoc, side string, f file, format string) *storedImage {
	s.lastImage++
	return &storedImage{
		id: s.lastImage, doc: doc, side: side, name: f.name, format: format, data: f.data,
		added: s.clock.Now(), attempt: a.review.attemptID, source: "api",
	}
}

// parseUpload reads the parts of an upload, in any order.
func parseUpload(contentType string, body []byte) (*idDoc, *file, *refusal) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, nil, statusOnly(http.StatusUnsupportedMediaType)
	}
	var doc *idDoc
	var f *file
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, bad("Malformed multipart body")
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, bad("Malformed multipart body")
		}
		switch part.FormName() {
		case "metadata":
			var d idDoc
			if doc != nil || json.Unmarshal(data, &d) != nil {
				return nil, nil, bad("metadata is not one JSON object")
			}
			doc = &d
		case "content":
			if f != nil {
				return nil, nil, bad("More than one content part")
			}
			f = &file{name: part.FileName(), contentType: part.Header.Get("Content-Type"), data: data}
		}
	}
	if doc == nil {
		return nil, nil, bad("metadata part is required")
	}
	return doc, f, nil
}

// listImages is GET …/{id}/metadata/resources.
func (s *Sandbox) listImages(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	found := struct {
		Items      []imageView `json:"items"`
		TotalItems int         `json:"totalItems"`
	}{Items: []imageView{}}
	for _, m := range a.images {
		found.Items = append(found.Items, m.view())
	}
	found.TotalItems = len(found.Items)
	return found, nil
}

// imageView is an image's metadata on the wire.
type imageView struct {
	ID           string       `json:"id"`
	PreviewID    string       `json:"previewId"`
	AddedDate    string       `json:"addedDate"`
	FileMetadata fileMetadata `json:"fileMetadata"`
	IDDocDef     idDocDef     `json:"idDocDef"`
	ReviewResult *verdict     `json:"reviewResult,omitzero"`
	Deactivated  bool         `json:"deactivated"`
	AttemptID    string       `json:"attemptId"`
	Source       string       `json:"source"`
}

type fileMetadata struct {
	FileName   string     `json:"fileName"`
	FileType   string     `json:"fileType"`
	FileSize   int        `json:"fileSize"`
	Resolution resolution `json:"resolution"`
}

type resolution struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type idDocDef struct {
	Country      string  `json:"country"`
	IDDocType    string  `json:"idDocType"`
	IDDocSubType *string `json:"idDocSubType"`
}

func (m *storedImage) view() imageView {
	id := strconv.FormatInt(m.id, 10)
	v := imageView{
		ID: id, PreviewID: id, AddedDate: m.added.UTC().Format(layoutShort),
		FileMetadata: fileMetadata{FileName: m.name, FileType: m.format, FileSize: len(m.data)},
		IDDocDef:     idDocDef{Country: m.doc.Country, IDDocType: m.doc.IDDocType},
		Deactivated:  m.inactive, AttemptID: m.attempt, Source: m.source,
	}
	if m.side != "" {
		v.IDDocDef.IDDocSubType = &m.side
	}
	if m.verdict != nil {
		v.ReviewResult = m.verdict.public()
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(m.data)); err == nil {
		v.FileMetadata.Resolution = resolution{size.Width, size.Height}
	}
	return v
}

// imageOf finds an image by its inspection and id.
func (s *Sandbox) imageOf(c *call) (*applicant, *storedImage, *refusal) {
	for _, a := range s.applicants {
		if a.inspectionID != c.path("inspection") {
			continue
		}
		for _, m := range a.images {
			if strconv.FormatInt(m.id, 10) == c.path("image") {
				return a, m, nil
			}
		}
		return a, nil, nil
	}
	return nil, nil, statusOnly(http.StatusNotFound)
}

// readImage is GET /resources/inspections/{inspection}/resources/{image}.
func (s *Sandbox) readImage(c *call) (any, *refusal) {
	_, m, r := s.imageOf(c)
	if r != nil {
		return nil, r
	}
	if m == nil {
		return nil, statusOnly(http.StatusNotFound)
	}
	return raw{m.mediaType(), m.data}, nil
}

// deleteImage makes an image inactive, or with ?revert=true active again. An
// unknown image changes nothing.
func (s *Sandbox) deleteImage(c *call) (any, *refusal) {
	a, m, r := s.imageOf(c)
	if r != nil {
		return nil, r
	}
	if a.review.busy() {
		return answer{status: http.StatusNotModified}, nil
	}
	if m != nil {
		back := c.r.URL.Query().Get("revert") == "true"
		m.inactive, m.gone = !back, !back
	}
	return done, nil
}
