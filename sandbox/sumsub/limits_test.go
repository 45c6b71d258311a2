package sumsub_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

func TestRequestsAreLimitedInWindows(t *testing.T) {
	for _, tc := range []struct {
		method, target string
		limit          int
		window         time.Duration
	}{
		{"GET", "/resources/status/api", 300, 5 * time.Second},
		{"POST", "/resources/inspectionCallbacks/testDigest?secretKey=s", 50, 5 * time.Second},
		{"PATCH", "/resources/applicants", 50, 5 * time.Second},
		{"GET", "/resources/api/applicants/nobody/amlCase", 10, time.Minute},
	} {
		a := open(t)
		for n := range tc.limit {
			if r := a.call(tc.method, tc.target, ""); r.status == http.StatusTooManyRequests {
				t.Fatalf("%s %s: request %d of %d is limited", tc.method, tc.target, n+1, tc.limit)
			}
		}
		r := a.refused(429, 0, tc.method, tc.target, "")
		if got, want := r.header.Get("Retry-After"), fmt.Sprintf("%.0f", tc.window.Seconds()); got != want {
			t.Errorf("%s %s: Retry-After %q, want %s", tc.method, tc.target, got, want)
		}
		a.clock.Advance(tc.window)
		if r := a.call(tc.method, tc.target, ""); r.status == http.StatusTooManyRequests {
			t.Errorf("%s %s: still limited after %v", tc.method, tc.target, tc.window)
		}
	}
}

func TestTheLedgerCountsWhatIsBilled(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	a.clock.Advance(check)
	a.want("POST", "/resources/applicants/"+id+"/recheck/aml", "")
	resp, err := http.Get(a.url + "/_sandbox/ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got sandbox.Snapshot
	if err := sandbox.ReadJSON(resp.Body, 1<<20, &got); err != nil {
		t.Fatal(err)
	}
	for _, op := range []string{"applicant.create", "check.request", "aml.recheck"} {
		if n := got.Creates[op]["u-ana@example.test"]; n != 1 {
			t.Errorf("%s: got %d, want 1", op, n)
		}
	}
	if got.Uploads["document.upload"] != 2 || got.Webhooks["applicantReviewed"].Delivered != 1 {
		t.Errorf("ledger: got %+v", got)
	}
}

func TestFaultsAnswerInTheVendorsFormat(t *testing.T) {
	a := open(t)
	a.want("POST", "/_sandbox/faults", `{"mode":"status","status":503,"count":1}`)
	a.refused(503, 0, "GET", "/resources/status/api", "")
	a.want("GET", "/resources/status/api", "")
}
