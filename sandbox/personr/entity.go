package personr

import (
	"net/http"
	"slices"

	"github.com/bonafide-id/bonafide/sandbox"
)

// entity is what the two workflows that make an entity take.
type entity struct {
	CompanyName        string   `json:"companyName"`
	RegistrationNumber string   `json:"registrationNumber"`
	Country            string   `json:"country"`
	FlowName           string   `json:"flowName"`
	SourceKey          string   `json:"sourceKey"`
	ExternalUserIDs    []string `json:"externalUserId"`
}

// makeEntity makes an entity, or says what is wrong with the request. The story is in the company's name, after a plus
// sign: entities have no e-mail address.
func (s *Sandbox) makeEntity(r *http.Request) (*applicant, answer) {
	var in entity
	switch err := read(r, &in); {
	case err != nil:
		return nil, wrong(http.StatusBadRequest, "INVALID_DATA", "The body could not be read")
	case in.CompanyName == "":
		return nil, missing("companyName")
	case in.RegistrationNumber == "":
		return nil, missing("registrationNumber")
	case len(in.Country) != 3:
		return nil, missing("country")
	case !s.flow(in.FlowName):
		return nil, wrong(http.StatusBadRequest, "INVALID_DATA", "There is no such flow")
	}
	a := &applicant{
		entity: true, company: in.CompanyName, registration: in.RegistrationNumber, country: in.Country, flow: in.FlowName,
		sourceKey: in.SourceKey, externalUserIDs: in.ExternalUserIDs, story: sandbox.StoryOf(in.CompanyName),
	}
	s.add(a, "entity.create")
	return a, answer{}
}

// createEntity makes an entity that waits for its page or for a check.
func (s *Sandbox) createEntity(r *http.Request) answer {
	a, refused := s.makeEntity(r)
	if a == nil {
		return refused
	}
	return success(map[string]any{
		"applicantId": a.id, "companyName": a.company, "registrationNumber": a.registration, "country": a.country, "flowName": a.flow,
		"applicantStatus": a.status, "sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs,
	})
}

// verifyEntity makes an entity and has it looked up in its register at once.
func (s *Sandbox) verifyEntity(r *http.Request) answer {
	a, refused := s.makeEntity(r)
	if a == nil {
		return refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.check(a)
	return success(map[string]any{"applicantId": a.id, "flow": a.flow, "status": "Pending"})
}

// uploadOfEntity takes the address of a document.
func (s *Sandbox) uploadOfEntity(r *http.Request) answer {
	var in struct {
		ApplicantID string `json:"applicantId"`
		DocSubType  string `json:"docSubType"`
		DocFile     string `json:"docFile"`
	}
	if err := read(r, &in); err != nil || in.DocFile == "" {
		return missing("docFile")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, true)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Upload("entity")
	return answer{body: map[string]any{"applicantId": a.id, "documentSubType": in.DocSubType}}
}

// addUBO makes an applicant a person of an entity.
func (s *Sandbox) addUBO(r *http.Request) answer {
	var in struct {
		ApplicantID    string `json:"applicantId"`
		UBOApplicantID string `json:"uboApplicantId"`
		Position       string `json:"position"`
	}
	if err := read(r, &in); err != nil || in.UBOApplicantID == "" {
		return missing("uboApplicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, true)
	if refused != nil {
		return *refused
	}
	if _, refused = s.find(in.UBOApplicantID, false); refused != nil {
		return *refused
	}
	if !slices.Contains([]string{"Director", "Shareholder", "Other"}, in.Position) {
		return wrong(http.StatusBadRequest, "INVALID_DATA", "position is not one of the options")
	}
	a.ubos = append(a.ubos, map[string]any{"applicantId": in.UBOApplicantID, "type": "Individual", "position": in.Position})
	return answer{body: map[string]any{"status": "success", "applicantId": a.id, "ubos": a.ubos, "errors": []string{}}}
}

// entityStatus is the whole of what is known of an entity.
func (s *Sandbox) entityStatus(r *http.Request) answer {
	var in applicantID
	if err := read(r, &in); err != nil {
		return missing("applicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, true)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Read("entity.status")
	m := map[string]any{
		"applicantStatus": a.status, "createdDate": a.born.Format("02/01/2006"), "entityName": a.company, "registrationNumber": a.registration,
		"entityCountry": a.country, "sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs,
	}
	if v := a.verdict; a.status == reviewed {
		m["reviewAnswer"], m["rejectLabels"] = v.answer, v.labels
		m["entityType"], m["registrySource"], m["incorporatedOn"] = "Private company", "Company register", "12/12/2020"
	}
	return success(m)
}

// amlResults is what the screening of an entity found: every attribute is a list, an empty one holds null.
func (s *Sandbox) amlResults(r *http.Request) answer {
	var in applicantID
	if err := read(r, &in); err != nil || in.ApplicantID == "" {
		return missing("applicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byID[in.ApplicantID]
	if a == nil {
		return wrong(http.StatusNotFound, "NOT_FOUND", "Missing object of type applicant")
	}
	kind, name := "Individual", a.nameFirst+" "+a.nameLast
	if a.entity {
		kind, name = "Company", a.company
	}
	found := []any{nil}
	if a.story.Outcome == sandbox.Sanctions {
		found = []any{name}
	}
	return answer{body: map[string]any{"aml": map[string]any{"searchId": s.id(), "type": kind, "name": found, "alias": []any{nil}, "formerName": []any{nil}}}}
}
