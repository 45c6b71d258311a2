package sumsub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// check is long enough for a verdict that is not slow.
const check = 10 * time.Second

const opening = `Created init
Pending pending
PersonalInfoChanged pending
Prechecked queued
`

func TestStoriesEndAsTheirTagSays(t *testing.T) {
	for _, tc := range []struct{ tag, train, stands string }{
		{"", "Reviewed completed GREEN", "completed GREEN"},
		{"+approve", "Reviewed completed GREEN", "completed GREEN"},
		{"+reject", "Reviewed completed RED FINAL [FORGERY]", "completed RED FINAL"},
		{"+retry", "Reviewed completed RED RETRY [UNSATISFACTORY_PHOTOS]", "completed RED RETRY"},
		{"+flag", "Reviewed completed GREEN", "completed GREEN"},
		{"+unknown", "OnHold onHold", "onHold"},
		{"+sanctions", "Reviewed completed RED FINAL [SANCTIONS]", "completed RED FINAL"},
		{"+never", "", "prechecked"},
	} {
		t.Run(strings.TrimPrefix(tc.tag, "+"), func(t *testing.T) {
			a := open(t)
			id := a.submit("ana" + tc.tag + "@example.test")
			a.clock.Advance(check)
			if got, want := a.train(), strings.TrimSuffix(opening+tc.train, "\n"); got != want {
				t.Errorf("webhooks:\n%s\nwant:\n%s", got, want)
			}
			a.stands(id, tc.stands)
			a.clock.Advance(30 * 24 * time.Hour)
			a.stands(id, tc.stands)
		})
	}
}

func TestRetryNamesTheFrontImageAndApprovesANewOne(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "ana+retry@example.test")
	back := a.add(id, "ID_CARD", "BACK_SIDE", 1)
	front := a.add(id, "ID_CARD", "FRONT_SIDE", 2)
	a.add(id, "SELFIE", "", 3)
	a.ask(id)
	a.clock.Advance(check)

	r := a.want("GET", "/resources/applicants/"+id+"/requiredIdDocsStatus", "")
	if got, want := fmt.Sprintf("%.0f", r.at("IDENTITY.imageIds")), "["+front+" "+back+"]"; got != want {
		t.Errorf("imageIds: got %s, want %s (front first)", got, want)
	}
	bad := "IDENTITY.imageReviewResults." + front
	if got := fmt.Sprint(r.at(bad+".reviewAnswer"), r.at(bad+".reviewRejectType"), r.at(bad+".rejectLabels")); got != "REDRETRY[UNSATISFACTORY_PHOTOS]" {
		t.Errorf("front image: got %s in %v", got, r)
	}
	if c, _ := r.at(bad + ".moderationComment").(string); c == "" {
		t.Errorf("front image has no moderationComment: %v", r)
	}
	for path, want := range map[string]string{
		"IDENTITY.imageReviewResults." + back + ".reviewAnswer": "GREEN",
		"IDENTITY.reviewResult.reviewAnswer":                    "RED",
		"SELFIE.reviewResult.reviewAnswer":                      "GREEN",
	} {
		if got := r.at(path); got != want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
	}

	a.refusedUpload(id, form{metadata: `{"idDocType":"ID_CARD","idDocSubType":"FRONT_SIDE","country":"POL"}`, name: "p.png", content: photo(2)}, 409, 1000)
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed RED RETRY") // nothing new was uploaded

	newFront := a.add(id, "ID_CARD", "FRONT_SIDE", 4)
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
	r = a.want("GET", "/resources/applicants/"+id+"/requiredIdDocsStatus", "")
	if got, want := fmt.Sprintf("%.0f", r.at("IDENTITY.imageIds")), "["+newFront+" "+back+"]"; got != want {
		t.Errorf("imageIds after resubmission: got %s, want %s", got, want)
	}
	if got := a.one(id).at("review.attemptCnt"); got != 3.0 {
		t.Errorf("attemptCnt: got %v, want 3", got)
	}
}

func TestAnotherDocumentAlsoAnswersARetry(t *testing.T) {
	a := open(t)
	id := a.submit("ana+retry@example.test")
	a.clock.Advance(check)
	a.add(id, "DRIVERS", "FRONT_SIDE", 11)
	r := a.refused(409, 0, "POST", "/resources/applicants/"+id+"/status/pending", "")
	if d, _ := r.at("description").(string); !strings.Contains(d, "[IDENTITY]") {
		t.Errorf("front side only: got %v, want IDENTITY named", r)
	}
	a.add(id, "DRIVERS", "BACK_SIDE", 12)
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
}

