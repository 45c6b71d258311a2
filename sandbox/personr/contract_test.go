package personr_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/personr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendor is a sandbox on a clock that stands still.
type vendor struct {
	t     *testing.T
	box   *personr.Sandbox
	clock *sandbox.Clock
	token string
}

func open(t *testing.T, c personr.Config) *vendor {
	t.Helper()
	v := &vendor{t: t, clock: sandbox.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), token: "tok"}
	c.Config.Clock, c.Token = v.clock, v.token
	v.box = personr.New(c)
	t.Cleanup(v.box.Close)
	return v
}

// call calls a workflow and returns the status and the answer.
func (v *vendor) call(name, body string) (int, map[string]any) {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), "POST", "/api/1.1/wf/"+name, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+v.token)
	w := httptest.NewRecorder()
	v.box.ServeHTTP(w, r)
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		v.t.Fatalf("%s: got %q, want JSON: %v", name, w.Body, err)
	}
	return w.Code, m
}

// at returns what is at a path of an answer.
func at(m map[string]any, path ...string) any {
	var v any = m
	for _, p := range path {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[p]
	}
	return v
}

func (v *vendor) applicant(tag string) string {
	v.t.Helper()
	_, m := v.call("api-applicant-create", fmt.Sprintf(`{"email":"ana%s@example.test","phone":"+61400000000","nameFirst":"Ana","flowName":"KYC basic","externalUserId":["u1"]}`, tag))
	id, _ := at(m, "response", "applicantId").(string)
	if id == "" {
		v.t.Fatalf("got %v, want an applicant", m)
	}
	return id
}

const png = "iVBORw0KGgpB"

func (v *vendor) upload(id, kind, side string) map[string]any {
	v.t.Helper()
	_, m := v.call("api-document-upload", fmt.Sprintf(`{"applicantId":%q,"docType":%q,"docSubType":%s,"docCountryISO":"AUS","docFile":{"filename":"a.png","contents":%q}}`, id, kind, side, png))
	return m
}

func TestEveryCallHasItsEnvelope(t *testing.T) {
	v := open(t, personr.Config{})
	id := v.applicant("")
	who := fmt.Sprintf(`{"applicantId":%q}`, id)
	for _, tt := range []struct {
		call, body string
		path       []string
		want       any
	}{
		{"api-verificationlink-create", fmt.Sprintf(`{"applicant":%q}`, id), []string{"status"}, "success"},
		{"api-applicant-details", who, []string{"response", "status"}, "Created"},
		{"api-applicant-details", who, []string{"response", "flowName"}, "KYC basic"},
		{"api-applicant-status", who, []string{"response", "applicantStatus"}, "Created"},
		{"api-applicant-status", who, []string{"response", "result"}, nil},
		{"api-request-applicant-check", who, []string{"response"}, "success"},
		{"api-aml-results", who, []string{"aml", "type"}, "Individual"},
		{"api-entity-database-verification", `{"companyName":"Tern","registrationNumber":"1","country":"AUS","flowName":"KYB basic"}`, []string{"response", "status"}, "Pending"},
	} {
		if status, m := v.call(tt.call, tt.body); status != 200 || at(m, tt.path...) != tt.want {
			t.Errorf("%s: got %d %v, want %v at %v", tt.call, status, m, tt.want, tt.path)
		}
	}
	if m := v.upload(id, "SELFIE", `"NULL"`); m["documentType"] != "SELFIE" || m["response"] != nil || fmt.Sprint(m["errors"]) != "[]" {
		t.Errorf("upload: got %v, want a bare object without errors", m)
	}
}

func TestWhatIsRefused(t *testing.T) {
	v := open(t, personr.Config{})
	id := v.applicant("")
	for _, tt := range []struct {
		what, call, body string
		want             int
	}{
		{"no e-mail", "api-applicant-create", `{"phone":"1","flowName":"KYC basic"}`, 400},
		{"no phone", "api-applicant-create", `{"email":"a@example.test","flowName":"KYC basic"}`, 400},
		{"another flow", "api-applicant-create", `{"email":"a@example.test","phone":"1","flowName":"kyc basic"}`, 400},
		{"applicantId for applicant", "api-verificationlink-create", fmt.Sprintf(`{"applicantId":%q}`, id), 400},
		{"nobody", "api-applicant-status", `{"applicantId":"1x1"}`, 404},
		{"a person as an entity", "api-entity-status", fmt.Sprintf(`{"applicantId":%q}`, id), 404},
		{"no such workflow", "api-nothing", `{}`, 404},
		{"another kind", "api-document-upload", fmt.Sprintf(`{"applicantId":%q,"docType":"VISA","docSubType":"FRONT_SIDE","docCountryISO":"AUS","docFile":{"filename":"a.png","contents":%q}}`, id, png), 400},
		{"a selfie with a side", "api-document-upload", fmt.Sprintf(`{"applicantId":%q,"docType":"SELFIE","docSubType":"FRONT_SIDE","docCountryISO":"AUS","docFile":{"filename":"a.png","contents":%q}}`, id, png), 400},
		{"two letters", "api-document-upload", fmt.Sprintf(`{"applicantId":%q,"docType":"PASSPORT","docSubType":"FRONT_SIDE","docCountryISO":"AU","docFile":{"filename":"a.png","contents":%q}}`, id, png), 400},
	} {
		if status, m := v.call(tt.call, tt.body); status != tt.want || at(m, "statusCode") != float64(tt.want) {
			t.Errorf("%s: got %d %v, want %d in the platform's layout", tt.what, status, m, tt.want)
		}
	}
	for what, file := range map[string]string{
		"a data URI":         `{"filename":"a.png","contents":"data:image/png;base64,` + png + `"}`,
		"no extension":       `{"filename":"a","contents":"` + png + `"}`,
		"another extension":  `{"filename":"a.jpg","contents":"` + png + `"}`,
		"another media type": `{"filename":"a.gif","contents":"R0lGODlh"}`,
	} {
		status, m := v.call("api-document-upload", fmt.Sprintf(`{"applicantId":%q,"docType":"PASSPORT","docSubType":"FRONT_SIDE","docCountryISO":"AUS","docFile":%s}`, id, file))
		if errs, _ := m["errors"].([]any); status != 200 || len(errs) != 1 {
			t.Errorf("%s: got %d %v, want 200 with an error in it", what, status, m)
		}
	}
}

