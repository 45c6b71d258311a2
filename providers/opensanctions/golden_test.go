package opensanctions_test

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
	"github.com/bonafide-id/bonafide/providers/opensanctions"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/subject"
)

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	somebody := subject.Person{
		Name:    &subject.PersonName{FirstName: "Jan", MiddleName: "Stanisław", LastName: "Kowalski"},
		Info:    &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL", BirthCity: "Gdańsk"},
		IDs:     &subject.PersonIDs{NationalID: "83070300000", Passport: &subject.IDDocument{ID: "ZS0000000"}},
		Address: &subject.Address{Country: "PL"}, Contact: &subject.Contact{Email: "jan@example.test", Phone: "+48600000000"},
	}
	company := subject.Company{
		Name: &subject.CompanyName{Name: "Tern Logistics"}, IDs: &subject.CompanyIDs{TaxID: "PL0000000000", AdditionalID: "0000000001"},
		Address: &subject.Address{Country: "PL"}, Website: "https://tern.example.test",
	}
	for _, tt := range []struct {
		name string
		key  string
		r    providers.Request
	}{
		{"person", "key", providers.Request{Subject: subject.Subject{Type: "person", Person: &somebody}}},
		{"own-server", "", providers.Request{Params: jsontext.Value(`{"dataset":"sanctions","threshold":0.8,"algorithm":"logic-v2"}`),
			Subject: subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FullName: "Jan Kowalski"}}}}},
		{"business", "key", providers.Request{Subject: subject.Subject{Type: "business", Company: &company},
			Parties: []providers.Party{{Reference: "ubo-1", Role: "UBO", Person: somebody}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got providertest.Requests
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Add(t, r)
				io.WriteString(w, `{"responses":{}}`)
			}))
			defer srv.Close()
			c, err := opensanctions.Definition.Open(context.Background(), envconfig.MapLookuper(map[string]string{
				"OPENSANCTIONS_BASE_URL": srv.URL, "OPENSANCTIONS_API_KEY": tt.key}), providers.Options{AllowInsecure: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Send(t.Context(), tt.r); err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			got.AreRecorded(t, tt.name)
		})
	}
}

func TestWhomNobodyNamedIsNotSearchedFor(t *testing.T) {
	c, _ := connect(t)
	nobody := subject.Person{Name: &subject.PersonName{}}
	for name, s := range map[string]providers.Request{
		"no subject":       {},
		"no name":          {Subject: subject.Subject{Type: "person", Person: &nobody}},
		"an owner unnamed": {Subject: subject.Subject{Type: "business", Company: &subject.Company{Name: &subject.CompanyName{Name: "Tern"}}}, Parties: []providers.Party{{Reference: "a", Person: nobody}}},
		"unknown params":   {Params: jsontext.Value(`{"datset":"x"}`), Subject: subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FullName: "Jan"}}}},
	} {
		if _, err := c.Send(t.Context(), s); err == nil || !strings.HasPrefix(err.Error(), "opensanctions.match: ") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}
