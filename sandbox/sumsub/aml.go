package sumsub

import (
	"net/http"
	"time"
)

// amlCase is the open case of an applicant who was found on a list. Nobody else
// has one.
type amlCase struct {
	ID                string     `json:"id"`
	CreatedAt         string     `json:"createdAt"`
	TargetEntityType  string     `json:"targetEntityType"`
	TargetEntityID    string     `json:"targetEntityId"`
	VendorAttribution string     `json:"vendorAttribution"`
	OngoingMonitoring monitoring `json:"ongoingMonitoring"`
	Review            verdict    `json:"review"`
	RiskLabels        []string   `json:"riskLabels"`
	Hits              []amlHit   `json:"hits"`
}

type monitoring struct {
	Enabled bool `json:"enabled"`
}

type amlHit struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	EntityType string      `json:"entityType"`
	BirthYears []string    `json:"birthYears,omitempty"`
	Sources    []amlSource `json:"sources"`
	Review     hitReview   `json:"review"`
	RiskLabels []string    `json:"riskLabels"`
}

type amlSource struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

type hitReview struct {
	MatchStatus string `json:"matchStatus"`
	Whitelisted bool   `json:"whitelisted"`
	ModifiedAt  string `json:"modifiedAt"`
}

// listedCase is the case of an applicant whom a sanctions list names.
func listedCase(a *applicant, caseID, hitID string, now time.Time) *amlCase {
	at := now.UTC().Format(layoutShort)
	hit := amlHit{
		ID: hitID, Name: a.info.FirstName + " " + a.info.LastName, EntityType: a.kind,
		Sources:    []amlSource{{Type: "watchlist", Name: "Example Sanctions List"}},
		Review:     hitReview{MatchStatus: "true_positive", ModifiedAt: at},
		RiskLabels: []string{"sanctions"},
	}
	if len(a.info.DOB) >= 4 {
		hit.BirthYears = []string{a.info.DOB[:4]}
	}
	if a.kind == company {
		hit.Name = a.companyInfo().CompanyName
	}
	return &amlCase{
		ID: caseID, CreatedAt: at, TargetEntityType: "applicant", TargetEntityID: a.id,
		VendorAttribution: "Powered by Example Lists", OngoingMonitoring: monitoring{Enabled: true},
		Review: verdict{Answer: red}, RiskLabels: []string{"sanctions"}, Hits: []amlHit{hit},
	}
}

// readAML is GET …/amlCase.
func (s *Sandbox) readAML(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	if a.amlCase == nil {
		return nil, statusOnly(http.StatusNotFound)
	}
	return a.amlCase, nil
}

// recheckAML is POST …/recheck/aml: approved applicants only. It is billed.
func (s *Sandbox) recheckAML(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	switch {
	case r != nil:
		return nil, r
	case !a.review.answered(green):
		return nil, plain(http.StatusConflict, "Only an approved applicant can be rechecked")
	}
	s.ledger.Create("aml.recheck", a.externalUserID)
	return done, nil
}

// latestChecks is GET /resources/checks/latest.
func (s *Sandbox) latestChecks(c *call) (any, *refusal) {
	a, r := s.find(c.r.URL.Query().Get("applicantId"))
	kind := c.r.URL.Query().Get("type")
	switch {
	case r != nil:
		return nil, r
	case kind == "":
		return nil, bad("type is required")
	case (kind == "COMPANY") != (a.kind == company):
		return nil, bad("type does not fit the applicant")
	}
	answer := struct {
		Checks []check      `json:"checks"`
		Info   *companyInfo `json:"companyInfo,omitzero"`
	}{Checks: []check{}}
	if a.review.result != nil {
		made := check{
			Answer: a.review.result.Answer, CheckType: kind, CreatedAt: a.review.reviewed.UTC().Format(layoutShort),
			ID: a.review.reviewID, AttemptID: a.review.attemptID,
		}
		if made.Answer == green && len(a.riskLabels) > 0 {
			made.Answer = yellow
		}
		answer.Checks = append(answer.Checks, made)
	}
	if a.kind == company {
		answer.Info = a.info.CompanyInfo
	}
	return answer, nil
}

// check is one module's answer.
type check struct {
	Answer    string `json:"answer"`
	CheckType string `json:"checkType"`
	CreatedAt string `json:"createdAt"`
	ID        string `json:"id"`
	AttemptID string `json:"attemptId"`
}
