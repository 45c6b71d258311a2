package sumsub_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestRequestsAreRefusedByTheVendorsNumbers(t *testing.T) {
	a := open(t)
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	at := func(away time.Duration) func(*http.Request) {
		return func(r *http.Request) {
			ts := strconv.FormatInt(a.clock.Now().Add(away).Unix(), 10)
			r.Header.Set("X-App-Access-Ts", ts)
			r.Header.Set("X-App-Access-Sig", signature(secretKey, ts, r.Method, r.URL.RequestURI(), nil))
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*http.Request)
		code   int // 0: accepted
	}{
		{"as it should be", func(*http.Request) {}, 0},
		{"no token", func(r *http.Request) { r.Header.Del("X-App-Token") }, 4006},
		{"no timestamp", func(r *http.Request) { r.Header.Del("X-App-Access-Ts") }, 4006},
		{"no signature", func(r *http.Request) { r.Header.Del("X-App-Access-Sig") }, 4006},
		{"token without private part", set("X-App-Token", "sbx:test"), 4000},
		{"token without prefix", set("X-App-Token", "test.private"), 4000},
		{"unknown token", set("X-App-Token", "sbx:other.private"), 4001},
		{"production token", set("X-App-Token", "prd:test.private"), 4001},
		{"wrong private part", set("X-App-Token", "sbx:test.other"), 4002},
		{"wrong signature", set("X-App-Access-Sig", signature("other", "1", "GET", "/", nil)), 4003},
		{"signed 59 s ago", at(-59 * time.Second), 0},
		{"signed 62 s ago", at(-62 * time.Second), 4004},
		{"signed 59 s ahead", at(59 * time.Second), 0},
		{"signed 62 s ahead", at(62 * time.Second), 4004},
		{"milliseconds", set("X-App-Access-Ts", strconv.FormatInt(start.UnixMilli(), 10)), 4004},
		{"timestamp in words", set("X-App-Access-Ts", "now"), 4005},
		{"signature in capitals", func(r *http.Request) {
			r.Header.Set("X-App-Access-Sig", "AB"+r.Header.Get("X-App-Access-Sig")[2:])
		}, 4005},
		{"two tokens", func(r *http.Request) { r.Header.Add("X-App-Token", appToken) }, 4007},
		{"another path", func(r *http.Request) { r.URL.Path = "/resources/status/apis" }, 4003},
		{"a query that was not signed", func(r *http.Request) { r.URL.RawQuery = "a=1" }, 4003},
	} {
		req := a.request("GET", "/resources/status/api", "", nil)
		tc.change(req)
		r := a.send(req)
		if tc.code != 0 {
			checkRefusal(t, r, http.StatusUnauthorized, tc.code, tc.name)
		} else if r.status != http.StatusOK {
			t.Errorf("%s: got %v, want 200", tc.name, r)
		}
	}
}

func TestTheSignatureCoversBodyAndQueryAsTheyAreSent(t *testing.T) {
	a := open(t)
	target := "/resources/applicants?levelName=basic%2Dkyc-level&x=a+b%20c"
	body := "{ \"externalUserId\" : \"u-1\" }\n"
	if r := a.call("POST", target, body); r.status != http.StatusCreated {
		t.Errorf("unusual encoding, signed as sent: got %v, want 201", r)
	}
	req := a.request("POST", target, "application/json", []byte(body))
	req.Header.Set("X-App-Access-Sig", a.request("POST", target, "", []byte(`{"externalUserId":"u-1"}`)).Header.Get("X-App-Access-Sig"))
	checkRefusal(t, a.send(req), 401, 4003, "signature over re-encoded JSON")
}

func TestErrorsAreJSONWithACorrelationID(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	a.refused(404, 0, "GET", "/resources/nowhere", "")
	a.refused(404, 0, "GET", "/resources/applicants/65ab00000000000000000001/one", "")
	a.refused(405, 0, "DELETE", "/resources/applicants/"+id+"/one", "")
	a.refused(400, 0, "POST", "/resources/applicants?levelName=basic-kyc-level", `{"externalUserId":`)
	a.refused(400, 0, "POST", "/resources/applicants?levelName=basic-kyc-level", `{"externalUserId":7}`)
	req := a.request("POST", "/resources/applicants?levelName=basic-kyc-level", "text/plain", []byte(`{}`))
	checkRefusal(t, a.send(req), 415, 0, "text/plain")
	r := a.refused(404, 0, "GET", "/resources/applicants/unknown/status", "")
	if got := r.at("description"); got != "HTTP 404 Not Found" {
		t.Errorf("description: got %q", got)
	}
}

func TestProductionTokensAreNotInSandboxMode(t *testing.T) {
	a := open(t, func(c *sumsub.Config) { c.AppToken = "prd:test.private" })
	req := a.request("POST", "/resources/applicants?levelName=basic-kyc-level", "application/json", []byte(`{}`))
	req.Header.Set("X-App-Token", "prd:test.private")
	r := a.send(req)
	req = a.request("POST", "/resources/applicants/"+r.at("id").(string)+"/status/testCompleted", "application/json", []byte(`{"reviewAnswer":"GREEN","rejectLabels":[]}`))
	req.Header.Set("X-App-Token", "prd:test.private")
	checkRefusal(t, a.send(req), 403, 0, "testCompleted in production")
	if got := a.received()[0].body["sandboxMode"]; got != false {
		t.Errorf("sandboxMode: got %v, want false", got)
	}
}
