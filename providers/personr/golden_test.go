package personr_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/subject"
)

// replies are what a vendor answers to each call, so that the next is made.
var replies = map[string]string{
	"api-token-generate":               `{"status":"success","response":{"token":"bus|made","user_id":"1x1","expires":31536000}}`,
	"api-applicant-create":             `{"status":"success","response":{"applicantId":"1700000000000x1","applicantStatus":"Created"}}`,
	"api-entity-database-verification": `{"status":"success","response":{"applicantId":"1700000000000x1","flow":"KYB basic","status":"Pending"}}`,
	"api-verificationlink-create":      `{"status":"success","response":{"verificationLink":"https://enterprise.example.test/verification/1"}}`,
	"api-document-upload":              `{"applicantId":"1700000000000x1","documentType":"ID_CARD","errors":[],"warnings":[]}`,
	"api-request-applicant-check":      `{"response":"success"}`,
	"api-applicant-status":             `{"status":"success","response":{"applicantStatus":"Reviewed","result":{"reviewAnswer":"Rejected","reviewRejectType":"Retry","Modified Date":1700000000000}}}`,
	"api-applicant-details":            `{"status":"success","response":{"status":"Created","tags":[]}}`,
	"api-entity-status":                `{"status":"success","response":{"applicantStatus":"Pending"}}`,
}

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	business := person(1, "Ana", "")
	business.Subject = subject.Subject{Type: "business", Company: &subject.Company{
		Name: &subject.CompanyName{Name: "Tern Logistics"}, IDs: &subject.CompanyIDs{AdditionalID: "000000001"}, Address: &subject.Address{Country: "AU"}}}
	business.Params = jsontext.Value(`{"flow_name":"KYB basic"}`)
	known := func(docs ...providers.Document) providers.Request {
		r := person(1, "Ana", "", docs...)
		r.Ref = jsontext.Value(reference)
		return r
	}
	for _, tt := range []struct {
		name string
		do   string
		made bool // the token is made, not set
		r    providers.Request
	}{
		{"person", "send", false, person(1, "Ana", "", append(card(), document("PROOF_OF_ADDRESS", "", "application/pdf", "%PDF-1.7"))...)},
		{"person-link", "send", false, person(1, "Ana", "")},
		{"person-again", "send", false, known(card()...)},
		{"business", "send", false, business},
		{"resubmit", "resubmit", false, known(image("PASSPORT", ""))},
		{"status", "poll", false, known()},
		{"link", "link", false, known()},
		{"link-first", "link", false, person(1, "Ana", "")},
		{"token", "poll", true, known()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got providertest.Requests
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Add(t, r)
				io.WriteString(w, replies[strings.TrimPrefix(r.URL.Path, "/api/1.1/wf/")])
			}))
			defer srv.Close()
			m := map[string]string{"PERSONR_BASE_URL": srv.URL, "PERSONR_FLOW_NAME": "KYC basic", "PERSONR_TOKEN": "bus|set"}
			if tt.made {
				m["PERSONR_TOKEN"], m["PERSONR_EMAIL"], m["PERSONR_PASSWORD"] = "", "svc@example.test", "a password"
			}
			c, err := personr.Definition.Open(t.Context(), envconfig.MapLookuper(m), providers.Options{AllowInsecure: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var reply providers.Reply
			switch tt.do {
			case "send":
				_, err = c.Send(t.Context(), tt.r)
			case "poll":
				_, err = c.Poll(t.Context(), tt.r)
			case "link":
				_, err = c.Link(t.Context(), tt.r)
			case "resubmit":
				if reply, err = c.Resubmit(t.Context(), tt.r); err == nil {
					// The vendor still shows the verdict that this answers.
					if o, e := c.Read(reply); e != nil || o.Status != "pending" {
						t.Errorf("resubmit reads as %q, %v; want pending", o.Status, e)
					}
				}
			}
			if err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			got.AreRecorded(t, tt.name)
		})
	}
}

func TestAConnectionNeedsATokenOrWhatMakesOne(t *testing.T) {
	for name, m := range map[string]map[string]string{
		"nothing":         {},
		"only an address": {"PERSONR_EMAIL": "svc@example.test"},
		"only a password": {"PERSONR_PASSWORD": "a password"},
	} {
		m["PERSONR_FLOW_NAME"] = "KYC basic"
		_, err := personr.Definition.Open(t.Context(), envconfig.MapLookuper(m), providers.Options{})
		if err == nil || !strings.Contains(err.Error(), "PERSONR_EMAIL") || !strings.Contains(err.Error(), "PERSONR_TOKEN") {
			t.Errorf("%s: got %v, want an error that names the variables", name, err)
		}
	}
}
