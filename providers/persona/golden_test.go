package persona

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/subject"
)

// answers are a vendor that has one inquiry, in the state that a test wants.
type answers struct {
	status    string // of the inquiry
	included  bool   // verifications and reports come with it
	refuses   int    // what the first create is answered with
	creations int
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	inquiry := `{"type":"inquiry","id":"inq_1","attributes":{"status":"` + a.status + `","note":"vrf_1.identity.1","reference-id":"vrf_1.identity"},` +
		`"relationships":{"verifications":{"data":[{"type":"verification/selfie","id":"ver_1"}]},"reports":{"data":[{"type":"report/watchlist","id":"rep_1"}]}}}`
	selfie := `{"type":"verification/selfie","id":"ver_1","attributes":{"status":"passed"}}`
	report := `{"type":"report/watchlist","id":"rep_1","attributes":{"status":"ready","has-match":false}}`
	meta := `{"one-time-link":"https://page.example.test/verify?code=1"}`
	switch path := r.URL.Path; {
	case path == "/inquiries" && r.Method == http.MethodPost && a.refuses != 0 && a.creations == 0:
		a.creations++
		w.WriteHeader(a.refuses)
		io.WriteString(w, `{"errors":[{"title":"Service unavailable"}]}`)
	case path == "/inquiries" && r.Method == http.MethodGet:
		io.WriteString(w, `{"data":[],"links":{"prev":null,"next":null}}`)
	case strings.HasPrefix(path, "/verifications/"):
		io.WriteString(w, `{"data":`+selfie+`}`)
	case strings.HasPrefix(path, "/reports/"):
		io.WriteString(w, `{"data":`+report+`}`)
	case strings.HasSuffix(path, "/generate-one-time-link") && a.status == expired:
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, `{"errors":[{"title":"Conflict"}]}`)
	case strings.HasSuffix(path, "/resume"):
		a.status = pending
		io.WriteString(w, `{"data":`+inquiry+`,"meta":{"session-token":"a.b.c"}}`)
	case a.included:
		io.WriteString(w, `{"data":`+inquiry+`,"included":[`+selfie+`,`+report+`],"meta":`+meta+`}`)
	default:
		io.WriteString(w, `{"data":`+inquiry+`,"meta":`+meta+`}`)
	}
}

// What we send is recorded word for word: a change of it is a change of the contract with the vendor.
func TestRequestsAreTheRecordedOnes(t *testing.T) {
	at := jsontext.Value(`{"id":"inq_1","attempt":1,"link":"https://page.example.test/verify?code=0"}`)
	with := func(change func(*providers.Request)) providers.Request {
		r := ana()
		r.Ref = at
		change(&r)
		return r
	}
	fresh := func(change func(*providers.Request)) providers.Request {
		r := ana()
		change(&r)
		return r
	}
	as := func(is answers) *answers { return &is }
	tests := []struct {
		name   string
		vendor *answers
		do     func(*client, context.Context, providers.Request) (providers.Reply, error)
		r      providers.Request
	}{
		{"create", as(answers{status: created}), (*client).Send, fresh(func(*providers.Request) {})},
		{"create-of-the-flow", as(answers{status: created}), (*client).Send, fresh(func(r *providers.Request) {
			r.Params, r.Attempt, r.Operation = jsontext.Value(`{"template":"itmplv_2"}`), 2, "vrf_1.identity.2"
		})},
		{"create-legacy", as(answers{status: created}), (*client).Send, fresh(func(r *providers.Request) {
			r.Params, r.Subject.Person = jsontext.Value(`{"template":"tmpl_3"}`), &subject.Person{Name: &subject.PersonName{FullName: "Ana Maria Reyes"}}
		})},
		{"create-again", as(answers{status: created}), (*client).Send, fresh(func(r *providers.Request) { r.Ref = jsontext.Value(`{"attempt":1,"keys":2}`) })},
		{"poll", as(answers{status: approved, included: true}), (*client).Poll, with(func(*providers.Request) {})},
		{"poll-one-by-one", as(answers{status: approved}), (*client).Poll, with(func(*providers.Request) {})},
		{"link", as(answers{status: created}), (*client).Link, with(func(*providers.Request) {})},
		{"link-first", as(answers{status: created}), (*client).Link, fresh(func(*providers.Request) {})},
		{"link-resumed", as(answers{status: expired}), (*client).Link, with(func(*providers.Request) {})},
		{"approve", as(answers{status: completed, included: true}), (*client).Conclude, with(func(r *providers.Request) { r.Conclusion = "true" })},
		{"decline", as(answers{status: completed, included: true}), (*client).Conclude, with(func(r *providers.Request) { r.Conclusion = "false" })},
		{"review", as(answers{status: completed, included: true}), (*client).Conclude, with(func(r *providers.Request) { r.Conclusion = "unknown" })},
		{"erase", as(answers{status: approved}), (*client).Erase, with(func(*providers.Request) {})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got providertest.Requests
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Add(t, r)
				tt.vendor.ServeHTTP(w, r)
			}))
			defer srv.Close()
			if _, err := tt.do(clientOf(srv.URL), t.Context(), tt.r); err != nil {
				t.Fatalf("got %v, want no error", err)
			}
			got.AreRecorded(t, tt.name)
		})
	}
}

func clientOf(base string) *client {
	return newClient(Config{BaseURL: providers.URL(base), APIKey: providers.NewSecret("key"), Version: "2023-01-05", TemplateID: "itmpl_1"},
		&http.Client{Transport: vendorhttp.NewTransport(1)}, time.Now)
}

// ana is a check of one person.
func ana() providers.Request {
	return providers.Request{
		Operation: "vrf_1.identity.1", ExternalID: "vrf_1.identity", Verification: "vrf_1", Check: "identity", Attempt: 1,
		Components: []string{"document", "selfie", "aml"}, ReturnURL: "https://shop.example.test/done",
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: "Ana", MiddleName: "Maria", LastName: "Reyes"},
			Info:    &subject.PersonInfo{BirthDate: "1990-04-02"},
			Contact: &subject.Contact{Email: "ana@example.test", Phone: "+48600000000"},
			Address: &subject.Address{AddressLine: "Dluga 1", City: "Gdansk", State: "PM", PostalCode: "80-001", Country: "PL"},
		}},
	}
}
