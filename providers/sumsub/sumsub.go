// Package sumsub checks persons and businesses with Sumsub.
//
// A check is an applicant: created under our external id, given the documents, and put up for review. Without documents
// the subject gets a link to the vendor's page. A webhook only says that something happened; the review is then read.
//
// Confidence. The vendor gives words and no number, so the numbers are ours: 98 for what a completed GREEN review and its own step
// say, because such approvals are seldom taken back; 99 for RED FINAL, which closes the applicant; 97 and 95 for screening with a
// case that is ruled out and without any; 50 for what is approved and doubted at once, which is flagged whatever its number.
package sumsub

import (
	"errors"
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/providers"
)

// Config is what calling the vendor needs.
type Config struct {
	BaseURL   providers.URL    `env:"BASE_URL, default=https://api.sumsub.com"`
	AppToken  providers.Secret `env:"APP_TOKEN, required"`
	SecretKey providers.Secret `env:"SECRET_KEY, required"`
	// LevelName is the level of checks whose flow names none.
	LevelName string `env:"LEVEL_NAME"`
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:  "sumsub",
	Title: "Sumsub",
	Components: []string{
		"document", "document_number", "country", "selfie", "liveness", "name", "birth_date", "address", "email", "phone", "bank_account", "database", "aml",
		"registry", "ownership", "persons", "fraud", "person", "business",
	},
	Subjects:    []string{"person", "business"},
	Pages:       true,
	Idempotent:  true, // the external id is unique at the vendor; what exists is found and completed
	Alone:       true, // an applicant who is done can be moved to pending again: who has just seen that it had not begun must be the only one
	Timeout:     60 * time.Second,
	Concurrency: 16,
	Rate:        providers.Rate{Calls: 45, Per: 5 * time.Second}, // HTTP requests; the vendor allows 50 POST and 300 GET
	Scarce:      map[string]providers.Rate{screenings: {Calls: 10, Per: time.Minute}},
	PollEvery:   time.Minute,
	Mapping:     "sumsub/2",
	Params: `{
		"type": "object",
		"additionalProperties": false,
		"properties": {
			"level": {"type": "string", "minLength": 1, "description": "level of the applicant, instead of SUMSUB_LEVEL_NAME"},
			"personLevel": {"type": "string", "minLength": 1, "description": "level of the associated persons of a business; without it they are not handed to the vendor"},
			"language": {"type": "string", "pattern": "^[a-z]{2}$", "description": "language of the hosted page"}
		}
	}`,
}, Read, open, providers.WithWebhook(newWebhook))

// screenings are the reads of what screening has found, which the vendor limits by themselves.
const screenings = "aml"

// params are a flow's settings for this vendor.
type params struct {
	Level       string `json:"level"`
	PersonLevel string `json:"personLevel"`
	Language    string `json:"language"`
}

func open(c Config, h *http.Client) (providers.Provider, error) {
	if c.BaseURL == "" {
		return nil, errors.New("SUMSUB_BASE_URL is missing")
	}
	return newClient(c, h, time.Now), nil
}
