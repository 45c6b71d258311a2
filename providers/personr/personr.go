// Package personr checks persons and businesses with Personr.
//
// A person is an applicant: created, then either given images and a check that is asked for, or sent to a page of the vendor
// where the check starts by itself. The verdict is read by asking; a webhook only says that there is one. A business is
// looked up in its register in one call.
//
// Confidence. The vendor gives none. Its Approved and its final Rejected are read as 96 and 97: the verdict of a whole review,
// a little surer of what it names than of what it does not.
//
//	Approved                     true (96) for all that was asked for; document flagged where an image came with warnings
//	Rejected, Final              false (97) for what its labels name, the document where they name nothing; the rest unknown
//	Rejected, Retry              the subject must act
//	Rejected, of no known type   unknown for all: somebody must look
//	Rejected, of a business      has no type: false (97) for what its labels name; a mere WATCHLIST is flagged
//	Reviewed without a verdict, or any state before: it goes on
//
// A retry that the vendor no longer offers (five attempts) arrives as a final rejection.
package personr

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Config is what calling the vendor needs: a token, or the e-mail address and password that make one.
type Config struct {
	BaseURL  providers.URL    `env:"BASE_URL, default=https://enterprise.personr.co/api/1.1/wf"`
	Email    string           `env:"EMAIL"`
	Password providers.Secret `env:"PASSWORD"`
	Token    providers.Secret `env:"TOKEN"`
	FlowName string           `env:"FLOW_NAME, required"` // as the vendor's workspace has it, to the letter
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:        "personr",
	Title:       "Personr",
	Components:  []string{"document", "selfie", "liveness", "name", "birth_date", "address", "document_number", "country", "aml", "person", "registry", "business"},
	Subjects:    []string{"person", "business"},
	Pages:       true,
	Idempotent:  false, // nothing of an applicant is unique
	Alone:       true,  // a check may be asked for again when it is done: two that have both seen it done would cost two attempts
	Unsigned:    true,
	Timeout:     60 * time.Second,
	Concurrency: 8,
	Rate:        providers.Rate{Calls: 100, Per: time.Minute}, // the seed's; per connection
	PollEvery:   30 * time.Second,
	Mapping:     "personr/2",
	Params: `{
		"type": "object",
		"additionalProperties": false,
		"properties": {
			"flow_name": {"type": "string", "minLength": 1, "description": "the vendor's flow, instead of PERSONR_FLOW_NAME"},
			"link": {"type": "boolean", "description": "send the subject to the vendor's page even if documents are at hand; default: only if no identity document is"}
		}
	}`,
}, Read, open, providers.WithWebhook(openWebhook))

// params are a flow's settings for this vendor.
type params struct {
	FlowName string `json:"flow_name"`
	Link     bool   `json:"link"`
}

func open(c Config, h *http.Client) (providers.Provider, error) { return newClient(c, h, time.Now) }

func newClient(c Config, h *http.Client, now func() time.Time) (providers.Provider, error) {
	if c.Token.IsZero() && (c.Email == "" || c.Password.IsZero()) {
		return nil, errors.New("PERSONR_EMAIL and PERSONR_PASSWORD are required, or PERSONR_TOKEN")
	}
	if u, err := url.Parse(string(c.BaseURL)); err == nil && strings.Trim(u.Path, "/") == "" {
		c.BaseURL = providers.URL(strings.TrimRight(string(c.BaseURL), "/")) + "/api/1.1/wf" // the host alone is meant
	}
	k := &keeper{email: c.Email, password: c.Password, set: c.Token, own: providers.OwnTokens{Now: now}, now: now}
	k.http = vendorhttp.Client{HTTP: h, Base: string(c.BaseURL), Provider: "personr"}
	return &client{
		flow: c.FlowName, keeper: k, now: now,
		http: vendorhttp.Client{HTTP: h, Base: string(c.BaseURL), Provider: "personr", Prepare: k.authorize},
	}, nil
}

// client is a providers.Provider, Looker, Resubmitter and Linker.
type client struct {
	http   vendorhttp.Client
	flow   string
	keeper *keeper
	now    func() time.Time
}
