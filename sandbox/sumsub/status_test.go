package sumsub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAVerdictCanBeForcedInTheSandbox(t *testing.T) {
	a := open(t)
	id := a.submit("ana+never@example.test")
	target := "/resources/applicants/" + id + "/status/testCompleted"
	for _, body := range []string{
		`{"reviewAnswer":"GREEN"}`, `{"reviewAnswer":"YELLOW","rejectLabels":[]}`, `{"reviewAnswer":"RED","rejectLabels":["SPAM"]}`, ``,
	} {
		a.refused(400, 0, "POST", target, body)
	}
	r := a.want("POST", target, `{"reviewAnswer":"RED","rejectLabels":["SCREENSHOTS"],"reviewRejectType":"RETRY","clientComment":"c","moderationComment":"m"}`)
	if string(r.raw) != `{"ok":1}` {
		t.Errorf("answer: got %s", r.raw)
	}
	st := a.want("GET", "/resources/applicants/"+id+"/status", "")
	for path, want := range map[string]string{
		"reviewStatus": "completed", "reviewResult.reviewRejectType": "RETRY", "reviewResult.rejectLabels": "[SCREENSHOTS]",
		"reviewResult.clientComment": "c", "reviewResult.moderationComment": "m", "reviewResult.buttonIds": "[]", "attemptCnt": "1",
	} {
		if got := fmt.Sprint(st.at(path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	a.want("POST", target, `{"reviewAnswer":"GREEN","rejectLabels":[]}`)
	a.stands(id, "completed GREEN")
	if got := a.train(); !strings.HasSuffix(got, "Reviewed completed RED RETRY [SCREENSHOTS]\nReviewed completed GREEN") {
		t.Errorf("webhooks: got\n%s", got)
	}
}

func TestAVerdictByHandReplacesTheStory(t *testing.T) {
	a := open(t)
	id := a.submit("ana+slow@example.test")
	r := a.refused(409, 0, "POST", "/resources/applicants/"+id+"/-/approve", `{}`)
	if got := r.header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After right after pending: got %q, want 10", got)
	}
	a.clock.Advance(10 * time.Second)
	r = a.refused(409, 0, "POST", "/resources/applicants/"+id+"/-/approve", `{"reasons":["x"]}`)
	if got, want := r.at("description"), "When approving an applicant reasons must not be provided"; got != want {
		t.Errorf("description: got %q, want %q", got, want)
	}
	r = a.want("POST", "/resources/applicants/"+id+"/-/reject", `{"note":"n","reasons":["x"],"tags":["t"]}`)
	if r.at("id") != id || fmt.Sprint(r.at("tags")) != "[t]" || fmt.Sprint(r.at("review.reviewResult.rejectLabels")) != "[EXTERNAL_DECISION_REJECTION]" {
		t.Errorf("reject: got %v", r)
	}
	a.clock.Advance(time.Hour)
	a.stands(id, "completed RED FINAL")
	a.want("POST", "/resources/applicants/"+id+"/-/approve", `{}`)
	a.stands(id, "completed GREEN")
}

func TestResetGoesBackToInitWithAMisleadingGreen(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	a.clock.Advance(check)
	a.want("POST", "/resources/applicants/"+id+"/reset", "")
	a.stands(id, "init")
	if got := a.train(); !strings.HasSuffix(got, "\nReset init GREEN") {
		t.Errorf("webhooks: got\n%s", got)
	}
	r := a.want("GET", "/resources/applicants/"+id+"/requiredIdDocsStatus", "")
	if string(r.raw) != `{"IDENTITY":null,"SELFIE":null}` {
		t.Errorf("steps after reset: got %s", r.raw)
	}
}

func TestOneStepCanBeReset(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	a.clock.Advance(check)
	a.refused(400, 0, "POST", "/resources/applicants/"+id+"/resetStep/E_KYC", "")
	a.want("POST", "/resources/applicants/"+id+"/resetStep/SELFIE", "")
	r := a.refused(409, 0, "POST", "/resources/applicants/"+id+"/status/pending", "")
	if d, _ := r.at("description").(string); !strings.Contains(d, "[SELFIE]") {
		t.Errorf("description: got %q, want only SELFIE named", d)
	}
	a.add(id, "SELFIE", "", 2)
	a.ask(id)
}

func TestWhyRejectedIsToldByButtons(t *testing.T) {
	a := open(t)
	id := a.submit("ana+retry@example.test")
	target := "/resources/moderationStates/-;applicantId=" + id
	if r := a.want("GET", target, ""); string(r.raw) != `{"list":{"items":[]}}` {
		t.Errorf("not rejected: got %s, want no items", r.raw)
	}
	a.clock.Advance(check)
	r := a.want("GET", target, "")
	if n := strings.Count(string(r.raw), "badPhoto_lowQuality"); n != 2 || !strings.Contains(string(r.raw), `"imageId":`) {
		t.Errorf("rejected: got %s, want the button for the image and for the applicant", r.raw)
	}
}

func TestABlacklistedApplicantIsRejectedForGood(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	a.refused(400, 0, "POST", "/resources/applicants/"+id+"/blacklist", "")
	a.want("POST", "/resources/applicants/"+id+"/blacklist?note=fraud", "")
	a.stands(id, "completed RED FINAL")
	a.refused(409, 5000, "POST", "/resources/applicants/"+id+"/blacklist?note=fraud", "")
}
