// Package opensanctions screens persons and businesses against lists of sanctions, wanted persons and public officials,
// with OpenSanctions' matching API: the hosted one, or a yente server of one's own.
//
// A check is one search. It costs nothing to repeat, has an answer at once, and nothing is stored at the other side: there
// are no webhooks, nothing to erase, and screening somebody again later is the flow's expiry.
//
// Confidence. A hit has the score that the matcher gave it, 0 to 1, as 0 to 100. The absence of a hit has no number of the
// vendor's: it is as sure as the question was good.
//
//	hit on a list that forbids, score at least 0.95    false, the score
//	hit on such a list, lower score                    flagged: somebody must look
//	hit on a list that asks for care                   flagged, the score
//	hit of another kind                                does not count
//	no hit, a birth date or a number was searched too  true, 98
//	no hit, only the name was searched                 true, 95
//
// What counts as a hit is the threshold of the search: the flow's, else the server's.
package opensanctions

import (
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Config is what calling the vendor needs. A server of one's own needs no key.
type Config struct {
	BaseURL providers.URL    `env:"BASE_URL, default=https://api.opensanctions.org"`
	APIKey  providers.Secret `env:"API_KEY"`
}

// Definition is all there is to know of the vendor.
var Definition = providers.Define(providers.Spec{
	Name:        "opensanctions",
	Title:       "OpenSanctions",
	Components:  []string{"aml", "persons"},
	Subjects:    []string{"person", "business"},
	Idempotent:  true, // a search changes nothing
	Timeout:     20 * time.Second,
	Concurrency: 16,
	Mapping:     "opensanctions/1",
	Params: `{
		"type": "object",
		"additionalProperties": false,
		"properties": {
			"dataset": {"type": "string", "pattern": "^[a-z0-9_]{1,64}$", "description": "which lists; default: default, all of them"},
			"threshold": {"type": "number", "minimum": 0.5, "maximum": 1, "description": "the least score of a hit; default: the server's"},
			"algorithm": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$", "description": "how the server compares; default: the server's"}
		}
	}`,
}, Read, open)

func open(c Config, h *http.Client) (providers.Provider, error) {
	key := c.APIKey
	return &client{
		now: time.Now,
		http: vendorhttp.Client{
			HTTP: h, Base: string(c.BaseURL), Provider: "opensanctions", Prepare: authorize(key),
		},
	}, nil
}

// client is a providers.Provider.
type client struct {
	http vendorhttp.Client
	now  func() time.Time
}
