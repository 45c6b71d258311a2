package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

// story is one verification of the demonstration, and how it must end.
type story struct {
	name     string // also its reference
	flow     string
	tag      string   // what the sandbox does: the plus tag of the e-mail address
	pictures bool     // hand in documents; without them the vendor makes a hosted page
	nats     bool     // ask through NATS, not through HTTP
	owners   []string // what the sandbox does with each
	like     string   // the owners are those of that story
	result   string   // of the last revision
	revision int      // at least
	asks     bool     // the subject is asked for something, and gives it
	word     string   // what a reviewer says of aml when they are waited for
	fourEyes bool     // a second reviewer says so too
	begins   string   // the provider whom the flow's split gives this customer to
	erase    bool     // the person is erased at the end, for the flow would go on for ever
}

// stories are told in this order.
var stories = []story{
	{name: "approve", flow: "sumsub-person", pictures: true, result: "true", revision: 1},
	{name: "forged-document", flow: "sumsub-person", tag: "reject", pictures: true, result: "false", revision: 1},
	{name: "blurred-then-sharp", flow: "sumsub-person", tag: "retry", pictures: true, result: "true", revision: 1, asks: true},
	{name: "mistyped-then-right", flow: "sumsub-person", tag: "correct", pictures: true, result: "true", revision: 1, asks: true},
	{name: "odd-document", flow: "sumsub-person", tag: "flag", pictures: true, result: "unknown", revision: 1},
	{name: "sanctioned", flow: "demo-screening", tag: "sanctions", pictures: true, result: "false", revision: 1},
	{name: "revoked-later", flow: "sumsub-person", tag: "reversal", pictures: true, result: "false", revision: 2},
	{name: "webhooks-lost", flow: "sumsub-person", tag: "lost", pictures: true, result: "true", revision: 1},
	{name: "webhooks-twice", flow: "sumsub-person", tag: "dup", pictures: true, nats: true, result: "true", revision: 1},
	{name: "vendor-stumbles", flow: "sumsub-person", tag: "error", pictures: true, result: "true", revision: 1},
	{name: "vendor-silent", flow: "demo-deadline", tag: "never", pictures: true, result: "unknown", revision: 1},
	{name: "page-approve", flow: "persona-person", result: "true", revision: 1},
	{name: "page-reject", flow: "persona-person", tag: "reject", result: "false", revision: 1},
	{name: "page-twice", flow: "persona-person", tag: "retry", result: "true", revision: 1},
	{name: "page-sanctioned", flow: "persona-person", tag: "sanctions", result: "false", revision: 1},
	{name: "page-revoked", flow: "persona-person", tag: "reversal", nats: true, result: "false", revision: 2},
	{name: "company", flow: "sumsub-business", pictures: true, owners: []string{"", ""}, result: "true", revision: 1},
	{name: "company-bad-owner", flow: "sumsub-business", pictures: true, owners: []string{"", "reject"}, result: "false", revision: 1},
	{name: "company-blurred-owner", flow: "sumsub-business", pictures: true, owners: []string{"", "retry"}, result: "true", revision: 1, asks: true},
	{name: "conversation-approve", flow: "authologic-person", result: "true", revision: 1},
	{name: "conversation-listed", flow: "authologic-person", tag: "sanctions", nats: true, result: "false", revision: 1},
	{name: "conversation-listed-later", flow: "authologic-person", tag: "reversal", result: "false", revision: 2},
	{name: "lists-alone", flow: "authologic-screening", result: "true", revision: 1},
	{name: "lists-alone-sanctioned", flow: "authologic-screening", tag: "sanctions", nats: true, result: "false", revision: 1},
	{name: "images-approve", flow: "personr-person", pictures: true, result: "true", revision: 1},
	{name: "images-forged", flow: "personr-person", tag: "reject", pictures: true, result: "false", revision: 1},
	{name: "images-blurred", flow: "personr-person", tag: "retry", pictures: true, nats: true, result: "true", revision: 1, asks: true},
	{name: "unreadable-then-clear", flow: "bive-person", tag: "retry", pictures: true, result: "true", revision: 1, asks: true},
	{name: "live-approve", flow: "bive-person", result: "true", revision: 1},
	{name: "live-reject", flow: "bive-person", tag: "reject", result: "false", revision: 1},
	{name: "live-unknown", flow: "bive-person", tag: "unknown", result: "unknown", revision: 1},
	{name: "live-flagged", flow: "bive-person", tag: "flag", nats: true, result: "unknown", revision: 1},
	{name: "business", flow: "bive-business", owners: []string{"", ""}, result: "true", revision: 1},
	{name: "business-bad-owner", flow: "bive-business", owners: []string{"", "reject"}, result: "false", revision: 1},
	{name: "persons-alone", flow: "business-persons", pictures: true, owners: []string{"", ""}, result: "true", revision: 1},
	{name: "persons-known", flow: "business-persons", pictures: true, nats: true, owners: []string{"", ""}, like: "persons-alone", result: "true", revision: 1},
	{name: "persons-revoked-later", flow: "business-persons", pictures: true, owners: []string{"reversal"}, result: "false", revision: 2},
	{name: "not-listed", flow: "opensanctions-person", result: "true", revision: 1},
	{name: "an-official", flow: "opensanctions-person", tag: "flag", nats: true, result: "unknown", revision: 1},
	{name: "an-official-reviewed", flow: "demo-review", tag: "flag", result: "true", revision: 2, word: "true"},
	{name: "an-official-four-eyes", flow: "demo-four-eyes", tag: "flag", result: "true", revision: 2, word: "true", fourEyes: true},
	{name: "screened-again", flow: "demo-expiry", result: "true", revision: 2, erase: true},
	{name: "split-a", flow: "demo-split", pictures: true, result: "true", revision: 1, begins: "sumsub"},
	{name: "split-b", flow: "demo-split", pictures: true, result: "true", revision: 1, begins: "persona"},
	{name: "an-owner-listed", flow: "opensanctions-business", owners: []string{"", "sanctions"}, result: "false", revision: 1},
	{name: "several-vendors", flow: "person-standard", pictures: true, nats: true, result: "true", revision: 1},
	{name: "several-vendors-sanctioned", flow: "person-standard", tag: "sanctions", pictures: true, result: "false", revision: 1},
}

