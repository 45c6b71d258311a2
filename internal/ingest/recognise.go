package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
	"github.com/bonafide-id/bonafide/subject"
)

// Recogniser tells that two businesses of a tenant name one person, without keeping anything of the person: it makes the same
// identity of them, which tells nothing to who has not its key. It is safe for concurrent use and does not print.
type Recogniser struct{ key []byte }

// minRecognitionKey is the least length of the key, in bytes.
const minRecognitionKey = 32

// NewRecogniser returns a recogniser with a secret key, which must stay the same for as long as persons are to be recognised.
func NewRecogniser(key []byte) (*Recogniser, error) {
	if len(key) < minRecognitionKey {
		return nil, fmt.Errorf("the key to recognise persons has %d bytes; it must have %d at least", len(key), minRecognitionKey)
	}
	return &Recogniser{key}, nil
}

// String hides the key.
func (*Recogniser) String() string { return "recogniser(hidden)" }

// GoString hides the key.
func (*Recogniser) GoString() string { return "recogniser(hidden)" }

// identity returns what a person has in common in all requests of a tenant for a version of a flow; ok is false where too little
// is claimed to be sure who it is: it takes a name, a day of birth, and a number or address that nobody else has.
func (r *Recogniser) identity(tenant, digest string, p *subject.Person) (id [10]byte, ok bool) {
	if r == nil || p.Name == nil || p.Info == nil || p.Info.BirthDate == "" {
		return id, false
	}
	name := strings.Join(compare.Words(p.Name.FirstName+" "+p.Name.LastName), " ")
	if p.Name.FirstName == "" || p.Name.LastName == "" {
		name = strings.Join(compare.Words(p.Name.FullName), " ")
	}
	kind, number := unique(p)
	if name == "" || number == "" {
		return id, false
	}
	h := hmac.New(sha256.New, r.key)
	for _, part := range []string{"person/1", tenant, digest, name, p.Info.BirthDate, kind, number} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	copy(id[:], h.Sum(nil))
	return id, true
}

// unique returns what only one person has, of what is claimed: the first of these.
func unique(p *subject.Person) (kind, number string) {
	if n := p.IDs; n != nil {
		country := p.Info.Nationality
		if s := compare.Compact(n.NationalID); s != "" {
			return "national " + country, s
		}
		for _, d := range []struct {
			kind string
			doc  *subject.IDDocument
		}{{"passport", n.Passport}, {"card", n.IDCard}, {"licence", n.DriverLicence}, {"permit", n.ResidencePermit}} {
			if d.doc == nil {
				continue
			}
			if s := compare.Compact(d.doc.ID); s != "" {
				return d.kind + " " + d.doc.IssueCountry, s
			}
		}
	}
	if c := p.Contact; c != nil && c.Email != "" {
		return "mail", strings.ToLower(c.Email)
	}
	return "", ""
}
