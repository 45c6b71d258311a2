package personr

import (
	"strings"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// state is how an applicant or an entity stands, from either status workflow; every member is optional.
type state struct {
	Applicant string `json:"applicantStatus"`
	Result    *struct {
		Modified int64    `json:"Modified Date"` // milliseconds
		Answer   string   `json:"reviewAnswer"`
		Type     string   `json:"reviewRejectType"`
		Labels   []string `json:"rejectLabels"`
		Comment  string   `json:"commentModeration"` // may be shown to the person; commentClient may not
	} `json:"result"`

	Answer string   `json:"reviewAnswer"` // of an entity
	Labels []string `json:"rejectLabels"` // of an entity

	Entity        string `json:"entityName"`
	Number        string `json:"registrationNumber"`
	EntityCountry string `json:"entityCountry"`
	Address       string `json:"registeredAddress"`
	Register      string `json:"registrySource"` // where the four come from

	Documents   []string `json:"documents"`
	Numbers     []string `json:"docNumber"`
	Countries   []string `json:"docCountry"`
	FirstName   string   `json:"extractedFirstName"`
	LastName    string   `json:"extractedLastName"`
	BirthDate   string   `json:"extractedBirthDate"`
	Country     string   `json:"documentCountry"`
	StreetNum   string   `json:"extractedStreetNum"`
	Street      string   `json:"extractedStreet"`
	City        string   `json:"extractedCity"`
	State       string   `json:"extractedState"`
	PostCode    string   `json:"extractedPostCode"`
	ExternalIDs []string `json:"externalUserId"`
}

// stateOf reads the answer of a status workflow.
func stateOf(body []byte) (state, error) {
	var a struct {
		Status   string `json:"status"`
		Response *state `json:"response"`
	}
	if err := strictjson.Unmarshal(body, &a); err != nil {
		return state{}, fault.Wrap(fault.Malformed, "personr.status", err)
	}
	if a.Status != "success" || a.Response == nil || a.Response.Applicant == "" {
		return state{}, fault.New(fault.Malformed, "personr.status", "the answer does not say how the applicant stands")
	}
	return *a.Response, nil
}

// running says that a check is under way.
func (s state) running() bool { return s.Applicant == "Pre-Checked" || s.Applicant == "Pending" }

// retry says that the subject may try again.
func (s state) retry() bool {
	return s.Result != nil && s.Result.Answer == "Rejected" && rejectTypes[strings.ToLower(s.Result.Type)] == "retry"
}

// modified is when the verdict was given, in milliseconds; 0 without one.
func (s state) modified() int64 {
	if s.Result == nil {
		return 0
	}
	return s.Result.Modified
}
