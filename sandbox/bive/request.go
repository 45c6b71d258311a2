package bive

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

const maxRequest = 1 << 20

// options are what a person and a business workflow have in common.
type options struct {
	LivenessCheck *bool  `json:"liveness_check"` // absent means true
	WebhookURL    string `json:"webhook_url"`
	Demo          *demo  `json:"demo"` // present, even empty, means simulation
}

// demo asks for a simulated outcome.
type demo struct {
	Status bool   `json:"status"`
	Flag   bool   `json:"flag"`
	Result string `json:"result"` // ours: the documented switches cannot say unknown
}

func (o options) liveness() bool { return o.LivenessCheck == nil || *o.LivenessCheck }

func (o options) check() error {
	if o.WebhookURL != "" {
		u, err := url.Parse(o.WebhookURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return errors.New("webhook_url is not an absolute http or https URL")
		}
	}
	if o.Demo != nil {
		switch o.Demo.Result {
		case "", "true", "false", "unknown":
		default:
			return errors.New("demo.result is none of true, false, unknown")
		}
	}
	return nil
}

// address of a person or business; every part is optional.
type address struct {
	CountryCode    string `json:"country_code"`
	StateCode      string `json:"state_code"`
	City           string `json:"city"`
	StreetAddress1 string `json:"street_address1"`
	StreetAddress2 string `json:"street_address2"`
	ZipCode        string `json:"zip_code"`
}

// person is who is to be verified.
type person struct {
	FirstName   string   `json:"first_name"`
	MiddleName  string   `json:"middle_name"`
	LastName    string   `json:"last_name"`
	Email       string   `json:"email"`
	PhoneNumber string   `json:"phone_number"`
	JobTitle    string   `json:"job_title"`
	DateOfBirth string   `json:"date_of_birth"`
	Address     *address `json:"address"`
	Media       string   `json:"media"`
	GovID       string   `json:"gov_id"`
	GovIDBack   string   `json:"gov_id_back"`
}

func (p person) name() string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

func (p person) identity() string {
	return PersonIdentity(p.FirstName, p.LastName, p.DateOfBirth, p.Email)
}

func (p person) check(liveness bool) error {
	switch {
	case strings.TrimSpace(p.FirstName) == "":
		return errors.New("first_name is required")
	case strings.TrimSpace(p.LastName) == "":
		return errors.New("last_name is required")
	case !liveness && p.Media == "":
		return errors.New("media is required when liveness_check is false")
	case !liveness && p.GovID == "":
		return errors.New("gov_id is required when liveness_check is false")
	}
	if p.DateOfBirth != "" {
		if _, err := time.Parse(time.DateOnly, p.DateOfBirth); err != nil {
			return errors.New("date_of_birth is not YYYY-MM-DD")
		}
	}
	return checkEmail(p.Email)
}

func checkEmail(email string) error {
	if at := strings.LastIndexByte(email, '@'); email != "" && (at < 1 || at == len(email)-1) {
		return errors.New("email is not an address")
	}
	return nil
}

// personRequest is the body of POST /identity/workflow/person.
type personRequest struct {
	person  `json:",inline"`
	options `json:",inline"`
	// AdvancedCheck is accepted; the documents do not say what it does.
	AdvancedCheck *bool `json:"advanced_check"`
}

func (q personRequest) check() error {
	if err := q.person.check(q.liveness()); err != nil {
		return err
	}
	return q.options.check()
}

// businessRequest is the body of POST /identity/workflow/business.
type businessRequest struct {
	Name        string `json:"name"`
	Email       string `json:"email"`
	Website     string `json:"website"`
	PhoneNumber string `json:"phone_number"`
	Document    *struct {
		Type string `json:"type"`
		URL  string `json:"url"` // the name of an uploaded file, in spite of its name
	} `json:"document"`
	Address           *address `json:"address"`
	AssociatedPersons []person `json:"associated_persons"`
	options           `json:",inline"`
}

// documentFields maps a document type to the upload field its file came from.
var documentFields = map[string]string{
	"account-statement":     "account_statement",
	"business-registration": "biz_reg",
}

func (q businessRequest) check() error {
	switch {
	case strings.TrimSpace(q.Name) == "":
		return errors.New("name is required")
	case q.Email == "":
		return errors.New("email is required")
	case q.Document == nil:
		return errors.New("document is required")
	case documentFields[q.Document.Type] == "":
		return errors.New("document.type is neither account-statement nor business-registration")
	case q.Document.URL == "":
		return errors.New("document.url is required")
	case q.Address == nil:
		return errors.New("address is required")
	case len(q.AssociatedPersons) == 0:
		return errors.New("associated_persons is required")
	}
	for _, p := range q.AssociatedPersons {
		if err := p.check(q.liveness()); err != nil {
			return errors.New("associated_persons: " + err.Error())
		}
	}
	if err := checkEmail(q.Email); err != nil {
		return err
	}
	return q.options.check()
}

// decode reads a request body. Members that are not known are ignored; a member
// of the wrong type is an error that names it.
func decode(r io.Reader, v any) error {
	err := sandbox.ReadJSON(r, maxRequest, v)
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic):
		return errors.New("wrong type at " + string(semantic.JSONPointer))
	}
	return errors.New("the body is not valid JSON, or too large")
}
