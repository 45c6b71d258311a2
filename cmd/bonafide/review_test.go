package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAReviewerFindsClaimsAndDecidesWhatWaits(t *testing.T) {
	vars := live(t, "FLOWS_DIR", filepath.Dir(write(t, "demo-review.yaml", demoFlows["demo-review"])))
	code, out, complaints := bonafide(t, vars, "submit", "--wait", "-f", write(t, "request.json", `{"flow":"demo-review","subject":{"type":"person","person":{
		"name":{"firstName":"Ana","lastName":"Reyes"},"info":{"birthDate":"1990-02-03"},"contact":{"email":"ana+flag@example.test"}}}}`))
	id := anID.FindString(out)
	if id == "" || !strings.Contains(out, "in_review") {
		t.Fatalf("submit: exit %d, want that it waits in review; got:\n%s%s", code, out, complaints)
	}
	has := func(want []string, args ...string) {
		t.Helper()
		code, out, complaints := bonafide(t, vars, args...)
		for _, w := range want {
			if code != 0 || !strings.Contains(out, w) {
				t.Errorf("%v: exit %d, want 0 and %q; got:\n%s%s", args, code, w, out, complaints)
			}
		}
	}
	has([]string{id, "waits since", "aml is flagged"}, "review", "list")
	has([]string{`"waits"`, id}, "review", "list", "--json")
	has([]string{"is claimed by key-"}, "review", "claim", id)
	has([]string{"claimed by key-"}, "review", "list")
	has(nil, "review", "back", id)
	has([]string{"completed", "decision 2: true", "says of aml: true (counts)"}, "review", "decide", id, "true", "--component", "aml", "--reason", "Somebody else of the same name.")
	has([]string{"verification.claimed by key-", "verification.given_back by key-", "verification.reviewed by key-"}, "show", id)
	if _, out, _ := bonafide(t, vars, "review", "list"); out != "" {
		t.Errorf("review list when nothing waits: got %q, want nothing", out)
	}
	if code, _, complaints := bonafide(t, vars, "review", "decide", id, "maybe", "--reason", "x"); code != exitUsage {
		t.Errorf("review decide maybe: exit %d, want %d; got:\n%s", code, exitUsage, complaints)
	}
	if code, _, complaints := bonafide(t, vars, "review", "decide", id, "true", "--component", "liveness", "--reason", "x"); code != exitBad || !strings.Contains(complaints, "/component") {
		t.Errorf("review decide of what no check speaks of: exit %d, want %d and the member; got:\n%s", code, exitBad, complaints)
	}
}
