package sumsub_test

import (
	"fmt"
	"strings"
	"testing"
)

// found creates a company and returns its id.
func (a *account) found(ext, email string) string {
	a.t.Helper()
	return a.want("POST", "/resources/applicants?levelName=basic-kyb-level", fmt.Sprintf(
		`{"externalUserId":%q,"type":"company","email":%q,"fixedInfo":{"companyInfo":{"companyName":"Example Ltd","registrationNumber":"123","country":"GBR"}}}`, ext, email)).at("id").(string)
}

func TestACompanyNeedsItsDataBeforeTheCheck(t *testing.T) {
	a := open(t)
	id := a.want("POST", "/resources/applicants?levelName=basic-kyb-level",
		`{"externalUserId":"c-1","type":"company","info":{"companyInfo":{"companyName":"Example Ltd"}}}`).at("id").(string)
	a.refused(409, 0, "POST", "/resources/applicants/"+id+"/status/pending", "")
	a.want("PATCH", "/resources/applicants/"+id+"/info/companyInfo", `{"registrationNumber":"123","country":"GBR"}`)
	r := a.upload(id, form{metadata: `{"idDocType":"COMPANY_DOC","idDocSubType":"SHAREHOLDER_REGISTRY","country":"GBR"}`, name: "r.png", content: photo(1)})
	if r.status != 200 || r.at("idDocSubType") != "SHAREHOLDER_REGISTRY" {
		t.Errorf("company document: got %v", r)
	}
	a.ask(id)
	a.clock.Advance(check)
	a.stands(id, "completed GREEN")
	checks := a.want("GET", "/resources/checks/latest?type=COMPANY&applicantId="+id, "")
	if checks.at("companyInfo.companyName") != "Example Ltd" || !strings.Contains(string(checks.raw), `"answer":"GREEN"`) {
		t.Errorf("latest check: got %v", checks)
	}
}

func TestBeneficiariesAreLinkedBothWays(t *testing.T) {
	a := open(t)
	c, person := a.found("c-1", ""), a.create("u-1", "")
	old := "/resources/applicants/" + c + "/info/companyInfo/beneficiaries"
	r := a.want("POST", old, fmt.Sprintf(`{"applicant":{"id":%q},"applicantId":%q,"positions":["director"],"type":"ubo"}`, person, person))
	if got := fmt.Sprint(r.at("beneficiaries")); got != fmt.Sprintf("[map[applicantId:%s positions:[director] type:ubo]]", person) {
		t.Errorf("KYB 1.0: got %s", got)
	}
	if got := fmt.Sprint(a.one(person).at("memberOf")); got != "[map[applicantId:"+c+"]]" {
		t.Errorf("memberOf: got %s", got)
	}
	a.refused(404, 0, "POST", old, `{"applicantId":"65ab00000000000000000001","type":"ubo"}`)
	a.refused(400, 0, "POST", old, fmt.Sprintf(`{"applicantId":%q,"type":"owner"}`, person))
	a.refused(400, 0, "POST", old, fmt.Sprintf(`{"applicantId":%q,"type":"ubo","positions":["king"]}`, person))
	a.refused(400, 0, "POST", "/resources/applicants/"+person+"/info/companyInfo/beneficiaries", fmt.Sprintf(`{"applicantId":%q,"type":"ubo"}`, c))
	a.want("DELETE", old+"/"+person, "")
	a.refused(404, 0, "DELETE", old+"/"+person, "")

	newer := "/resources/applicants/" + c + "/fixedInfo/companyInfo/beneficiaries"
	a.want("POST", newer, fmt.Sprintf(`{"applicantId":%q,"types":["shareholder"],"shareSize":42.5}`, person))
	r = a.want("POST", newer, `{"types":["ubo"],"shareSize":60,"beneficiaryInfo":{"firstName":"Jan","lastName":"Kowalski","email":"jan@example.test"}}`)
	both, _ := r.at("beneficiaries").([]any)
	if len(both) != 2 {
		t.Fatalf("KYB 2.0: got %v, want two beneficiaries", r)
	}
	made := a.one(both[1].(map[string]any)["applicantId"].(string))
	if made.at("fixedInfo.lastName") != "Kowalski" || made.at("email") != "jan@example.test" || made.at("type") != "individual" {
		t.Errorf("new beneficiary: got %v", made)
	}
	a.refused(400, 0, "POST", newer, fmt.Sprintf(`{"applicantId":%q,"types":["ubo"],"beneficiaryInfo":{"firstName":"Jan"}}`, person))
	a.refused(400, 0, "POST", newer, `{"types":["ubo"]}`)
}

func TestACompanyWaitsForItsPeople(t *testing.T) {
	for _, tc := range []struct{ tag, want string }{
		{"approve", "completed GREEN"}, {"reject", "completed RED FINAL"}, {"retry", "onHold"},
	} {
		a := open(t)
		c, person := a.found("c-1", ""), a.create("u-1", "ana+"+tc.tag+"@example.test")
		a.want("POST", "/resources/applicants/"+c+"/fixedInfo/companyInfo/beneficiaries", fmt.Sprintf(`{"applicantId":%q,"types":["ubo"]}`, person))
		a.ask(c)
		a.clock.Advance(check)
		a.stands(c, "onHold")
		a.passport(person)
		a.ask(person)
		a.clock.Advance(check)
		a.stands(c, tc.want)
		for _, h := range a.received() {
			if h.body["applicantId"] == person && h.body["type"] == "applicantReviewed" {
				if got := fmt.Sprint(h.body["applicantMemberOf"]); got != "[map[applicantId:"+c+"]]" {
					t.Errorf("%s: applicantMemberOf of the person: got %s", tc.tag, got)
				}
			}
		}
	}
}

func TestLinkingChangesNobodysStatus(t *testing.T) {
	a := open(t)
	c := a.found("c-1", "")
	a.ask(c)
	a.clock.Advance(check)
	person := a.submit("ana+reject@example.test")
	a.want("POST", "/resources/applicants/"+c+"/fixedInfo/companyInfo/beneficiaries", fmt.Sprintf(`{"applicantId":%q,"types":["ubo"]}`, person))
	a.clock.Advance(check)
	a.stands(c, "completed GREEN")
	a.stands(person, "completed RED FINAL")
}
