package chaos

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

// Somebody is a request about a person who does not exist and has nothing but canaries; no two n are the same person. The
// tag is what the vendor does: the stories of the sandboxes.
func Somebody(flow, reference, tag string, n int) events.VerificationRequested {
	r := events.VerificationRequested{Flow: flow, Reference: reference, Metadata: map[string]string{"plan": Canaries["metadata"]},
		ReturnURL: "https://shop.example/done?who=" + Canaries["first name"],
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name: &subject.PersonName{FirstName: Canaries["first name"], MiddleName: Canaries["middle name"], LastName: Canaries["last name"] + letters(n)},
			Info: &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL", BirthCity: Canaries["birth city"]},
			IDs: &subject.PersonIDs{NationalID: Canaries["national id"], Passport: &subject.IDDocument{ID: Canaries["passport"], IssueCountry: "PL"},
				Accounts: []subject.BankAccount{{AccountID: Canaries["account"], Currency: "PLN"}}},
			Address: &subject.Address{AddressLine: Canaries["street"], City: Canaries["city"], PostalCode: "80-001", Country: "PL"},
			Contact: &subject.Contact{Email: Canaries["email"] + tag + fmt.Sprint("@p", n, ".example.test"), Phone: Canaries["phone"]}}}}
	if flow == "sumsub-person" {
		r.Documents = []events.DocumentUpload{Picture("PASSPORT", 2*n, []byte(Canaries["document"])), Picture("SELFIE", 2*n+1, []byte(Canaries["document"]))}
		for i := range r.Documents {
			r.Documents[i].Filename = Canaries["file name"] + ".jpg"
		}
	}
	return r
}

// Family is the flow of a business that is as good as its persons, each on a verification of their own.
const Family = "family"

const familyYAML = "flow: " + Family + `
subject: business
deadline: 20m
checks:
  persons:
    persons:
      flow: sumsub-person
      roles: {DIRECTOR: {required: true}, UBO: {over: 25}}
decide:
  require: [persons]
`

// Relatives is a request about a business with a director and an owner, who have nothing but canaries either. The tag is what the
// director's vendor does. Who they are is not who is in another request, of n or of Somebody.
func Relatives(reference, tag string, n int) events.VerificationRequested {
	r := events.VerificationRequested{Flow: Family, Reference: reference, Metadata: map[string]string{"plan": Canaries["metadata"]},
		Subject: subject.Subject{Type: "business", Company: &subject.Company{Name: &subject.CompanyName{Name: "Tern"}}}}
	for i, p := range []events.AssociatedPerson{{Reference: "boss" + suffix(tag), Role: "DIRECTOR"}, {Reference: "owner", Role: "UBO", Ownership: 60}} {
		if i > 0 {
			tag = ""
		}
		alone := Somebody("sumsub-person", "", tag, 1<<22+2*n+i)
		p.Person, p.Documents = *alone.Subject.Person, alone.Documents
		r.AssociatedPersons = append(r.AssociatedPersons, p)
	}
	return r
}

// everybody returns the references of the verifications that a request leads to.
func everybody(r events.VerificationRequested) []string {
	all := []string{r.Reference}
	for _, p := range r.AssociatedPersons {
		all = append(all, r.Reference+"/"+p.Reference)
	}
	return all
}

// letters writes a number in letters: names have no digits.
func letters(n int) string {
	s := ""
	for ; n > 0; n /= 26 {
		s += string(rune('a' + n%26))
	}
	return s
}

// Picture is a JPEG that no other number gives; tail is put behind the image.
func Picture(kind string, n int, tail []byte) events.DocumentUpload {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for x := range 16 {
		for y := range 16 {
			img.Set(x, y, color.RGBA{uint8(x*9 + n), uint8(y*7 + n>>8), uint8(n * 31), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	fmt.Fprintf(&b, "%d", n)
	b.Write(tail)
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "p.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}
