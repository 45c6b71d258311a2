package authologic

import (
	"net/http"
	"time"

	"github.com/bonafide-id/bonafide/providers"
)

// DefinitionAt is Definition with a clock of the test's.
func DefinitionAt(now func() time.Time) providers.Definition {
	open := func(c Config, h *http.Client) (providers.Provider, error) { return newClient(c, h, now), nil }
	return providers.Define(Definition.Spec, Read, open, providers.WithWebhook(openWebhook))
}
