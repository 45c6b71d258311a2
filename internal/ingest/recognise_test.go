package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/subject"
)

func recogniser(t *testing.T, fill byte) *Recogniser {
	t.Helper()
	r, err := NewRecogniser(bytes.Repeat([]byte{fill}, minRecognitionKey))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// who is a person of whom enough is claimed.
func who(change func(*subject.Person)) *subject.Person {
	p := &subject.Person{Name: &subject.PersonName{FirstName: "Ana María", LastName: "Reyes"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		IDs: &subject.PersonIDs{NationalID: "900203-12345", Passport: &subject.IDDocument{ID: "AB 123", IssueCountry: "PL"}}, Contact: &subject.Contact{Email: "ana@example.test"}}
	if change != nil {
		change(p)
	}
	return p
}

// One person who is written in several ways is one; who differs in anything that tells people apart is another.
func TestARecogniserTellsPersonsApart(t *testing.T) {
	r := recogniser(t, 1)
	want, ok := r.identity("acme", "sha256:01", who(nil))
	if !ok {
		t.Fatal("a person with a name, a day of birth and a national id is not recognised")
	}
	for name, same := range map[string]func(*subject.Person){
		"the same":                     nil,
		"in other letters":             func(p *subject.Person) { p.Name.FirstName, p.Name.LastName = "ANA MARIA", "reyes" },
		"number without signs":         func(p *subject.Person) { p.IDs.NationalID = "90020312345" },
		"another address":              func(p *subject.Person) { p.Contact.Email = "other@example.test" },
		"another passport":             func(p *subject.Person) { p.IDs.Passport.ID = "ZZ9" },
		"a middle name, or none":       func(p *subject.Person) { p.Name.MiddleName = "Jo" },
		"more that is claimed":         func(p *subject.Person) { p.Info.BirthCity = "Gdynia" },
		"a name that is whole as well": func(p *subject.Person) { p.Name.FullName = "Somebody Else" },
	} {
		if got, ok := r.identity("acme", "sha256:01", who(same)); !ok || got != want {
			t.Errorf("%s: got %x, %v; want %x", name, got, ok, want)
		}
	}
	others := map[string][10]byte{fmt.Sprintf("%x", want): want}
	for name, other := range map[string]func(*subject.Person){
		"first name":   func(p *subject.Person) { p.Name.FirstName = "Eva" },
		"last name":    func(p *subject.Person) { p.Name.LastName = "Reye" },
		"birth":        func(p *subject.Person) { p.Info.BirthDate = "1990-03-02" },
		"national id":  func(p *subject.Person) { p.IDs.NationalID = "90020312346" },
		"whose number": func(p *subject.Person) { p.Info.Nationality = "ES" },
		"by passport":  func(p *subject.Person) { p.IDs.NationalID = "" },
		"its country":  func(p *subject.Person) { p.IDs.NationalID, p.IDs.Passport.IssueCountry = "", "ES" },
		"as a card":    func(p *subject.Person) { p.IDs = &subject.PersonIDs{IDCard: p.IDs.Passport} },
		"by address":   func(p *subject.Person) { p.IDs = nil },
	} {
		got, ok := r.identity("acme", "sha256:01", who(other))
		if _, taken := others[fmt.Sprintf("%x", got)]; !ok || taken {
			t.Errorf("another %s: got %x, %v; want one of its own", name, got, ok)
		}
		others[fmt.Sprintf("%x", got)] = got
	}
	for name, got := range map[string]func() ([10]byte, bool){
		"tenant": func() ([10]byte, bool) { return r.identity("other", "sha256:01", who(nil)) },
		"flow":   func() ([10]byte, bool) { return r.identity("acme", "sha256:02", who(nil)) },
		"key":    func() ([10]byte, bool) { return recogniser(t, 2).identity("acme", "sha256:01", who(nil)) },
		// What is told must not depend on where one part ends and the next begins.
		"border": func() ([10]byte, bool) { return r.identity("acmes", "ha256:01", who(nil)) },
	} {
		if id, ok := got(); !ok || id == want {
			t.Errorf("with another %s the person is the same: %x, %v", name, id, ok)
		}
	}
}

// Too little to be sure is nobody, and so is everybody without a key.
func TestNobodyIsRecognisedByTooLittleOrWithoutAKey(t *testing.T) {
	r := recogniser(t, 1)
	for name, little := range map[string]func(*subject.Person){
		"no name":     func(p *subject.Person) { p.Name = nil },
		"empty names": func(p *subject.Person) { p.Name = &subject.PersonName{MiddleName: "Jo"} },
		"half a name": func(p *subject.Person) { p.Name = &subject.PersonName{FirstName: "Ana"} },
		"no birth":    func(p *subject.Person) { p.Info.BirthDate = "" },
		"no info":     func(p *subject.Person) { p.Info = nil },
		"no number":   func(p *subject.Person) { p.IDs, p.Contact = nil, &subject.Contact{Phone: "+48600000000"} },
		"only signs":  func(p *subject.Person) { p.IDs, p.Contact = &subject.PersonIDs{NationalID: " -/ "}, nil },
	} {
		if id, ok := r.identity("acme", "sha256:01", who(little)); ok {
			t.Errorf("%s: recognised as %x", name, id)
		}
	}
	var none *Recogniser
	if id, ok := none.identity("acme", "sha256:01", who(nil)); ok {
		t.Errorf("without a key: recognised as %x", id)
	}
	if _, err := NewRecogniser(make([]byte, minRecognitionKey-1)); err == nil || !strings.Contains(err.Error(), "31") {
		t.Errorf("a short key: got %v, want how short it is", err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", r, r, r, r); strings.Contains(s, "1 1") || strings.Contains(s, "0x1") {
		t.Errorf("a recogniser prints its key: %s", s)
	}
}
