package sumsub_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

const kyc = "/resources/applicants?levelName=basic-kyc-level"

func TestANewApplicantIsShownWhole(t *testing.T) {
	a := open(t)
	r := a.want("POST", kyc, `{"externalUserId":"u-77","type":"individual","email":"ana@example.test","phone":"+441100000000","lang":"pl",
		"sourceKey":"tenant-a","metadata":[{"key":"k","value":"v"}],"unknown":{"member":1},
		"fixedInfo":{"firstName":"Ana","lastName":"Reyes","dob":"1990-02-03","gender":"F","country":"GBR","addresses":[{"country":"GBR","town":"Leeds"}]}}`)
	if r.status != 201 {
		t.Errorf("status: got %d, want 201", r.status)
	}
	id, _ := r.at("id").(string)
	if !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(id) {
		t.Errorf("id: got %q, want 24 lower-case hexadecimal digits", id)
	}
	for path, want := range map[string]string{
		"externalUserId": "u-77", "type": "individual", "email": "ana@example.test", "lang": "pl", "sourceKey": "tenant-a",
		"fixedInfo.firstName": "Ana", "createdAt": "2026-01-02 03:04:05", "review.createDate": "2026-01-02 03:04:05+0000",
		"review.reviewStatus": "init", "review.levelName": "basic-kyc-level", "review.attemptCnt": "0",
		"metadata": "[map[key:k value:v]]", "riskLabels": "map[]", "tags": "[]",
		"requiredIdDocs.docSets": "[map[idDocSetType:IDENTITY types:[PASSPORT ID_CARD DRIVERS RESIDENCE_PERMIT]] map[idDocSetType:SELFIE types:[SELFIE]]]",
	} {
		if got := fmt.Sprint(r.at(path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	for _, target := range []string{id, "-;externalUserId=u-77"} {
		if again := a.want("GET", "/resources/applicants/"+target+"/one", ""); string(again.raw) != string(r.raw) {
			t.Errorf("read %s: got %s, want %s", target, again.raw, r.raw)
		}
	}
}

func TestCreationIsRefused(t *testing.T) {
	a := open(t, func(c *sumsub.Config) {
		c.Levels = append(sumsub.DefaultLevels(), sumsub.Level{Name: "contacts", ApplicantType: "individual", Steps: []sumsub.Step{
			{Set: "EMAIL_VERIFICATION"}, {Set: "PHONE_VERIFICATION"},
		}})
	})
	for _, tc := range []struct {
		status      int
		level, body string
	}{
		{404, "none", `{"externalUserId":"u-1"}`},
		{404, "Basic-KYC-level", `{"externalUserId":"u-1"}`},
		{400, "basic-kyb-level", `{"externalUserId":"u-1"}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","type":"company"}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","type":"robot"}`},
		{400, "basic-kyc-level", `{"externalUserId":"` + strings.Repeat("u", 513) + `"}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","fixedInfo":{"country":"PL"}}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","fixedInfo":{"addresses":[{"country":"Poland"}]}}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","fixedInfo":{"dob":"03.02.1990"}}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","fixedInfo":{"dob":"1990-02-31"}}`},
		{400, "basic-kyc-level", `{"externalUserId":"u-1","fixedInfo":{"gender":"FEMALE"}}`},
		{400, "contacts", `{"externalUserId":"u-1","email":"ana@example.test"}`},
		{400, "contacts", `{"externalUserId":"u-1","phone":"+441100000000"}`},
	} {
		a.refused(tc.status, 0, "POST", "/resources/applicants?levelName="+tc.level, tc.body)
	}
}

func TestAnExternalIDExistsOnce(t *testing.T) {
	a := open(t)
	id := a.create("u-77", "")
	r := a.refused(409, 0, "POST", kyc, `{"externalUserId":"u-77"}`)
	if got, want := r.at("description"), "Applicant with external user id 'u-77' already exists: "+id; got != want {
		t.Errorf("description: got %q, want %q", got, want)
	}
	random := a.want("POST", kyc, `{}`).at("externalUserId").(string)
	if !strings.HasPrefix(random, "preview-random-") {
		t.Errorf("generated externalUserId: got %q", random)
	}
}

func TestExternalIDsAreFoundHoweverTheyAreSpelled(t *testing.T) {
	a := open(t)
	for _, ext := range []string{"plain", "a/b c", "żółw;x=1", "100%"} {
		id := a.create(ext, "")
		for _, target := range []string{
			"/resources/applicants/" + url.PathEscape("-;externalUserId="+ext) + "/one",
			"/resources/applicants/-;externalUserId=" + url.PathEscape(ext) + "/one",
		} {
			if got := a.want("GET", target, "").at("id"); got != id {
				t.Errorf("%s: got %v, want %s", target, got, id)
			}
		}
		r := a.want("GET", "/resources/applicants/-/byExternalUserId/"+url.PathEscape(ext), "")
		if r.at("exists") != true || r.at("applicant.id") != id {
			t.Errorf("byExternalUserId %s: got %v", ext, r)
		}
	}
	r := a.want("GET", "/resources/applicants/-/byExternalUserId/nobody", "")
	if string(r.raw) != `{"exists":false}` {
		t.Errorf("nobody: got %s", r.raw)
	}
	a.refused(404, 0, "GET", "/resources/applicants/-;externalUserId=nobody/one", "")
}
