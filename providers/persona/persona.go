// Package persona checks persons with Persona.
//
// A check is an inquiry: made from a template with what is claimed, then gone through by the subject on the vendor's page,
// by a one-time link. The vendor's API takes no photographs, so documents that were handed in here are not sent. A webhook
// only says that something happened; the inquiry is then read, with all of its verifications and reports.
//
// Of several attempts at one type of verification the newest counts: who failed once and passed then has passed. A flow that
// wants the stricter rule, every attempt passed or somebody must look, says so with all_attempts.
//
// The vendor has one webhook for all inquiries, at /webhooks/persona. It wants the events of inquiries, the event
// verification.requires-retry and those of the reports in use, and inquiry in its allowlist of what is included: an event about
// a verification or a report names no check of ours without its inquiry. What is not told is found by asking.
//
// Confidence. The vendor gives none for its answers: its scores say how alike two faces are or how well a kind of document
// was recognised, and have no documented scale. So what it says plainly has 97, true or false alike, above the usual bar
// of 95; what is passed with something odd has 60; what it could not tell has none. The vendor's word on the whole is the
// component "person".
package persona

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/providers"
)

// Config is what calling the vendor needs.
type Config struct {
	// BaseURL ends in the API's version, /api/v1; a host alone gets it.
	BaseURL providers.URL    `env:"BASE_URL, default=https://api.withpersona.com/api/v1"`
	APIKey  providers.Secret `env:"API_KEY, required"`
	// Version is sent with every request, so that the vendor's newer shapes come only when somebody wants them.
	Version string `env:"VERSION, default=2023-01-05"`
	// TemplateID is the template of checks whose flow names none: itmpl_…, itmplv_…, or tmpl_… for legacy ones.
	TemplateID string `env:"TEMPLATE_ID"`
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:  "persona",
	Title: "Persona",
	Components: []string{
		"document", "selfie", "liveness", "name", "birth_date", "address", "email", "phone", "bank_account", "database",
		"supporting_document", "document_number", "country", "aml", "person",
	},
	Subjects:    []string{"person"},
	Pages:       true,
	Concludes:   true,
	Idempotent:  true, // by the vendor's idempotency key; see Send for what spoils one
	Timeout:     60 * time.Second,
	Concurrency: 16,
	Rate:        providers.Rate{Calls: 300, Per: time.Minute}, // of the vendor's environment, over all of its keys
	PollEvery:   time.Minute,
	Mapping:     "persona/1",
	Params: `{
		"type": "object",
		"additionalProperties": false,
		"properties": {
			"template": {"type": "string", "pattern": "^(itmplv?|tmpl|blu)_", "description": "inquiry template, instead of PERSONA_TEMPLATE_ID"},
			"all_attempts": {"type": "boolean", "description": "every attempt must have passed, not only the newest of each type; otherwise somebody must look. Default false"},
			"workflow": {"type": "boolean", "description": "a workflow of the vendor decides: completed and failed are waited out until the inquiry is approved or declined. Default false"}
		}
	}`,
}, Read, open, providers.WithWebhook(openWebhook))

// params are a flow's settings for this vendor.
type params struct {
	Template    string `json:"template"`
	AllAttempts bool   `json:"all_attempts"`
	Workflow    bool   `json:"workflow"`
}

var version = regexp.MustCompile(`^20[0-9]{2}-[01][0-9]-[0-3][0-9]$`)

func open(c Config, h *http.Client) (providers.Provider, error) {
	if !version.MatchString(c.Version) {
		return nil, errors.New("PERSONA_VERSION is not a date such as 2023-01-05")
	}
	if u, err := url.Parse(string(c.BaseURL)); err == nil && strings.Trim(u.Path, "/") == "" {
		c.BaseURL += "/api/v1" // the host alone is meant
	}
	return newClient(c, h, time.Now), nil
}