func TestANewTokenKillsTheOneBefore(t *testing.T) {
	v := open(t, personr.Config{})
	old := v.token
	_, m := v.call("api-token-generate", `{"email":"`+personr.DefaultEmail+`","password":"`+personr.DefaultPassword+`"}`)
	if at(m, "response", "expires") != float64(31536000) {
		t.Errorf("got %v, want a token for a year", m)
	}
	v.token, _ = at(m, "response", "token").(string)
	if status, _ := v.call("api-applicant-status", `{"applicantId":"1x1"}`); status != 404 {
		t.Errorf("the new one: got %d, want it to be good", status)
	}
	v.clock.Advance(365 * 24 * time.Hour)
	if status, _ := v.call("api-applicant-status", `{"applicantId":"1x1"}`); status != 401 {
		t.Errorf("after a year: got %d, want 401", status)
	}
	v.token = old
	status, m := v.call("api-applicant-status", `{"applicantId":"1x1"}`)
	if status != 401 || m["error_class"] != "Unauthorized" || !strings.Contains(fmt.Sprint(m["translation"]), old) {
		t.Errorf("the old one: got %d %v, want 401 in the other layout, with the token in it", status, m)
	}
	if status, _ := v.call("api-token-generate", `{"email":"`+personr.DefaultEmail+`","password":"x"}`); status != 401 {
		t.Errorf("a wrong password: got %d, want 401", status)
	}
}

func TestACheckThatIsAskedForTooEarlyCostsAnAttempt(t *testing.T) {
	v := open(t, personr.Config{})
	id := v.applicant("")
	who := fmt.Sprintf(`{"applicantId":%q}`, id)
	v.upload(id, "ID_CARD", `"FRONT_SIDE"`)
	for n := 1; n <= 5; n++ {
		v.call("api-request-applicant-check", who)
		if _, m := v.call("api-applicant-status", who); at(m, "response", "applicantStatus") != "Pre-Checked" {
			t.Errorf("attempt %d: got %v, want Pre-Checked", n, at(m, "response", "applicantStatus"))
		}
		v.clock.Advance(3 * time.Minute)
		_, m := v.call("api-applicant-status", who)
		want := "Retry"
		if n == 5 {
			want = "Final"
		}
		if got := at(m, "response", "result", "reviewRejectType"); got != want || fmt.Sprint(at(m, "response", "result", "rejectLabels")) != "[BACK_SIDE_MISSING UNSATISFACTORY_PHOTOS]" {
			t.Errorf("attempt %d: got %v, want %s for a back and a selfie", n, at(m, "response", "result"), want)
		}
	}
}

func TestAHundredCallsAMinute(t *testing.T) {
	v := open(t, personr.Config{})
	for n := range 101 {
		status, _ := v.call("api-applicant-status", `{"applicantId":"1x1"}`)
		if want := 404; n < 100 && status != want || n == 100 && status != http.StatusTooManyRequests {
			t.Fatalf("call %d: got %d", n+1, status)
		}
	}
	v.clock.Advance(time.Minute)
	if status, _ := v.call("api-applicant-status", `{"applicantId":"1x1"}`); status != 404 {
		t.Errorf("a minute later: got %d, want 404", status)
	}
}

func TestWebhooksInBothShapes(t *testing.T) {
	for _, old := range []bool{false, true} {
		got := make(chan *http.Request, 4)
		bodies := make(chan map[string]any, 4)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var m map[string]any
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			got <- r
			bodies <- m
		}))
		defer srv.Close()
		v := open(t, personr.Config{WebhookURL: srv.URL, OldWebhooks: old})
		id := v.applicant("+reject")
		for _, u := range [][2]string{{"PASSPORT", `"FRONT_SIDE"`}, {"SELFIE", "null"}} {
			v.upload(id, u[0], u[1])
		}
		v.call("api-request-applicant-check", fmt.Sprintf(`{"applicantId":%q}`, id))
		v.clock.Advance(3 * time.Minute)
		r, m := <-got, <-bodies
		if h := r.Header.Get("Authorization"); h != "Bearer "+personr.DefaultWebhookToken {
			t.Errorf("old %v: got authorization %q, want the token", old, h)
		}
		answer, final := at(m, "reviewAnswer"), at(m, "reviewRejectType")
		if old {
			answer, final = at(m, "response", "result", "reviewAnswer"), nil
		}
		if answer != "Rejected" || final != nil {
			t.Errorf("old %v: got %v, want Rejected, and in the flat shape no type", old, m)
		}
	}
}
