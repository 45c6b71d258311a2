package authologic_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
	"github.com/bonafide-id/bonafide/providers/providertest"
	vendor "github.com/bonafide-id/bonafide/sandbox/authologic"
	"github.com/bonafide-id/bonafide/subject"
)

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Definition: authologic.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{})
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{"AUTHOLOGIC_BASE_URL": base, "AUTHOLOGIC_USERNAME": vendor.DefaultUsername, "AUTHOLOGIC_PASSWORD": vendor.DefaultPassword}
		},
		Request: func(n int) providers.Request { return person(n, providertest.Canary, "", "document", "name", "aml") },
		Creates: func(r *http.Request) bool { return r.Method == http.MethodPost },
		True:    status(`"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED","found":[]}`),
		False:   status(`"identity":{"status":"FAILED","errors":["SCAN_DOCUMENT_PROBABLY_FAKE"]},"aml":{"status":"FINISHED","found":["SANCTIONS"]}`),
		Webhook: &providertest.Webhook{
			Variables: func(secrets ...string) map[string]string {
				return map[string]string{"AUTHOLOGIC_WEBHOOK_SECRETS": strings.Join(secrets, ",")}
			},
			Sign:         sign,
			Body:         []byte(`{"id":"1f3c8f5e","created":"2024-05-02T09:15:00.123456789Z","target":"CONVERSATION","event":"FINISHED","payload":{"conversation":{"id":"5b0c6c0e","userKey":"vrf_1.identity","status":"FINISHED"}}}`),
			Verification: "vrf_1", PathID: "vrf_1",
		},
	})
}

func sign(secret string, body []byte, now time.Time) http.Header {
	at := strconv.FormatInt(now.UnixMilli(), 10)
	return http.Header{"X-Signature-Timestamp": {at}, "X-Signature": {vendor.Signature(secret, at, body)}}
}

// person is a check of somebody, whose e-mail address tells the sandbox a story.
func person(n int, name, tag string, components ...string) providers.Request {
	if tag != "" {
		tag = "+" + tag
	}
	return providers.Request{
		Operation: fmt.Sprintf("vrf_%d.identity.1", n), ExternalID: fmt.Sprintf("vrf_%d.identity", n), Verification: fmt.Sprintf("vrf_%d", n),
		Check: "identity", Attempt: 1, Components: components,
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: name, LastName: "Nowak"},
			Info:    &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL"},
			Contact: &subject.Contact{Email: fmt.Sprintf("%s%d%s@example.test", strings.ToLower(name), n, tag), Phone: "+48600000000"},
		}},
	}
}

const reference = `{"id":"5b0c6c0e","products":["aml","identity"],"aspects":["document","selfie","aml"],"page":true}`

// status is a reply that ends with a finished conversation of these results.
func status(results string) providers.Reply { return conversation("FINISHED", results) }

func conversation(word, results string) providers.Reply {
	return providers.Reply{
		Ref: jsontext.Value(reference),
		Exchanges: []providers.Exchange{{Op: "status", Status: 200, MediaType: "application/vnd.authologic.v1.1+json",
			Body: []byte(`{"id":"5b0c6c0e","userKey":"vrf_1.identity","url":"https://id.example.test/c/1","status":"` + word + `","result":{` + results + `}}`)}},
	}
}
