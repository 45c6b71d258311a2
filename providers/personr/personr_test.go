package personr_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/personr"
	"github.com/bonafide-id/bonafide/subject"
)

const token = "bus|1700000000000x000000000000000001|1700000000000x000000000000000002"

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Definition: personr.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{Token: token, Limit: sandbox.Limit{Requests: -1}})
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{"PERSONR_BASE_URL": base, "PERSONR_TOKEN": token, "PERSONR_FLOW_NAME": vendor.DefaultFlow}
		},
		Request: func(n int) providers.Request { return person(n, providertest.Canary, "", card()...) },
		Creates: func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/api-applicant-create") || strings.HasSuffix(r.URL.Path, "/api-request-applicant-check")
		},
		True:  status(`{"applicantStatus":"Reviewed","result":{"Modified Date":1700000000000,"reviewAnswer":"Approved"},"documents":["ID_CARD","SELFIE"]}`),
		False: status(`{"applicantStatus":"Reviewed","result":{"Modified Date":1700000000000,"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["FORGERY"]}}`),
		Webhook: &providertest.Webhook{
			Variables:    func(...string) map[string]string { return nil }, // the vendor signs nothing; tokens have a test of their own
			Sign:         func(string, []byte, time.Time) http.Header { return http.Header{} },
			Body:         []byte(`{"applicantId":"1700000000000x1","actionStatus":"Reviewed","reviewAnswer":"Approved","rejectLabels":[],"externalUserId":["vrf_1.identity"]}`),
			Verification: "vrf_1",
		},
	})
}

// person is a check of somebody, whose e-mail address tells the sandbox a story.
func person(n int, name, tag string, docs ...providers.Document) providers.Request {
	if tag != "" {
		tag = "+" + tag
	}
	return providers.Request{
		Operation: fmt.Sprintf("vrf_%d.identity.1", n), ExternalID: fmt.Sprintf("vrf_%d.identity", n), Verification: fmt.Sprintf("vrf_%d", n),
		Check: "identity", Attempt: 1, Components: []string{"document", "selfie", "name", "aml"},
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: name, LastName: "Roe"},
			Info:    &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "AU"},
			Contact: &subject.Contact{Email: fmt.Sprintf("%s%d%s@example.test", strings.ToLower(name), n, tag), Phone: fmt.Sprintf("+6140000%04d", n)},
		}},
		Documents: docs,
	}
}

// card is both sides of an identity card and a selfie.
func card() []providers.Document {
	return []providers.Document{image("ID_CARD", "FRONT"), image("ID_CARD", "BACK"), image("SELFIE", "")}
}

func image(kind, side string) providers.Document {
	return document(kind, side, "image/png", "\x89PNG\r\n\x1a\n"+kind+side)
}

func document(kind, side, mediaType, content string) providers.Document {
	return providers.Document{
		Type: kind, Side: side, Country: "AU", MediaType: mediaType, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte(content))), nil
		},
	}
}

const reference = `{"id":"1700000000000x1","kind":"person","images":["ID_CARD/FRONT_SIDE","ID_CARD/BACK_SIDE","SELFIE"],"aspects":["document","selfie","aml"]}`

// status is a reply that ends with a status answer.
func status(response string) providers.Reply {
	return providers.Reply{
		Ref: jsontext.Value(reference),
		Exchanges: []providers.Exchange{{Op: "status", Status: 200, MediaType: "application/json",
			Body: []byte(`{"status":"success","response":` + response + `}`)}},
	}
}
