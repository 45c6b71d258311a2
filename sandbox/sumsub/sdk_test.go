package sumsub_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnAccessTokenCreatesAMissingApplicantOnce(t *testing.T) {
	a := open(t)
	body := `{"userId":"u-1","levelName":"basic-kyc-level","ttlInSecs":600,"applicantIdentifiers":{"email":"ana@example.test"}}`
	r := a.want("POST", "/resources/accessTokens/sdk", body)
	if token, _ := r.at("token").(string); !strings.HasPrefix(token, "_act-sbx-") || r.at("userId") != "u-1" {
		t.Errorf("token: got %v", r)
	}
	a.want("POST", "/resources/accessTokens/sdk", body)
	a.want("POST", "/resources/accessTokens?userId=u-1&levelName=basic-kyc-level&ttlInSecs=600", "")
	if got := a.train(); got != "Created init" {
		t.Errorf("webhooks: got %q, want one Created", got)
	}
	a.refused(404, 0, "POST", "/resources/accessTokens/sdk", `{"userId":"u-1","levelName":"none"}`)
	a.refused(400, 0, "POST", "/resources/accessTokens/sdk", `{"levelName":"basic-kyc-level"}`)
}

// visit opens or submits a hosted page, as a browser does.
func (a *account) visit(method, url string) reply {
	a.t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.send(req)
}

func TestAHostedPageSubmitsGoodDocuments(t *testing.T) {
	a := open(t)
	url := a.want("POST", "/resources/sdkIntegrations/levels/-/websdkLink?lang=en",
		`{"levelName":"basic-kyc-level","userId":"u-1","ttlInSecs":1800,"applicantIdentifiers":{"email":"ana+retry@example.test"},"redirect":{"successUrl":"https://shop.example/done"}}`).at("url").(string)
	if got := a.train(); got != "" {
		t.Errorf("a link alone created somebody: %s", got)
	}
	if r := a.visit("GET", url); r.status != 200 || !strings.Contains(string(r.raw), "<form") {
		t.Errorf("page: got %v", r)
	}
	r := a.visit("POST", url)
	if r.status != 303 || r.header.Get("Location") != "https://shop.example/done" {
		t.Errorf("submit: got %d to %q, want 303 to successUrl", r.status, r.header.Get("Location"))
	}
	id := a.want("GET", "/resources/applicants/-;externalUserId=u-1/one", "").at("id").(string)
	a.stands(id, "pending")
	if r := a.visit("POST", url); r.status != 409 {
		t.Errorf("submit while pending: got %d, want 409", r.status)
	}
	a.clock.Advance(check)
	a.stands(id, "completed RED RETRY")
	a.visit("POST", url)
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
	if got := a.train(); !strings.HasPrefix(got, "Created init\nVerificationLinkOpened init\nPending pending") {
		t.Errorf("webhooks: got\n%s", got)
	}
}

func TestAHostedPageEnds(t *testing.T) {
	a := open(t)
	a.create("u-1", "")
	url := a.want("POST", "/resources/sdkIntegrations/levels/basic-kyc-level/websdkLink?ttlInSecs=60&externalUserId=u-1&lang=en", "{}").at("url").(string)
	if r := a.visit("GET", url); r.status != 200 {
		t.Errorf("page: got %d, want 200", r.status)
	}
	a.clock.Advance(61 * time.Second)
	for _, gone := range []string{url, url + "x"} {
		if r := a.visit("GET", gone); r.status != 404 {
			t.Errorf("%s: got %d, want 404", gone, r.status)
		}
	}
	a.refused(400, 0, "POST", "/resources/sdkIntegrations/levels/-/websdkLink",
		`{"levelName":"basic-kyc-level","userId":"u-1","redirect":{"allowedQueryParams":["1","2","3","4","5"]}}`)
}