// demoFlows are recipes that only the demonstration has.
var demoFlows = map[string]string{
	"demo-deadline": `# A vendor that says nothing: the deadline decides.
flow: demo-deadline
subject: person
deadline: 4s
checks:
  identity: {components: [document, selfie, name], providers: [sumsub]}
decide:
  require: [document, selfie, name]
`,
	"demo-review": `# A possible match is looked at by a reviewer.
flow: demo-review
subject: person
deadline: 1m
checks:
  screening: {components: [aml], providers: [opensanctions]}
decide:
  require: [aml]
  rules:
    - if: findings.aml.result == "flagged"
      result: unknown
      review: true
      reason: possible_list_match
`,
	"demo-expiry": `# What lists say is old soon: they are asked again.
flow: demo-expiry
subject: person
deadline: 1m
checks:
  screening: {components: [aml], providers: [opensanctions]}
decide:
  require: [aml]
expire:
  aml: {after: 2s, then: recheck}
`,
	"demo-four-eyes": `# A possible match is looked at by two reviewers, who must agree.
flow: demo-four-eyes
subject: person
deadline: 1m
checks:
  screening: {components: [aml], providers: [opensanctions]}
decide:
  require: [aml]
  rules:
    - if: findings.aml.result == "flagged"
      result: unknown
      review: true
      reason: possible_list_match
review: {fourEyes: true}
`,
	"demo-split": `# Half of the customers begin with one vendor, half with the other, and always the same.
flow: demo-split
subject: person
deadline: 1m
checks:
  identity:
    components: [document, selfie, name]
    providers: [sumsub, persona]
    split: {sumsub: 50, persona: 50}
decide:
  require: [document, selfie, name]
`,
	"demo-screening": `# Sanctions first, and in words of our own.
flow: demo-screening
subject: person
deadline: 1m
checks:
  identity: {components: [document, selfie, name, aml], providers: [sumsub]}
decide:
  require: [document, selfie, name, aml]
  rules:
    - if: findings.aml.result == "false"
      result: "false"
      reason: sanctions_hit
`,
}

