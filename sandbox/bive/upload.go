package bive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/bonafide-id/bonafide/sandbox"
)

const (
	maxFile   = 5 << 20
	maxUpload = 6 * maxFile // five fields at most, and the multipart framing
)

// file is an uploaded file. Its bytes are not kept.
type file struct {
	field  string
	digest string
}

// uploadFields are the fields of an upload: the prefix of the name that is given
// to the file, and whether it must be a PDF (else an image).
var uploadFields = map[string]struct {
	prefix string
	pdf    bool
}{
	"gov_id":            {prefix: "gov-id"},
	"gov_id_back":       {prefix: "gov-id-back"},
	"selfie":            {prefix: "selfie"},
	"account_statement": {prefix: "account-statement", pdf: true},
	"biz_reg":           {prefix: "biz-reg", pdf: true},
}

// upload stores all files of a request or none.
func (s *Sandbox) upload(w http.ResponseWriter, r *http.Request) {
	names, files, err := s.readUpload(http.MaxBytesReader(w, r.Body, maxUpload), r)
	if err != nil {
		// Uploads answer errors in the string form.
		sandbox.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	s.mu.Lock()
	for name, f := range files {
		s.files[name] = f
		s.stage.Ledger.Upload(f.field)
		s.stage.Clock.After(retention, func(context.Context) {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.files, name)
		})
	}
	s.mu.Unlock()
	sandbox.WriteJSON(w, http.StatusOK, names)
}

// readUpload returns the given names by field, and the files by name.
func (s *Sandbox) readUpload(body io.ReadCloser, r *http.Request) (map[string]string, map[string]file, error) {
	r.Body = body
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, errors.New("multipart/form-data is required")
	}
	names, files := map[string]string{}, map[string]file{}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, errors.New("malformed or too large multipart body")
		}
		field := part.FormName()
		rule, known := uploadFields[field]
		if !known {
			return nil, nil, errors.New("unknown field")
		}
		if names[field] != "" {
			return nil, nil, errors.New(field + ": more than one file")
		}
		content, err := io.ReadAll(io.LimitReader(part, maxFile+1))
		if err != nil {
			return nil, nil, errors.New("malformed or too large multipart body")
		}
		if len(content) > maxFile {
			return nil, nil, errors.New(field + ": file is larger than 5 MB")
		}
		extension := sniff(content)
		if extension == "" || rule.pdf != (extension == "pdf") {
			return nil, nil, errors.New(field + ": invalid file type")
		}
		digest := sha256.Sum256(content)
		name := rule.prefix + "-" + s.stage.IDs.UUID() + "." + extension
		names[field], files[name] = name, file{field: field, digest: hex.EncodeToString(digest[:])}
	}
	if len(files) == 0 {
		return nil, nil, errors.New("at least one file is required")
	}
	return names, files, nil
}

// sniff returns the extension of what content begins like, or nothing.
func sniff(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return "jpg"
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return "pdf"
	}
	return ""
}
