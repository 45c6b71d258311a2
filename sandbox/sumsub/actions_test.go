package sumsub_test

import "testing"

func TestAnActionIsAskedForAndReviewed(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	target := "/resources/applicantActions/-/forApplicant/" + id + "?levelName=basic-kyc-level"
	action := a.want("POST", target, `{"externalActionId":"a-1"}`).at("id").(string)
	a.refused(409, 0, "POST", target, `{"externalActionId":"a-1"}`)
	a.want("POST", "/resources/applicantActions/"+action+"/review/status/pending", "")
	a.refused(409, 1006, "POST", "/resources/applicantActions/"+action+"/review/status/pending", "")
	a.clock.Advance(check)
	r := a.want("GET", "/resources/applicantActions/"+action+"/one", "")
	if r.at("review.reviewStatus") != "completed" || r.at("externalActionId") != "a-1" || r.at("applicantId") != id {
		t.Errorf("action: got %v", r)
	}
	want := "Created init\nActionPending completed\nActionReviewed completed GREEN"
	if got := a.train(); got != want {
		t.Errorf("webhooks: got\n%s\nwant\n%s", got, want)
	}
	if got := a.received()[1].body["externalApplicantActionId"]; got != "a-1" {
		t.Errorf("externalApplicantActionId: got %v, want a-1", got)
	}
}
