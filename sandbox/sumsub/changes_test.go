package sumsub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestClaimedDataIsChangedMemberByMember(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	target := "/resources/applicants/" + id
	a.want("PATCH", target+"/fixedInfo", `{"lastName":"Kowalska","addresses":[{"country":"POL","town":"Gdańsk"}]}`)
	a.want("PATCH", target+"/info", `{"nationality":"POL"}`)
	a.refused(400, 0, "PATCH", target+"/fixedInfo", `{"lastName":"Nowak","country":"Poland"}`)
	r := a.one(id)
	for path, want := range map[string]string{
		"fixedInfo.firstName": "Ana", "fixedInfo.lastName": "Kowalska", "fixedInfo.country": "POL",
		"fixedInfo.addresses": "[map[country:POL town:Gdańsk]]", "info.nationality": "POL",
	} {
		if got := fmt.Sprint(r.at(path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if got, want := a.train(), "Created init\nPersonalInfoChanged init\nPersonalInfoChanged init"; got != want {
		t.Errorf("webhooks: got\n%s\nwant\n%s", got, want)
	}
}

func TestTopLevelDataIsChanged(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	a.create("u-2", "")
	a.refused(409, 0, "PATCH", "/resources/applicants", `{"id":"`+id+`","externalUserId":"u-2"}`)
	a.want("PATCH", "/resources/applicants/", `{"id":"`+id+`","externalUserId":"u-3","email":"ana+reject@example.test","phone":"+48"}`)
	if got := a.want("GET", "/resources/applicants/-;externalUserId=u-3/one", "").at("email"); got != "ana+reject@example.test" {
		t.Errorf("email: got %v", got)
	}
	a.refused(404, 0, "GET", "/resources/applicants/-;externalUserId=u-1/one", "")
	a.passport(id)
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed RED FINAL") // the new address tells the story
}

func TestADeletedApplicantTakesNothing(t *testing.T) {
	a := open(t)
	for _, off := range []struct{ method, target, body string }{
		{"PATCH", "/resources/applicants", `{"id":"%s","deleted":true}`},
		{"PATCH", "/resources/applicants/%s/presence/deactivated", ``},
	} {
		id := a.create("u-"+off.target, "")
		a.want(off.method, strings.ReplaceAll(off.target, "%s", id), strings.ReplaceAll(off.body, "%s", id))
		a.refusedUpload(id, form{metadata: passport, name: "p.png", content: photo(1)}, 409, 1008)
		a.refused(409, 1008, "POST", "/resources/applicants/"+id+"/status/pending", "")
	}
	id := a.create("u-1", "")
	a.refused(409, 3000, "PATCH", "/resources/applicants/"+id+"/presence/activated", "")
	a.want("PATCH", "/resources/applicants/"+id+"/presence/deactivated", "")
	a.want("PATCH", "/resources/applicants/"+id+"/presence/activated", "")
	a.add(id, "PASSPORT", "", 1)
}

func TestALevelCanBeChangedWithinItsType(t *testing.T) {
	a := open(t, func(c *sumsub.Config) {
		c.Levels = append(sumsub.DefaultLevels(), sumsub.Level{Name: "address", ApplicantType: "individual", Steps: []sumsub.Step{
			{Set: "PROOF_OF_RESIDENCE", Types: []string{"UTILITY_BILL"}},
		}})
	})
	id := a.submit("ana@example.test")
	a.refused(409, 1006, "POST", "/resources/applicants/"+id+"/moveToLevel?name=address", "")
	a.clock.Advance(check)
	a.refused(400, 0, "POST", "/resources/applicants/"+id+"/moveToLevel?name=basic-kyb-level", "")
	a.refused(404, 0, "POST", "/resources/applicants/"+id+"/moveToLevel?name=none", "")
	a.want("POST", "/resources/applicants/"+id+"/moveToLevel?name=address", "")
	hooks := a.received()
	last := hooks[len(hooks)-1].body
	if last["type"] != "applicantLevelChanged" || last["previousLevelName"] != "basic-kyc-level" || last["levelName"] != "address" {
		t.Errorf("webhook: got %v", last)
	}
	a.add(id, "UTILITY_BILL", "", 8)
	a.ask(id)
}

func TestTagsAndConsentAreRecorded(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	target := "/resources/applicants/" + id
	a.want("POST", target+"/tags", `["a","b"]`)
	a.want("POST", target+"/tags/add", `["b","c"]`)
	a.want("DELETE", target+"/tags", `["a"]`)
	a.want("POST", target+"/agreement", `{}`)
	r := a.one(id)
	if got := fmt.Sprint(r.at("tags"), " ", r.at("agreement.acceptedAt")); got != "[b c] 2026-01-02 03:04:05" {
		t.Errorf("tags and consent: got %s", got)
	}
}
