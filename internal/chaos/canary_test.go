package chaos

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestTheCanaryCheckBites(t *testing.T) {
	for what, word := range Canaries {
		for form, w := range Forms(word) {
			if got := Traces(append([]byte("before "), append(w, " after"...)...)); len(got) == 0 {
				t.Errorf("%s as %s is not found", what, form)
			}
		}
		for pad := range 3 {
			whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + `{"a":"` + word + `"}`))
			if len(Traces([]byte(whole))) == 0 {
				t.Errorf("%s inside base64 of a longer text is not found", what)
			}
		}
	}
	if got := Traces([]byte("nothing to see")); len(got) != 0 {
		t.Errorf("found %v in nothing", got)
	}
}
