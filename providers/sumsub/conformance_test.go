package sumsub_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/providers/sumsub"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestContract(t *testing.T) {
	body, err := os.ReadFile("testdata/webhooks/reviewed.json")
	if err != nil {
		t.Fatal(err)
	}
	providertest.Run(t, providertest.Harness{
		Definition: sumsub.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{Config: sandbox.Config{Speed: 1000}, NoLimits: true}) // sixteen at once are not refused by chance
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{
				"SUMSUB_BASE_URL": base, "SUMSUB_APP_TOKEN": vendor.DefaultAppToken, "SUMSUB_SECRET_KEY": vendor.DefaultSecretKey,
				"SUMSUB_LEVEL_NAME": "basic-kyc-level",
			}
		},
		Request: func(n int) providers.Request {
			r := person(strings.ToLower(providertest.Canary)+"@example.test", picture("PASSPORT", "", 1), picture("SELFIE", "", 2))
			r.ExternalID = fmt.Sprintf("vrf_%d.identity", n)
			r.Operation, r.Verification = r.ExternalID+".1", fmt.Sprintf("vrf_%d", n)
			p := r.Subject.Person
			p.Name.FirstName, p.Name.LastName, p.Address.AddressLine = providertest.Canary, providertest.Canary, providertest.Canary
			return r
		},
		Creates: func(r *http.Request) bool {
			return r.Method == http.MethodPost && r.URL.Path == "/resources/applicants"
		},
		True:  sumsub.Approved,
		False: sumsub.Rejected,
		Webhook: &providertest.Webhook{
			Variables: func(secrets ...string) map[string]string {
				return map[string]string{"SUMSUB_WEBHOOK_SECRETS": strings.Join(secrets, ",")}
			},
			Sign: func(secret string, body []byte, _ time.Time) http.Header {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write(body)
				return http.Header{"X-Payload-Digest": {hex.EncodeToString(mac.Sum(nil))}, "X-Payload-Digest-Alg": {"HMAC_SHA256_HEX"}}
			},
			Body: body, Verification: "vrf_1",
		},
	})
}