func TestTheAnswerOfTheLastAttemptStaysWhileANewOneRuns(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	a.clock.Advance(check)
	first := a.one(id).at("review.attemptId")
	a.ask(id)
	a.stands(id, "pending GREEN")
	if again := a.one(id).at("review.attemptId"); again == first {
		t.Errorf("attemptId: got %v for both attempts", again)
	}
}

func TestReversalRevokesAnApproval(t *testing.T) {
	a := open(t)
	id := a.submit("ana+reversal@example.test")
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
	a.clock.Advance(5 * time.Minute)
	a.stands(id, "completed RED FINAL")
	want := opening + "Reviewed completed GREEN\nOnHold onHold\nReviewed completed RED FINAL [BLOCKLIST]"
	if got := a.train(); got != want {
		t.Errorf("webhooks:\n%s\nwant:\n%s", got, want)
	}
}

func TestSlowAnswersLate(t *testing.T) {
	a := open(t)
	id := a.submit("ana+slow@example.test")
	a.clock.Advance(9 * time.Minute)
	a.stands(id, "prechecked")
	a.clock.Advance(2 * time.Minute)
	a.stands(id, "completed GREEN")
}

func TestFlagIsGreenWithRiskLabelsAndAYellowCheck(t *testing.T) {
	a := open(t)
	id := a.submit("ana+flag@example.test")
	a.clock.Advance(check)
	if got := fmt.Sprint(a.one(id).at("riskLabels")); got != "map[document:[maybeExpiredDoc]]" {
		t.Errorf("riskLabels: got %s", got)
	}
	r := a.want("GET", "/resources/checks/latest?type=IDENTITY&applicantId="+id, "")
	if !strings.Contains(string(r.raw), `"answer":"YELLOW"`) {
		t.Errorf("latest check: got %v, want YELLOW", r)
	}
	up := a.upload(id, form{metadata: `{"idDocType":"PASSPORT","country":"POL"}`, name: "p.png", content: photo(9), header: map[string]string{"X-Return-Doc-Warnings": "true"}})
	if got := fmt.Sprint(up.at("warnings"), up.at("errors")); got != "[maybeExpiredDoc] <nil>" {
		t.Errorf("warnings and errors: got %s in %v", got, up)
	}
}

func TestAFinalRejectionSaysLittleAboutImages(t *testing.T) {
	a := open(t)
	id := a.submit("ana+reject@example.test")
	a.clock.Advance(check)
	r := a.want("GET", "/resources/applicants/"+id+"/requiredIdDocsStatus", "")
	if got := fmt.Sprint(r.at("IDENTITY.reviewResult"), r.at("IDENTITY.imageReviewResults")); got != "map[reviewAnswer:RED] map[]" {
		t.Errorf("IDENTITY: got %s", got)
	}
	a.refusedUpload(id, form{metadata: `{"idDocType":"PASSPORT","country":"POL"}`, name: "p.png", content: photo(9)}, 409, 1009)
	a.refused(409, 1009, "POST", "/resources/applicants/"+id+"/status/pending", "")
}

func TestErrorStoryFailsTwiceAndThenWorks(t *testing.T) {
	a := open(t)
	body := `{"externalUserId":"u-1","email":"ana+error@example.test"}`
	a.refused(500, 0, "POST", "/resources/applicants?levelName=basic-kyc-level", body)
	a.refused(500, 0, "POST", "/resources/applicants?levelName=basic-kyc-level", body)
	id := a.want("POST", "/resources/applicants?levelName=basic-kyc-level", body).at("id").(string)
	a.passport(id)
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
}

func TestTroubledWebhooks(t *testing.T) {
	for tag, want := range map[string]string{
		"dup":     "Created init|Created init|Pending pending|Pending pending|PersonalInfoChanged pending|PersonalInfoChanged pending|Prechecked queued|Prechecked queued|Reviewed completed GREEN|Reviewed completed GREEN",
		"shuffle": "Reviewed completed GREEN|Prechecked queued|PersonalInfoChanged pending|Pending pending|Created init",
		"lost":    "",
	} {
		a := open(t)
		id := a.submit("ana+" + tag + "@example.test")
		a.clock.Advance(5 * time.Minute)
		if got := strings.ReplaceAll(a.train(), "\n", "|"); got != want {
			t.Errorf("%s: webhooks %s\nwant %s", tag, got, want)
		}
		a.stands(id, "completed GREEN")
	}
}

func (a *account) refusedUpload(id string, f form, status, code int) {
	a.t.Helper()
	checkRefusal(a.t, a.upload(id, f), status, code, "upload "+f.name+" "+f.metadata)
}
