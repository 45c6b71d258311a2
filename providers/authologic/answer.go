package authologic

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// answer is a conversation as the vendor shows it. What decides is asked for by pointer: a member that is not there is no
// "no".
type answer struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Status string `json:"status"`
	Result struct {
		Identity *struct {
			Status string         `json:"status"`
			User   tree           `json:"user"`
			Errors []string       `json:"errors"`
			Checks []vendorsCheck `json:"checks"`
		} `json:"identity"`
		AML *struct {
			Status string    `json:"status"`
			Found  *[]string `json:"found"`
		} `json:"aml"`
		Verify *struct {
			Status      string   `json:"status"`
			Reliability *float64 `json:"reliability"`
			Details     []struct {
				Field       string   `json:"field"`
				Reliability *float64 `json:"reliability"`
			} `json:"details"`
		} `json:"verify"`
		Auth *struct {
			Status string `json:"status"`
		} `json:"auth"`
		Bank *struct {
			Status string `json:"status"`
		} `json:"bankTransactions"`
	} `json:"result"`
}

// tree is what was found out of a user. It is read apart: a date that is none does not spoil a verdict.
type tree struct {
	Person  jsontext.Value `json:"person"`
	Company jsontext.Value `json:"company"`
}

// vendorsCheck is an additional validation; some appear only when they are negative.
type vendorsCheck struct {
	Name    string `json:"name"`
	Result  string `json:"result"`
	Details struct {
		Field  string `json:"field"`
		Reason string `json:"reason"`
	} `json:"details"`
}

// parse reads a conversation.
func parse(body []byte) (answer, error) {
	var a answer
	if err := strictjson.Unmarshal(body, &a); err != nil {
		return a, fault.Wrap(fault.Malformed, "authologic.read", err)
	}
	if a.ID == "" || a.Status == "" {
		return a, fault.New(fault.Malformed, "authologic.read", "the answer is no conversation")
	}
	return a, nil
}

// page is a page of a list of the vendor's: who may be meant, with how much they resemble. Whom it names is left in the evidence.
type page struct {
	More  *bool `json:"more"`
	Items []struct {
		Type  string   `json:"type"` // PERSON, RCA: a relative or close associate; reports of the media have none
		Score *float64 `json:"score"`
	} `json:"items"`
}

// The calls, as exchanges name them.
const (
	opCreate = "create"
	opStatus = "status"
	opLink   = "link"
	opList   = "aml_" // and the list's name
)
