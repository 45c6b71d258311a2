package sumsub_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// The vendor allows ten reads of screening in a minute. A refusal of one says that it is about those, so that no other call waits.
func TestAScreeningThatIsRefusedHoldsUpNothingElse(t *testing.T) {
	const path = "GET /resources/applicants/" + id
	for _, tt := range []struct {
		what    string
		answers []answer
		scope   string
	}{
		{"the screening", []answer{
			{path + "/status", 200, `{"reviewStatus":"completed","attemptCnt":1,"reviewResult":{"reviewAnswer":"GREEN"}}`, ""},
			{"GET /resources/api/applicants/" + id + "/amlCase", 429, `{"code":429}`, "40"},
		}, "aml"},
		{"the status", []answer{{path + "/status", 429, `{"code":429}`, "40"}}, ""},
	} {
		r := person("ana@example.test")
		r.Components, r.Ref = []string{"document", "aml"}, jsontext.Value(`{"id":"`+id+`","asked":["document","aml"]}`)
		s, c := scripted(t, tt.answers...)
		_, err := c.Poll(t.Context(), r)
		if fault.ClassOf(err) != fault.RateLimited || fault.Scope(err) != tt.scope || fault.RetryAfter(err) != 40*time.Second {
			t.Errorf("%s: got %q of scope %q after %v, want rate_limited of %q after 40s", tt.what, fault.ClassOf(err), fault.Scope(err), fault.RetryAfter(err), tt.scope)
		}
		if slices.ContainsFunc(s.asked, func(a string) bool { return a == path+"/one" }) {
			t.Errorf("%s: asked %q, want nothing after the refusal", tt.what, s.asked)
		}
	}
}
