package personr_test

import (
	"net/http"
	"testing"
	"time"
)

// Nothing but the token lets a webhook in.
func FuzzAuthenticate(f *testing.F) {
	f.Add("Bearer token-of-webhook")
	f.Add("bearer token-of-webhooks")
	f.Add("token-of-webhooks")
	w := webhookOf(f, "token-of-webhooks")
	f.Fuzz(func(t *testing.T, header string) {
		if err := w.Authenticate(http.Header{"Authorization": {header}}, nil, time.Time{}); (err == nil) != (header == "Bearer token-of-webhooks") {
			t.Errorf("%q: got %v", header, err)
		}
	})
}
