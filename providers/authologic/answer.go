package authologic

import (
	"strings"

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

// page is a page of a list of the vendor's: who may be meant, with how much they resemble.
type page struct {
	Items []struct {
		Score *float64 `json:"score"`
	} `json:"items"`
}

// scores returns the highest score of each list that was read, 0 to 1; lists without one are not in it.
func scores(op string, body []byte, to map[string]float64) error {
	name, ok := strings.CutPrefix(op, opList)
	if !ok {
		return nil
	}
	var p page
	if err := strictjson.Unmarshal(body, &p); err != nil {
		return fault.Wrap(fault.Malformed, "authologic.read", err)
	}
	for _, i := range p.Items {
		if i.Score != nil && *i.Score >= 0 && *i.Score <= 1 {
			to[name] = max(to[name], *i.Score)
		}
	}
	return nil
}

// opList begins the operation of a list's pages.
const opList = "aml_"
