package personr_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
)

func webhookOf(t testing.TB, tokens string) providers.Webhook {
	t.Helper()
	w, err := personr.Definition.OpenWebhook(t.Context(), envconfig.MapLookuper(map[string]string{"PERSONR_WEBHOOK_TOKENS": tokens}))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTokensOfWebhooksAreAllLive(t *testing.T) {
	w := webhookOf(t, "new-token-of-webhooks,old-token-of-webhooks")
	for _, tt := range []struct {
		what   string
		values []string
		ok     bool
	}{
		{"the new one", []string{"Bearer new-token-of-webhooks"}, true},
		{"the old one", []string{"Bearer old-token-of-webhooks"}, true},
		{"another", []string{"Bearer other"}, false},
		{"none", nil, false},
		{"an empty one", []string{"Bearer "}, false},
		{"without its scheme", []string{"new-token-of-webhooks"}, false},
		{"both as one", []string{"Bearer new-token-of-webhooks,old-token-of-webhooks"}, false},
		{"two headers", []string{"Bearer new-token-of-webhooks", "Bearer other"}, false},
	} {
		err := w.Authenticate(http.Header{"Authorization": tt.values}, nil, time.Time{})
		if (err == nil) != tt.ok || err != nil && fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("%s: got %v, want accepted %v", tt.what, err, tt.ok)
		}
	}
}

func TestEveryShapeOfAWebhookFindsItsCheck(t *testing.T) {
	w := webhookOf(t, "")
	seen := map[string]string{}
	for _, tt := range []struct {
		what, path, body string
		verification     string
		check            string
		ignore           bool
	}{
		{"flat", "", `{"applicantId":"a1","actionStatus":"Reviewed","reviewAnswer":"Approved","rejectLabels":[],"externalUserId":["vrf_1.identity"]}`, "vrf_1", "identity", false},
		{"flat, rejected", "", `{"applicantId":"a1","actionStatus":"Reviewed","reviewAnswer":"Rejected","rejectLabels":["FORGERY","CRIMINAL"],"externalUserId":["vrf_1.identity"]}`, "vrf_1", "identity", false},
		{"older", "", `{"status":"success","response":{"applicantStatus":"Reviewed","result":{"reviewAnswer":"Approved","applicant":"a1"},"externalUserId":["vrf_2.identity"]}}`, "vrf_2", "identity", false},
		{"of an entity", "", `{"applicantId":"e1","status":"Reviewed","reviewAnswer":"Approved","companyName":"Tern","externalUserId":["vrf_3.registry"]}`, "vrf_3", "registry", false},
		{"of somebody else's applicant", "", `{"applicantId":"a2","actionStatus":"Reviewed","externalUserId":["UUID1"]}`, "", "", true},
		{"without external ids", "vrf_9", `{"applicantId":"a3","actionStatus":"Reviewed","reviewAnswer":"Approved"}`, "vrf_9", "", false},
		{"without external ids or a path", "", `{"applicantId":"a3","actionStatus":"Reviewed"}`, "", "", true},
	} {
		h, err := w.Route(tt.path, nil, []byte(tt.body))
		if err != nil || h.Verification != tt.verification || h.Check != tt.check || h.Ignore != tt.ignore {
			t.Errorf("%s: got %+v, %v; want %q, %q, ignored %v", tt.what, h, err, tt.verification, tt.check, tt.ignore)
		}
		if was := seen[h.Dedupe]; h.Dedupe != "" && was != "" {
			t.Errorf("%s and %s count as one", tt.what, was)
		}
		seen[h.Dedupe] = tt.what
	}
	a, err := w.Route("", nil, []byte(`{"applicantId":"a1","actionStatus":"Reviewed","reviewAnswer":"Rejected","rejectLabels":["CRIMINAL","FORGERY"],"sourceKey":"x","externalUserId":["vrf_1.identity"]}`))
	if err != nil || seen[a.Dedupe] != "flat, rejected" {
		t.Errorf("the same news in another order: got %q, %v; want it to count as one", seen[a.Dedupe], err)
	}
	for _, body := range []string{``, `[]`, `{}`, `{"applicantId":"a","applicantId":"b"}`, `{"ApplicantId":"a"}`, `{"actionStatus":"Reviewed"}`} {
		if h, err := w.Route("", nil, []byte(body)); fault.ClassOf(err) != fault.Malformed {
			t.Errorf("%s: got %+v, %v; want class malformed", body, h, err)
		}
	}
}

func FuzzRoute(f *testing.F) {
	f.Add([]byte(`{"applicantId":"a1","actionStatus":"Reviewed","reviewAnswer":"Approved","externalUserId":["vrf_1.identity"]}`))
	f.Add([]byte(`{"status":"success","response":{"applicantStatus":"Reviewed","externalUserId":["vrf_2.identity"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := webhookOf(t, "").Route("", nil, body)
		if err == nil && !h.Ignore && (h.Verification == "" || h.Dedupe == "") {
			t.Errorf("got %+v of %q, want a verification and what repetitions share", h, body)
		}
	})
}
