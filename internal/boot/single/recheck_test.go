package single_test

import (
	"net/http"
	"testing"
)

// A vendor that knows a person by one name for ever would say what it has said before: a recheck has it look again, once.
func TestARecheckHasTheVendorLookAgain(t *testing.T) {
	w := newWorld(t, "in order")
	id := w.ask(vendorCase{flow: "sumsub-person", pictures: true}, "", 1)
	w.await("it is decided", func() bool { return w.view(id).Decision != nil })
	for round := 2; round <= 3; round++ {
		before := w.view(id).Decision.Revision
		if status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/recheck", nil); status != http.StatusAccepted {
			t.Fatalf("recheck: status %d: %s", status, b)
		}
		w.await("it is decided again", func() bool {
			v := w.view(id)
			return v.Status == "completed" && v.Decision.Revision > before
		})
		if v := w.view(id); v.Decision.Result != "true" || v.Checks[0].Attempt != round {
			t.Errorf("round %d: got %s by attempt %d, want true by %d", round, v.Decision.Result, v.Checks[0].Attempt, round)
		}
		if n := w.charged("sumsub")["check.request"][id+"."+w.view(id).Checks[0].Name]; n != round {
			t.Errorf("round %d: the vendor was asked for %d checks, want %d", round, n, round)
		}
	}
}
