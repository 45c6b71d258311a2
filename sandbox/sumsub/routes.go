package sumsub

import (
	"net/http"

	"github.com/go-json-experiment/json"
)

// call is one authenticated request.
type call struct {
	r      *http.Request
	body   []byte
	header http.Header // of the answer
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

// decode reads a JSON body; an empty one reads as an empty value.
func (c *call) decode(v any) *refusal {
	if len(c.body) == 0 {
		return nil
	}
	if !isJSON(c.r.Header.Get("Content-Type")) {
		return statusOnly(http.StatusUnsupportedMediaType)
	}
	if json.Unmarshal(c.body, v) != nil {
		return bad("Malformed JSON or a value of the wrong type")
	}
	return nil
}

// The answers that are not simply JSON with status 200.
type (
	answer struct {
		status int
		body   any // nil sends none
	}
	raw struct {
		contentType string
		data        []byte
	}
	list[T any] struct {
		List listItems[T] `json:"list"`
	}
)

type listItems[T any] struct {
	Items []T `json:"items"`
}

// done is {"ok":1}.
var done = struct {
	OK int `json:"ok"`
}{1}

// routes is the contract: pattern, name in the ledger, handler.
func (s *Sandbox) routes() []route {
	return []route{
		{"POST /resources/applicants", "", s.create},
		{"PATCH /resources/applicants", "applicant.patch", s.patch},
		{"PATCH /resources/applicants/{$}", "applicant.patch", s.patch},
		{"GET /resources/applicants/{id}/one", "applicant.read", s.read},
		{"GET /resources/applicants/-/byExternalUserId/{ext}", "applicant.read", s.readByExternal},
		{"GET /resources/applicants/{id}/status", "status.read", s.readStatus},
		{"GET /resources/applicants/{id}/requiredIdDocsStatus", "steps.read", s.readSteps},
		{"GET /resources/moderationStates/{ref}", "moderation.read", s.moderationStates},

		{"POST /resources/applicants/{id}/info/idDoc", "", s.upload},
		{"GET /resources/applicants/{id}/metadata/resources", "images.read", s.listImages},
		{"GET /resources/inspections/{inspection}/resources/{image}", "image.read", s.readImage},
		{"DELETE /resources/inspections/{inspection}/resources/{image}", "image.delete", s.deleteImage},

		{"POST /resources/applicants/{id}/status/pending", "", s.requestCheck},
		{"POST /resources/applicants/{id}/status/testCompleted", "status.force", s.testCompleted},
		{"POST /resources/applicants/{id}/-/approve", "applicant.approve", s.approve},
		{"POST /resources/applicants/{id}/-/reject", "applicant.reject", s.reject},
		{"POST /resources/applicants/{id}/blacklist", "applicant.blacklist", s.blacklist},
		{"POST /resources/applicants/{id}/reset", "applicant.reset", s.reset},
		{"POST /resources/applicants/{id}/resetStep/{step}", "step.reset", s.resetStep},

		{"PATCH /resources/applicants/{id}/fixedInfo", "info.patch", s.patchFixedInfo},
		{"PATCH /resources/applicants/{id}/info", "info.patch", s.patchExtracted},
		{"POST /resources/applicants/{id}/moveToLevel", "applicant.move", s.moveToLevel},
		{"PATCH /resources/applicants/{id}/presence/{state}", "applicant.presence", s.presence},
		{"POST /resources/applicants/{id}/tags", "tags.change", s.setTags},
		{"POST /resources/applicants/{id}/tags/add", "tags.change", s.addTags},
		{"DELETE /resources/applicants/{id}/tags", "tags.change", s.removeTags},
		{"POST /resources/applicants/{id}/agreement", "agreement.record", s.agree},

		{"PATCH /resources/applicants/{id}/info/companyInfo", "info.patch", s.editCompany},
		{"POST /resources/applicants/{id}/info/companyInfo/beneficiaries", "beneficiary.link", s.link1},
		{"POST /resources/applicants/{id}/fixedInfo/companyInfo/beneficiaries", "beneficiary.link", s.link2},
		{"DELETE /resources/applicants/{id}/info/companyInfo/beneficiaries/{beneficiary}", "beneficiary.unlink", s.unlink},
		{"DELETE /resources/applicants/{id}/fixedInfo/companyInfo/beneficiaries/{beneficiary}", "beneficiary.unlink", s.unlink},

		{"GET /resources/api/applicants/{id}/amlCase", "aml.read", s.readAML},
		{"POST /resources/applicants/{id}/recheck/aml", "", s.recheckAML},
		{"GET /resources/checks/latest", "checks.read", s.latestChecks},

		{"POST /resources/applicantActions/-/forApplicant/{id}", "", s.createAction},
		{"GET /resources/applicantActions/{id}/one", "action.read", s.readAction},
		{"POST /resources/applicantActions/{id}/review/status/pending", "action.request", s.requestAction},

		{"POST /resources/accessTokens/sdk", "", s.accessToken},
		{"POST /resources/accessTokens", "", s.accessTokenOld},
		{"POST /resources/sdkIntegrations/levels/-/websdkLink", "", s.makeLink},
		{"POST /resources/sdkIntegrations/levels/{level}/websdkLink", "", s.makeLinkOld},

		{"GET /resources/api/clientWebhooks", "webhooks.read", s.listHooks},
		{"GET /resources/api/clientWebhooks/{hook}", "webhooks.read", s.readHook},
		{"POST /resources/inspectionCallbacks/testDigest", "digest.test", s.testDigest},
		{"GET /resources/status/api", "health.read", s.health},
	}
}

// route is one call of the contract. Its op is counted when it succeeds; without
// one the handler counts itself.
type route struct {
	pattern string
	op      string
	handle  func(*call) (any, *refusal)
}
