package sign

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
)

// scalars are the members that the part about is made of, in canonical order.
var scalars = []string{"createdAt", "deadline", "flow", "flowDigest", "id", "reference", "status", "updatedAt"}

// errForm says that something is no view. It repeats nothing of it.
var errForm = errors.New("it is not a JSON object of the form of a view")

// partsOf digests a view in canonical form. Its signature is left out, and so is cursor, which the API adds; other holds the
// names of members that belong to no part.
func partsOf(canonical []byte) (p events.Parts, other []string, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(canonical))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return p, nil, errForm
	}
	about := []byte{'{'}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return p, nil, errForm
		}
		name := t.String()
		v, err := d.ReadValue()
		if err != nil {
			return p, nil, errForm
		}
		part := p.Named(name)
		switch {
		case part != nil && name != "about":
			*part = digest(v)
		case slices.Contains(scalars, name):
			if len(about) > 1 {
				about = append(about, ',')
			}
			about = append(fmt.Appendf(about, "%q:", name), v...)
		case name != "signature" && name != "cursor":
			other = append(other, name)
		}
	}
	p.About = digest(append(about, '}'))
	return p, other, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// canonical returns JSON as RFC 8785 writes it. Members given twice are refused.
func canonical(b []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(b))
	if err := v.Canonicalize(); err != nil {
		return nil, errForm
	}
	return v, nil
}

// message is what is signed. The first line keeps it from being taken for anything else that a key may have signed.
func message(s *events.Signature) []byte {
	b := append([]byte(nil), "bonafide decision 1\n"...)
	return s.AppendSigned(b)
}
