package authologic_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
	"github.com/bonafide-id/bonafide/providers/providertest"
)

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	all := person(1, "Jan", "", "document", "aml", "auth", "bank_account")
	all.CallbackURL, all.ReturnURL = "https://kyc.example.test/webhooks/authologic/vrf_1", "https://shop.example.test/done?c={conversationId}"
	all.Params = jsontext.Value(`{"strategy":"public:bn","identity":{"requireOneOf":[["PERSON_NAME_FIRSTNAME","PERSON_NAME_LASTNAME"]],"optional":["PERSON_INFO_BIRTHDATE"]},
		"aml":{"checks":["PEP","SANCTIONS"],"subscription":true},"verify":true,"bankTransactions":{"type":"ALL","flags":["INCLUDE_TAGS"]},"settings":{"countryCode":"PL"},"hints":"uncertain"}`)
	known := person(1, "Jan", "")
	known.Ref = jsontext.Value(reference)
	for name, r := range map[string]providers.Request{"person": person(1, "Jan", "", "document"), "lists": person(1, "Jan", "", "aml"), "everything": all, "status": known} {
		var got providertest.Requests
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got.Add(t, r)
			io.WriteString(w, `{"id":"5b0c6c0e","userKey":"k","url":"https://id.example.test/c/1","status":"CREATED","result":{}}`)
		}))
		defer srv.Close()
		c, err := authologic.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
			"AUTHOLOGIC_BASE_URL": srv.URL, "AUTHOLOGIC_USERNAME": "account", "AUTHOLOGIC_PASSWORD": "key"}), providers.Options{AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		do := c.Send
		if len(r.Ref) > 0 {
			do = c.Poll
		}
		if _, err := do(t.Context(), r); err != nil {
			t.Fatalf("%s: got %v, want no error", name, err)
		}
		got.AreRecorded(t, name)
	}
}
