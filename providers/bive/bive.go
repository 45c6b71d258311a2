// Package bive checks persons and businesses with Bive.
//
// A check is a workflow: its files are uploaded, then it is created, then it is read by its id until it is completed. A
// webhook only says that something happened. With a liveness check the subject gets a link first.
//
// Confidence. The vendor gives one number, for the final result, and says that true and false need 95. A component that
// agrees with the final result has that number; one that does not is never surer than the whole:
//
//	final     component true   component flagged                       component false
//	true      true             flagged                                 flagged
//	false     unknown          flagged, or false if nothing is false   false
//	unknown   unknown          unknown                                 unknown
//
// A final true or false under 95 breaks the vendor's own rule and is read as unknown. The final result itself is the
// component "person" or "business"; associated persons are "persons", each with its reference.
package bive

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Config is what calling the vendor needs.
type Config struct {
	BaseURL providers.URL    `env:"BASE_URL, default=https://api.bive.ai"`
	APIKey  providers.Secret `env:"API_KEY, required"`
}

// WebhookConfig is what authenticating its webhooks needs: secrets or, when there are none, the API key, which is what
// the vendor signs with unless told otherwise.
type WebhookConfig struct {
	Secrets providers.Secrets `env:"WEBHOOK_SECRETS"`
	APIKey  providers.Secret  `env:"API_KEY"`
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:  "bive",
	Title: "Bive",
	Components: []string{
		"document", "selfie", "liveness", "name", "birth_date", "address", "email", "phone", "website", "registry",
		"person", "business", "persons",
	},
	Subjects:    []string{"person", "business"},
	Idempotent:  false, // the vendor takes no identifier of ours: see Look
	Timeout:     60 * time.Second,
	Concurrency: 8,
	Rate:        providers.Rate{Calls: 50, Per: time.Minute}, // the vendor documents none
	PollEvery:   15 * time.Second,                            // links are announced by no webhook
	Mapping:     "bive/1",
	Params: `{
		"type": "object",
		"additionalProperties": false,
		"properties": {
			"liveness": {"type": "boolean", "description": "ask for a live selfie by a link; default: if the check wants liveness, or a selfie or an identity document is not at hand"},
			"advanced_check": {"type": "boolean", "description": "the vendor's advanced check; default: the vendor's"},
			"resubmit": {"type": "boolean", "description": "when the first run says unknown, ask for another document and run again; default: if the vendor says that the document that was handed in cannot be read"},
			"demo": {
				"type": "object",
				"additionalProperties": false,
				"description": "simulate the outcome; refused at the vendor's production address",
				"properties": {"status": {"type": "boolean"}, "flag": {"type": "boolean"}, "result": {"enum": ["true", "false", "unknown"]}}
			}
		}
	}`,
}, Read, open, providers.WithWebhook(openWebhook))

func open(c Config, h *http.Client) (providers.Provider, error) {
	return newClient(c, h, rand.Text), nil
}

// client is a providers.Provider and a providers.Looker.
type client struct {
	http       vendorhttp.Client
	production bool
	boundary   func() string // of multipart bodies; cannot be guessed by whoever made a file
	now        func() time.Time
}
