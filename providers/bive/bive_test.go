package bive_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/bive"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/bive"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "bive-test-key-0001"

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Definition: bive.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{APIKey: apiKey, Limit: sandbox.Limit{Requests: -1}})
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{"BIVE_BASE_URL": base, "BIVE_API_KEY": apiKey}
		},
		Request: func(n int) providers.Request {
			return person(n, providertest.Canary, passport("")...)
		},
		Creates: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/identity/workflow/") },
		True:    completed(`{"result":"true","confidence":99,"reasoning":"fine"}`, "true"),
		False:   completed(`{"result":"false","confidence":98.5,"reasoning":"forged"}`, "false"),
		Webhook: &providertest.Webhook{
			Variables: func(secrets ...string) map[string]string {
				return map[string]string{"BIVE_WEBHOOK_SECRETS": strings.Join(secrets, ",")}
			},
			Sign: func(secret string, body []byte, _ time.Time) http.Header {
				return http.Header{"X-Biveai-Signature": {sign(secret, body)}}
			},
			Body:   []byte(`{"event":"verification.completed","data":{"id":"019a7d10-5f3e-7c2a-9b1e-2f6d3c4b5a60","status":"Completed"}}`),
			PathID: "vrf_1", Verification: "vrf_1",
		},
	})
}

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// person is a check of one person, numbered n.
func person(n int, name string, docs ...providers.Document) providers.Request {
	return providers.Request{
		Operation: fmt.Sprintf("vrf_%d.identity.1", n), ExternalID: fmt.Sprintf("vrf_%d.identity", n), Verification: fmt.Sprintf("vrf_%d", n),
		Check: "identity", Attempt: 1, Components: []string{"document", "selfie", "name"},
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: name, LastName: "Reyes" + name},
			Info:    &subject.PersonInfo{BirthDate: "1990-04-02"},
			Contact: &subject.Contact{Email: strings.ToLower(name) + "@example.test", Phone: "+48600000000"},
			Address: &subject.Address{AddressLine: "Dluga 1 " + name, City: "Gdansk", PostalCode: "80-001", Country: "PL"},
		}},
		Documents: docs,
	}
}

// passport is a passport and a selfie of somebody.
func passport(of string) []providers.Document {
	return []providers.Document{image("PASSPORT", of, "first"), image("SELFIE", of, "face")}
}

func image(kind, of, content string) providers.Document {
	return document(kind, of, "image/png", "\x89PNG\r\n\x1a\n"+kind+of+content)
}

func document(kind, of, mediaType, content string) providers.Document {
	return providers.Document{
		Type: kind, Person: of, MediaType: mediaType, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte(content))), nil
		},
	}
}

// completed is a reply with a final result and a document of the given result.
func completed(final, document string) providers.Reply {
	return reply(`{"id":"w1","status":"Completed","final_result":` + final + `,"details":[` +
		`{"component":"document","result":"` + document + `","reasoning":"prose"},{"component":"name","result":"true","reasoning":"prose"}]}`)
}

func reply(record string) providers.Reply {
	return providers.Reply{
		Ref: jsontext.Value(`{"id":"w1","kind":"person"}`),
		Exchanges: []providers.Exchange{
			{Op: "status", Status: 200, MediaType: "application/json", Body: []byte(`{"data":[` + record + `]}`)},
		},
	}
}
