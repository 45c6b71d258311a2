package bive

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// record is a workflow as the vendor shows it.
type record struct {
	ID             string       `json:"id"`
	VerificationID string       `json:"verification_id"` // instead of id, perhaps, when it is created
	Status         string       `json:"status"`
	Input          *input       `json:"input"`
	Final          *final       `json:"final_result"`
	Details        []component  `json:"details"`
	Persons        []associated `json:"associated_persons"`
	Links          []link       `json:"liveness_checks"`
}

type input struct {
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	BusinessName string `json:"business_name"`
}

type final struct {
	Result     word     `json:"result"`
	Confidence *float64 `json:"confidence"`
	Reasoning  prose    `json:"reasoning"`
}

type component struct {
	Component string `json:"component"`
	Result    word   `json:"result"`
	Reasoning prose  `json:"reasoning"`
}

type associated struct {
	Name   string `json:"name"`
	Result word   `json:"result"`
}

type link struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Status string `json:"status"`
}

func (r record) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.VerificationID
}

// word is a result: a string at this vendor. JSON's own true and false are accepted, and remembered as odd.
type word struct {
	text string
	bare bool
}

// UnmarshalJSON accepts a string, true, false and null.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = word{}
	switch jsontext.Value(b).Kind() {
	case 't', 'f':
		*w = word{text: string(b), bare: true}
		return nil
	}
	return json.Unmarshal(b, &w.text)
}

// prose is a sentence of the vendor's. It is searched for words and never repeated: it may speak of the person.
type prose string

// UnmarshalJSON accepts a string; what is none says nothing.
func (p *prose) UnmarshalJSON(b []byte) error {
	*p = ""
	if jsontext.Value(b).Kind() == '"' {
		return json.Unmarshal(b, (*string)(p))
	}
	return nil
}

// unclear reports whether the sentence speaks of a picture that cannot be read.
func (p prose) unclear() bool {
	said := strings.ToLower(string(p))
	return slices.ContainsFunc(unclear, func(w string) bool { return strings.Contains(said, w) })
}

// firstRecord reads what may be {"data":[{…}]}, {"data":{…}} or the bare record.
func firstRecord(body []byte) (record, error) {
	var envelope struct {
		Data jsontext.Value `json:"data"`
	}
	malformed := func(err error) error { return fault.Wrap(fault.Malformed, "bive.read", err) }
	if err := strictjson.Unmarshal(body, &envelope); err != nil {
		return record{}, malformed(err)
	}
	one := record{}
	switch value := jsontext.Value(bytes.TrimSpace(envelope.Data)); value.Kind() {
	case '[':
		var all []record
		if err := strictjson.Unmarshal(value, &all); err != nil {
			return one, malformed(err)
		}
		if len(all) == 0 {
			return one, fault.New(fault.Malformed, "bive.read", "the reply has no record")
		}
		one = all[0]
	case '{':
		if err := strictjson.Unmarshal(value, &one); err != nil {
			return one, malformed(err)
		}
	default:
		if err := strictjson.Unmarshal(body, &one); err != nil {
			return one, malformed(err)
		}
	}
	if one.id() == "" {
		return one, fault.New(fault.Malformed, "bive.read", "the record has no id")
	}
	return one, nil
}
