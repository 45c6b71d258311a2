package bive

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/subject"
)

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	yes, no := jsontext.Value(`{"advanced_check":false}`), jsontext.Value(`{"liveness":true,"demo":{"status":true,"flag":true}}`)
	pass, face := paper("PASSPORT", "", "image/jpeg", "a passport"), paper("SELFIE", "", "image/png", "a face")
	ana := subject.Subject{Type: "person", Person: ana()}
	tests := []struct {
		name string
		r    providers.Request
		poll bool
	}{
		{"person", providers.Request{Components: []string{"document", "name"}, Subject: ana, Documents: []providers.Document{pass, face}, Params: yes, CallbackURL: "https://kyc.example.test/webhooks/bive/vrf_1"}, false},
		{"person-link", providers.Request{Components: []string{"liveness"}, Subject: ana}, false},
		{"person-demo", providers.Request{Subject: ana, Params: no, Documents: []providers.Document{paper("ID_CARD", "FRONT", "image/png", "front"), paper("ID_CARD", "BACK", "image/png", "back")}}, false},
		{"business", providers.Request{Subject: subject.Subject{Type: "business", Company: tern()}, Parties: []providers.Party{{Reference: "ubo-1", Role: "UBO", Person: *ana.Person}},
			Documents: []providers.Document{paper("COMPANY_REGISTRATION", "", "application/pdf", "%PDF-1.7"), paper("PASSPORT", "ubo-1", "image/png", "passport"), paper("SELFIE", "ubo-1", "image/png", "face")}}, false},
		{"status", providers.Request{Ref: jsontext.Value(`{"id":"019a7d10-5f3e-7c2a-9b1e-2f6d3c4b5a60","kind":"person"}`)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got providertest.Requests
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Add(t, r)
				switch r.URL.Path {
				case "/identity/upload":
					io.WriteString(w, `{"gov_id":"gov-id-1.png","gov_id_back":"gov-id-back-1.png","selfie":"selfie-1.png","biz_reg":"biz-reg-1.pdf"}`)
				default:
					io.WriteString(w, `{"data":{"id":"w1","status":"Initiated"}}`)
				}
			}))
			defer srv.Close()
			c := newClient(Config{BaseURL: providers.URL(srv.URL), APIKey: providers.NewSecret("key")}, &http.Client{Transport: vendorhttp.NewTransport(1)}, func() string { return "boundary" })
			do := c.Send
			if tt.poll {
				do = c.Poll
			}
			if _, err := do(t.Context(), tt.r); err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			got.AreRecorded(t, tt.name)
		})
	}
}

func paper(kind, of, mediaType, content string) providers.Document {
	side := ""
	if of == "FRONT" || of == "BACK" {
		side, of = of, ""
	}
	return providers.Document{Type: kind, Side: side, Person: of, MediaType: mediaType, Size: int64(len(content)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(content))), nil
	}}
}

func ana() *subject.Person {
	return &subject.Person{
		Name:    &subject.PersonName{FirstName: "Ana", LastName: "Reyes"},
		Info:    &subject.PersonInfo{BirthDate: "1990-04-02"},
		Contact: &subject.Contact{Email: "ana@example.test", Phone: "+48600000000"},
		Address: &subject.Address{AddressLine: "Dluga 1", City: "Gdansk", PostalCode: "80-001", Country: "PL"},
	}
}

func tern() *subject.Company {
	return &subject.Company{
		Name: &subject.CompanyName{Name: "Tern Logistics"}, Website: "https://tern.example.test",
		Contact: &subject.Contact{Email: "office@tern.example.test"}, Address: &subject.Address{AddressLine: "Portowa 2", City: "Gdynia", Country: "PL"},
	}
}

// A demo object in production would turn a real check into a simulated failure.
func TestDemoIsNeverSentToProduction(t *testing.T) {
	for base, want := range map[string]bool{
		"https://api.bive.ai": true, "https://bive.ai": true, "https://API.BIVE.AI": true, "http://127.0.0.1:1": false, "https://notbive.ai": false,
	} {
		c := newClient(Config{BaseURL: providers.URL(base), APIKey: providers.NewSecret("key")}, http.DefaultClient, nil)
		_, err := c.plan(providers.Request{Subject: subject.Subject{Type: "person", Person: ana()}, Params: jsontext.Value(`{"demo":{}}`)})
		if refused := err != nil; refused != want {
			t.Errorf("demo at %s: refused %v (%v), want %v", base, refused, err, want)
		}
	}
}

func TestWhatTheVendorWouldRefuseIsNotSent(t *testing.T) {
	c := newClient(Config{BaseURL: "https://api.bive.ai", APIKey: providers.NewSecret("key")}, nil, nil) // calling would panic
	big := paper("PASSPORT", "", "image/png", "x")
	big.Size = maxFile + 1
	person := subject.Subject{Type: "person", Person: ana()}
	for name, r := range map[string]providers.Request{
		"no name":             {Subject: subject.Subject{Type: "person", Person: &subject.Person{}}},
		"one word":            {Subject: subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FullName: "Ana"}}}},
		"no subject":          {},
		"large":               {Subject: person, Documents: []providers.Document{big}},
		"webp":                {Subject: person, Documents: []providers.Document{paper("PASSPORT", "", "image/webp", "x")}},
		"pdf passport":        {Subject: person, Documents: []providers.Document{paper("PASSPORT", "", "application/pdf", "x")}},
		"no link, no selfie":  {Subject: person, Params: jsontext.Value(`{"liveness":false}`)},
		"unknown params":      {Subject: person, Params: jsontext.Value(`{"livenes":false}`)},
		"business of nobody":  {Subject: subject.Subject{Type: "business", Company: tern()}, Documents: []providers.Document{paper("COMPANY_REGISTRATION", "", "application/pdf", "x")}},
		"business, no papers": {Subject: subject.Subject{Type: "business", Company: tern()}, Parties: []providers.Party{{Reference: "a", Person: *ana()}}},
	} {
		if _, err := c.Send(t.Context(), r); err == nil || !strings.HasPrefix(err.Error(), "bive.create: ") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}
