package single_test

import (
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"
)

// What each vendor's sandbox says of an approved person comes out as verified claims, through the whole system.
func TestWhatEachVendorFoundIsToldAsVerifiedClaims(t *testing.T) {
	w := newWorld(t, "in order")
	ids := map[string]string{}
	for _, v := range vendors {
		ids[v.name] = w.ask(v, "", len(ids))
	}
	for _, v := range vendors {
		id := ids[v.name]
		w.await(v.name+" has decided", func() bool { d := w.view(id).Decision; return d != nil && d.Result == "true" })
		status, body := w.call(http.MethodGet, "/v1/verifications/"+id+"?format=verified_claims", nil)
		var doc struct {
			Verified struct {
				Verification struct {
					Evidence []struct {
						Checks []struct {
							Organization string `json:"organization"`
						} `json:"check_details"`
					} `json:"evidence"`
				} `json:"verification"`
				Claims map[string]any `json:"claims"`
			} `json:"verified_claims"`
		}
		if err := json.Unmarshal(body, &doc); err != nil || status != http.StatusOK {
			t.Errorf("%s: status %d, %v: %s, want its claims", v.name, status, err, body)
			continue
		}
		if c := doc.Verified; len(c.Verification.Evidence) == 0 || c.Claims["family_name"] == nil {
			t.Errorf("%s: got %s, want a name, with evidence", v.name, body)
		}
	}
}
