// Package authologic checks persons and businesses with Authologic.
//
// A check is a conversation: created once with everything that is to be found out, gone through by the user on the vendor's
// page, and read by its id. FINISHED says that the process has ended and nothing of the verdict: each product has its own.
//
// Confidence. The vendor gives numbers for what is compared (verify) and for who is on a list; the rest is ours:
//
//	identity FINISHED       true (97) for what it was asked for; the selfie by its FACE_MATCH only; flagged (60) beside an error that
//	                        speaks against the subject
//	identity PARTIAL        unknown
//	identity FAILED         by its errors: false (97), again by the subject, unknown, or technical; see words.go
//	a check of it FAILED    flagged (60); FACE_MATCH false (97); ERROR is unknown
//	aml, nothing found      true (97)
//	aml, SANCTIONS          false, by the highest score on the list, else 97; of a mere relative or associate flagged, likewise
//	aml, any other list     flagged, likewise
//	verify                  per field: reliability at least 0.95 true, at most 0.05 false, flagged between
//	auth, bankTransactions  true (97)
package authologic

import (
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Config is what calling the vendor needs: the account's name and its API key.
type Config struct {
	BaseURL  providers.URL    `env:"BASE_URL, default=https://api.authologic.com"`
	Username string           `env:"USERNAME, required"`
	Password providers.Secret `env:"PASSWORD, required"`
	Strategy string           `env:"STRATEGY"` // of checks whose flow names none; without one the account's
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:  "authologic",
	Title: "Authologic",
	Components: []string{
		"document", "selfie", "liveness", "name", "birth_date", "address", "email", "phone", "document_number", "national_id", "country",
		"aml", "auth", "bank_account", "person", "business",
	},
	Subjects:    []string{"person", "business"},
	Pages:       true,
	Idempotent:  false, // a second create is a second conversation, which is billed, and nothing lists them
	Timeout:     60 * time.Second,
	Concurrency: 8, // the vendor documents no rate
	PollEvery:   10 * time.Minute,
	Mapping:     "authologic/2",
	Params:      schema,
}, Read, open, providers.WithWebhook(openWebhook))

func open(c Config, h *http.Client) (providers.Provider, error) {
	return newClient(c, h, time.Now), nil
}

// client is a providers.Provider, Linker and Eraser.
type client struct {
	http     vendorhttp.Client
	strategy string
	now      func() time.Time
}