// firstNames are of people who do not exist; the sandboxes know them by their e-mail address.
var firstNames = []string{"Ana", "Jan", "Mia", "Leo", "Eva", "Tom", "Ida", "Max", "Zoe", "Ben", "Lea", "Sam", "Amy", "Kai", "Joy", "Ian", "Una"}

// request is what upstream asks for story n.
func (s story) request(n int) events.VerificationRequested {
	person := func(first, last, tag string) subject.Person {
		if tag != "" {
			tag = "+" + tag
		}
		return subject.Person{
			Name:    &subject.PersonName{FirstName: first, LastName: last},
			Info:    &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
			Address: &subject.Address{AddressLine: "1 Elm Road", City: "Gdańsk", PostalCode: "80-001", Country: "PL"},
			Contact: &subject.Contact{Email: fmt.Sprintf("%s%d%s@example.test", "person", n, tag), Phone: "+48600000000"},
		}
	}
	r := events.VerificationRequested{Flow: s.flow, Reference: s.name}
	if s.owners != nil {
		r.Subject = subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: fmt.Sprintf("Tern Logistics %d", n)}, IDs: &subject.CompanyIDs{TaxID: "1234567890"}, Website: "https://tern.example",
			Address: &subject.Address{AddressLine: "2 Dock Street", City: "Gdańsk", PostalCode: "80-002", Country: "PL"},
			Contact: &subject.Contact{Email: fmt.Sprintf("office%d@example.test", n)},
		}}
		r.Documents = []events.DocumentUpload{{Type: "COMPANY_REGISTRATION", Country: "POL", Filename: "registration.pdf", Content: base64.StdEncoding.EncodeToString(paper(n))}}
		if s.like != "" {
			n = slices.IndexFunc(stories, func(o story) bool { return o.name == s.like })
		}
		for i, tag := range s.owners {
			p := person(firstNames[(n+i)%len(firstNames)], fmt.Sprintf("Owner%c", 'A'+i), tag)
			p.Contact.Email = "owner" + fmt.Sprint(i) + p.Contact.Email
			owner := events.AssociatedPerson{Reference: fmt.Sprintf("ubo-%d", i+1), Role: "UBO", Ownership: 50, Person: p}
			if s.flow == "business-persons" && i == 0 { // which wants a director
				owner.Role, owner.Ownership = "DIRECTOR", 0
			}
			if s.pictures {
				owner.Documents = []events.DocumentUpload{picture("PASSPORT", 100*n+2*i), picture("SELFIE", 100*n+2*i+1)}
			}
			r.AssociatedPersons = append(r.AssociatedPersons, owner)
		}
		return r
	}
	p := person(firstNames[n%len(firstNames)], "Reyes", s.tag)
	r.Subject = subject.Subject{Type: "person", Person: &p}
	if s.pictures {
		r.Documents = []events.DocumentUpload{picture("PASSPORT", 2*n), picture("SELFIE", 2*n+1)}
	}
	return r
}

// picture is a photograph that no other number gives.
func picture(kind string, n int) events.DocumentUpload {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			img.Set(x, y, color.RGBA{uint8(x*3 + n*7), uint8(y*5 + n*13), uint8(n * 29), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // an image in memory is always encoded
	}
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "photo.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}

// paper is a document in PDF.
func paper(n int) []byte {
	return fmt.Appendf(nil, "%%PDF-1.4\n%% registration %d\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", n)
}
