package authologic_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/subject"
)

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	all := person(1, "Jan", "", "document", "aml", "auth", "bank_account")
	all.CallbackURL, all.ReturnURL = "https://kyc.example.test/webhooks/authologic/vrf_1", "https://shop.example.test/done?c={conversationId}"
	all.Params = jsontext.Value(`{"strategy":"public:bn","identity":{"requireOneOf":[["PERSON_NAME_FIRSTNAME","PERSON_NAME_LASTNAME"]],"optional":["PERSON_INFO_BIRTHDATE"]},
		"aml":{"checks":["PEP","SANCTIONS"],"subscription":true},"verify":true,"bankTransactions":{"type":"ALL","flags":["INCLUDE_TAGS"]},"settings":{"countryCode":"PL"},"hints":"uncertain"}`)
	tree := whole()
	tree.Params = jsontext.Value(`{"hints":{"known":["name","ids","info"],"uncertain":["address","contact"]},"auth":{"challenge":"c-1"}}`)
	unhinted := person(1, "Jan", "", "aml")
	unhinted.Params = jsontext.Value(`{"hints":"none"}`)
	business := providers.Request{ExternalID: "vrf_1.identity", Components: []string{"business", "aml"}, Params: jsontext.Value(`{"verify":true}`),
		Subject: subject.Subject{Type: "business", Company: &subject.Company{
			Name: &subject.CompanyName{Name: "Tern Logistics"}, IDs: &subject.CompanyIDs{TaxID: "1234567890", AdditionalID: "0987654321"},
			Address: &subject.Address{AddressLine: "Portowa 2", City: "Gdynia", Country: "PL"}, Contact: &subject.Contact{Email: "office@tern.example.test"}, Website: "https://tern.example",
		}}}
	known := person(1, "Jan", "")
	known.Ref = jsontext.Value(reference)
	watched := known
	watched.Ref = jsontext.Value(`{"id":"5b0c6c0e","products":["aml"],"watched":true}`)
	for name, x := range map[string]struct {
		do func(*providers.Client, context.Context, providers.Request) (providers.Reply, error)
		r  providers.Request
	}{
		"person": {(*providers.Client).Send, person(1, "Jan", "", "document")}, "lists": {(*providers.Client).Send, person(1, "Jan", "", "aml")},
		"everything": {(*providers.Client).Send, all}, "known-and-uncertain": {(*providers.Client).Send, tree}, "lists-without-hints": {(*providers.Client).Send, unhinted},
		"login": {(*providers.Client).Send, person(1, "Jan", "", "auth")}, "business": {(*providers.Client).Send, business},
		"status": {(*providers.Client).Poll, known}, "finished": {(*providers.Client).Poll, watched}, "link": {(*providers.Client).Link, known}, "link-first": {(*providers.Client).Link, person(1, "Jan", "", "document")}, "erase": {(*providers.Client).Erase, watched},
	} {
		var got providertest.Requests
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got.Add(t, r)
			switch {
			case strings.Contains(r.URL.Path, "/aml/"): // two pages
				io.WriteString(w, `{"more":`+map[bool]string{true: "true", false: "false"}[r.URL.Query().Get("page") == "0"]+`,"items":[]}`)
			case strings.HasSuffix(r.URL.Path, "/accounts"):
				io.WriteString(w, `{"more":false,"items":[]}`)
			case name == "finished":
				io.WriteString(w, `{"id":"5b0c6c0e","userKey":"k","url":"https://id.example.test/c/1","status":"FINISHED","result":{"aml":{"status":"FINISHED","found":["PEP"]},"bankTransactions":{"status":"FINISHED"}}}`)
			default:
				io.WriteString(w, `{"id":"5b0c6c0e","userKey":"k","url":"https://id.example.test/c/1","status":"CREATED","result":{}}`)
			}
		}))
		defer srv.Close()
		c, err := authologic.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
			"AUTHOLOGIC_BASE_URL": srv.URL, "AUTHOLOGIC_USERNAME": "account", "AUTHOLOGIC_PASSWORD": "key"}), providers.Options{AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := x.do(c, t.Context(), x.r); err != nil {
			t.Fatalf("%s: got %v, want no error", name, err)
		}
		got.AreRecorded(t, name)
	}
}

// whole is a check of one person, of whom every field of the vendor's tree is claimed.
func whole() providers.Request {
	document := func(id string) *subject.IDDocument {
		return &subject.IDDocument{ID: id, IssueDate: "2020-11-13", ExpiryDate: "2030-11-13", IssueCountry: "PL", Issuer: "City of Gdynia"}
	}
	r := person(1, "Jan", "", "document", "name", "auth")
	r.Subject.Person = &subject.Person{
		Name: &subject.PersonName{FirstName: "Jan", LastName: "Nowak", MiddleName: "Maria", MiddleInitial: "M", FullName: "Jan Maria Nowak"},
		Info: &subject.PersonInfo{Gender: "MALE", Nationality: "PL", BirthDate: "1983-07-03", BirthCity: "Gdynia", BirthCountry: "PL"},
		IDs: &subject.PersonIDs{
			NationalID: "00000000000", IDCard: document("AB 1"), Passport: document("CD 2"), DriverLicence: document("EF 3"), ResidencePermit: document("GH 4"),
			OtherDocument: &subject.OtherDocument{ID: "IJ 5", Description: "Document ID", IssueDate: "2022-05-30", ExpiryDate: "2032-05-30", IssueCountry: "GB", Issuer: "Example"},
			Accounts:      []subject.BankAccount{{SwiftBIC: "EXAMPLPW", AccountID: "PL00000000000000000000000001", Currency: "PLN"}},
		},
		Contact: &subject.Contact{Email: "jan@example.test", Phone: "+48600000000"},
		Address: &subject.Address{Text: "Dluga 1 81-001 Gdynia PL", AddressLine: "Dluga 1", City: "Gdynia", PostalCode: "81-001", Country: "PL"},
	}
	return r
}
