package persona_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
	"github.com/bonafide-id/bonafide/providers/providertest"
	vendor "github.com/bonafide-id/bonafide/sandbox/persona"
	"github.com/bonafide-id/bonafide/subject"
)

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Definition: persona.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{NoLimits: true})
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{"PERSONA_BASE_URL": base, "PERSONA_API_KEY": vendor.DefaultAPIKey, "PERSONA_TEMPLATE_ID": vendor.DefaultTemplate}
		},
		Request: func(n int) providers.Request { return person(n, providertest.Canary, "") },
		Creates: func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/inquiries")
		},
		True:  reply("completed", verification("government-id", "passed", check("id_tamper_detection", "passed", "required"))),
		False: reply("declined", verification("government-id", "failed", check("id_fabrication_detection", "failed", "required"))),
		Webhook: &providertest.Webhook{
			Variables: func(secrets ...string) map[string]string {
				return map[string]string{"PERSONA_WEBHOOK_SECRETS": strings.Join(secrets, ",")}
			},
			Sign: func(secret string, body []byte, now time.Time) http.Header {
				return http.Header{"Persona-Signature": {sign(secret, body, now)}}
			},
			Body: []byte(`{"data":{"type":"event","id":"evt_1","attributes":{"name":"inquiry.approved","created-at":"2026-03-01T09:15:00.100Z",` +
				`"payload":{"data":{"type":"inquiry","id":"inq_1","attributes":{"status":"approved","reference-id":"vrf_1.identity"}},"included":[]}}}}`),
			Verification: "vrf_1",
		},
	})
}

// sign is a signature of the vendor's form.
func sign(secret string, body []byte, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// person is a check of one person, numbered n. The tag of the address is their story.
func person(n int, name, tag string) providers.Request {
	return providers.Request{
		Operation: fmt.Sprintf("vrf_%d.identity.1", n), ExternalID: fmt.Sprintf("vrf_%d.identity", n), Verification: fmt.Sprintf("vrf_%d", n),
		Check: "identity", Attempt: 1, Components: []string{"document", "selfie", "liveness", "name", "person", "aml"},
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: name, LastName: "Reyes" + name},
			Info:    &subject.PersonInfo{BirthDate: "1990-04-02"},
			Contact: &subject.Contact{Email: strings.ToLower(name) + tag + "@example.test", Phone: "+48600000000"},
			Address: &subject.Address{AddressLine: "Dluga 1 " + name, City: "Gdansk", PostalCode: "80-001", Country: "PL"},
		}},
	}
}

// thing is an object that belongs to an inquiry: its type, its id and the rest of it.
type thing struct{ kind, id, body string }

var things int

func verification(kind, status string, checks ...string) thing {
	return verificationAt(kind, status, "2026-03-01T09:00:00.000Z", checks...)
}

func verificationAt(kind, status, created string, checks ...string) thing {
	things++
	id := fmt.Sprintf("ver_%d", things)
	return thing{"verification/" + kind, id, fmt.Sprintf(`{"type":"verification/%s","id":%q,"attributes":{"status":%q,"created-at":%q,"checks":[%s]}}`,
		kind, id, status, created, strings.Join(checks, ","))}
}

func check(name, status, requirement string) string {
	return fmt.Sprintf(`{"name":%q,"status":%q,"reasons":[],"requirement":%q,"metadata":{}}`, name, status, requirement)
}

func report(kind, attributes string) thing {
	things++
	id := fmt.Sprintf("rep_%d", things)
	return thing{"report/" + kind, id, fmt.Sprintf(`{"type":"report/%s","id":%q,"attributes":{%s}}`, kind, id, attributes)}
}

// reply is an inquiry of a state with all that belongs to it.
func reply(status string, all ...thing) providers.Reply {
	return replyWith(`"status":"`+status+`"`, all...)
}

func replyWith(attributes string, all ...thing) providers.Reply {
	var verifications, reports, included []string
	for _, x := range all {
		one := fmt.Sprintf(`{"type":%q,"id":%q}`, x.kind, x.id)
		if strings.HasPrefix(x.kind, "report/") {
			reports = append(reports, one)
		} else {
			verifications = append(verifications, one)
		}
		included = append(included, x.body)
	}
	body := fmt.Sprintf(`{"data":{"type":"inquiry","id":"inq_1","attributes":{%s},"relationships":{"verifications":{"data":[%s]},"reports":{"data":[%s]}}},"included":[%s]}`,
		attributes, strings.Join(verifications, ","), strings.Join(reports, ","), strings.Join(included, ","))
	return providers.Reply{Ref: jsontext.Value(`{"id":"inq_1"}`), Exchanges: []providers.Exchange{
		{Op: "inquiry", Status: 200, MediaType: "application/json", Body: []byte(body)},
	}}
}
