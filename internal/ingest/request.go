package ingest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/events"
)

// strict decodes what comes from outside: names in their case, once, and no unknown ones.
func strict(body []byte, to any) error {
	return json.Unmarshal(body, to, json.RejectUnknownMembers(true))
}

// hasDocuments reports whether there may be content of documents in a body, in whatever spelling.
func hasDocuments(body []byte) bool {
	return bytes.Contains(body, []byte(`"documents"`)) || bytes.Contains(body, []byte(`\u`))
}

// contentOfRequest says where a request has content of documents.
func contentOfRequest(p []level) bool {
	return len(p) == 3 && p[0].name == "documents" && p[1].array && p[2].name == "content" && !p[0].array && !p[2].array ||
		len(p) == 5 && p[0].name == "associatedPersons" && p[1].array && p[2].name == "documents" && p[3].array && p[4].name == "content"
}

// contentOfDocuments says the same of the body of …/documents.
func contentOfDocuments(p []level) bool {
	return len(p) == 1 && p[0].name == "content" && !p[0].array ||
		len(p) == 3 && p[0].name == "documents" && p[1].array && p[2].name == "content" && !p[2].array
}

// receive reads a body, storing the documents in it.
func receive(r io.Reader, wanted func([]level) bool, u *uploads) ([]byte, error) {
	l := lifter{r: bufio.NewReaderSize(r, 16<<10), wanted: wanted, take: u.take64}
	body, err := l.lift()
	if err != nil {
		return nil, bodyProblem(err)
	}
	return body, nil
}

// bodyProblem says what an error of reading a body is.
func bodyProblem(err error) error {
	switch {
	case errors.Is(err, errSyntax), errors.Is(err, io.ErrUnexpectedEOF):
		return malformed("The body is not JSON in UTF-8.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return slow()
	}
	return err
}

// request decodes a body that was received and names everything that is wrong with it. The error is a problem.
func (s *Service) request(body []byte, u *uploads) (*events.VerificationRequested, error) {
	var r events.VerificationRequested
	if err := strict(body, &r); err != nil || !s.rules.sound(&r) || suspicious(body) || len(u.faults) > 0 {
		faults, err := s.faults(s.explain.requested, body, err != nil || !s.rules.sound(&r), u)
		if err != nil {
			return nil, err
		}
		if len(faults) > 0 {
			if known := legible(body); events.ValidToken(known.Flow) {
				faults = append(faults, s.unfit(known)...)
			}
			return nil, invalid(tidy(faults)...)
		}
	}
	if faults := s.unfit(&r); len(faults) > 0 {
		return nil, invalid(tidy(faults)...)
	}
	return &r, nil
}

// legible returns what unfit judges of a request whose form is wrong. A member of a wrong type is as if it were absent,
// so that it does not hide what is wrong with the others.
func legible(body []byte) *events.VerificationRequested {
	var r events.VerificationRequested
	var all, subject map[string]jsontext.Value
	var persons []jsontext.Value
	read := func(from jsontext.Value, to any) bool {
		return len(from) > 0 && json.Unmarshal(from, to, jsontext.AllowDuplicateNames(true)) == nil
	}
	if !read(body, &all) {
		return &r
	}
	read(all["flow"], &r.Flow)
	if read(all["subject"], &subject) {
		read(subject["type"], &r.Subject.Type)
	}
	if read(all["associatedPersons"], &persons) {
		r.AssociatedPersons = make([]events.AssociatedPerson, len(persons))
		for i, p := range persons {
			var members map[string]jsontext.Value
			if read(p, &members) {
				read(members["reference"], &r.AssociatedPersons[i].Reference)
			}
		}
	}
	return &r
}

// suspicious reports whether a body has something that decoding does not see: null and "" look like absent members.
func suspicious(body []byte) bool {
	return bytes.Contains(body, []byte("null")) || bytes.Contains(body, []byte(`""`))
}

// faults explains a body. Unsound says that the quick way has found a fault, so that there must be one.
func (s *Service) faults(schema *jsonschema.Schema, body []byte, unsound bool, u *uploads) ([]events.ProblemField, error) {
	faults, err := explain(schema, body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	if u != nil {
		faults = append(faults, u.faults...)
	}
	if len(faults) == 0 && unsound {
		s.metrics.disagreements.Inc()
		faults = append(faults, at("", "is not as the schema says"))
	}
	return faults, nil
}

// unfit names what is wrong with a request that is well-formed: what depends on flows and on other members.
func (s *Service) unfit(r *events.VerificationRequested) []events.ProblemField {
	var faults []events.ProblemField
	f, ok := s.cfg.Flows.Get(r.Flow)
	switch {
	case !ok && len(s.cfg.Flows.Lacks(r.Flow)) > 0:
		faults = append(faults, at("/flow", "this flow needs providers that are not configured here: "+strings.Join(s.cfg.Flows.Lacks(r.Flow), ", ")))
	case !ok:
		faults = append(faults, at("/flow", "there is no such flow"))
	case f.Subject != "" && f.Subject != r.Subject.Type && isOneOf("person", "business")(r.Subject.Type):
		faults = append(faults, at("/subject/type", "the flow is for a "+f.Subject))
	}
	if r.Subject.Type == "person" && len(r.AssociatedPersons) > 0 {
		faults = append(faults, at("/associatedPersons", "only a business has associated persons"))
	}
	seen := make(map[string]bool, len(r.AssociatedPersons))
	for i, p := range r.AssociatedPersons {
		if seen[p.Reference] {
			faults = append(faults, at("/associatedPersons/"+strconv.Itoa(i)+"/reference", "is given to more than one person"))
		}
		seen[p.Reference] = true
	}
	return faults
}

// canonical returns the one form of a JSON text that was decoded strictly.
func canonical(body []byte) []byte {
	v := jsontext.Value(bytes.Clone(body))
	if err := v.Canonicalize(); err != nil {
		return body
	}
	return v
}

// identity returns the part of a verification id that follows from what a sender has chosen.
func identity(parts ...string) (id [10]byte) {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p))))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	copy(id[:], h.Sum(nil))
	return id
}
