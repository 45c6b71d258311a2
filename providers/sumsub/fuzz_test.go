package sumsub

import (
	"net/http"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// Whatever the vendor says, Read answers in our words, and nothing is true without GREEN in a completed review.
func FuzzRead(f *testing.F) {
	f.Add([]byte(greenStatus), []byte(greenSteps), []byte(greenApplicant))
	f.Add([]byte(redStatus(final, "FORGERY", "SANCTIONS")), []byte(brokenSides), []byte(`{}`))
	f.Add([]byte(redStatus(retry, "UNSATISFACTORY_PHOTOS")), []byte(brokenSides), []byte(`null`))
	f.Add([]byte(status("init")), []byte(`{"IDENTITY":null}`), []byte(greenApplicant))
	f.Fuzz(func(t *testing.T, status, steps, applicant []byte) {
		r := heard("document selfie aml", opStatus, string(status), opSteps, string(steps), opRead, string(applicant))
		out, err := Read(r)
		if err != nil {
			if fault.ClassOf(err) != fault.Malformed {
				t.Errorf("Read = %v, want class malformed", err)
			}
			return
		}
		checkWords(t, out)
		var v review
		for _, finding := range out.Findings {
			if finding.Result == "true" && (!decode(status, &v) || v.ReviewStatus != completed || v.ReviewResult.verdict() != green+" "+v.ReviewResult.ReviewRejectType) {
				t.Errorf("%s is true after status %s", finding.Component, status)
			}
		}
	})
}

// No bytes are authentic under a digest that was not made with the secret.
func FuzzAuthenticate(f *testing.F) {
	body := readFile(f, "testdata/webhooks/reviewed.json")
	f.Add(digestOf(sha256Name, "hook-secret", string(body))[:63], sha256Name, body)
	f.Add(digestOf(sha1Name, "hook-secret", string(body)), sha1Name, body)
	f.Add("", "", []byte{})
	w := receiver(f, "prd:a.b", []string{sha256Name, sha512Name}, "hook-secret")
	f.Fuzz(func(t *testing.T, digest, algorithm string, body []byte) {
		h := http.Header{"X-Payload-Digest": {digest}, "X-Payload-Digest-Alg": {algorithm}}
		err := w.Authenticate(h, body, time.Time{})
		if err == nil {
			t.Errorf("accepted %q under %q for %q", digest, algorithm, body)
		} else if fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("Authenticate = %v, want class unauthorized", err)
		}
	})
}

// Every body is routed to a check, ignored, or malformed.
func FuzzRoute(f *testing.F) {
	for _, name := range []string{"reviewed", "pending_nulls", "reset_old"} {
		f.Add(readFile(f, "testdata/webhooks/"+name+".json"))
	}
	f.Add([]byte(`{"applicantId":"a","type":"t","externalUserId":"vrf_1.x","createdAtMs":1e400}`))
	w := receiver(f, "", nil, "s")
	f.Fuzz(func(t *testing.T, body []byte) {
		hint, err := w.Route("", nil, body)
		switch {
		case err != nil && (fault.ClassOf(err) != fault.Malformed || hint != (providers.Hint{})):
			t.Errorf("Route(%q) = %+v, %v, want class malformed and no hint", body, hint, err)
		case err == nil && (hint.Dedupe == "" || hint.Event == "" || hint.Ignore == (hint.Verification != "" && hint.Check != "")):
			t.Errorf("Route(%q) = %+v, want a check or Ignore", body, hint)
		}
	})
}
