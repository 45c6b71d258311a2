package persona

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// ref is what we remember of a check at the vendor. It holds no personal data. It is stored: add members, never change one.
type ref struct {
	ID        string    `json:"id,omitempty"`
	Attempt   int       `json:"attempt,omitzero"` // which attempt of ours the rest is about
	Keys      int       `json:"keys,omitzero"`    // idempotency keys of this attempt that are spoiled
	All       bool      `json:"all,omitzero"`     // params: every attempt must have passed
	Workflow  bool      `json:"workflow,omitzero"`
	AML       bool      `json:"aml,omitzero"` // the flow wants the reports
	Link      string    `json:"link,omitzero"`
	LinkUntil time.Time `json:"linkUntil,omitzero"`
	LinkFor   string    `json:"linkFor,omitzero"` // the verification that the subject must do again by this link
	Told      string    `json:"told,omitzero"`    // the status that the inquiry has because we said so
}

// parseRef reads a ref; the absent one is the zero ref.
func parseRef(v jsontext.Value) (ref, error) {
	var r ref
	if len(v) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(v, &r); err != nil {
		return ref{}, fault.New(fault.Malformed, "persona.ref", "the reference is not ours")
	}
	return r, nil
}
