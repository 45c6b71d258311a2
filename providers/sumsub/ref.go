package sumsub

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// ref is what we remember of a check at the vendor. It holds no personal data.
type ref struct {
	account
	Asked  []string `json:"asked,omitempty"`  // the components that the flow wants
	People []member `json:"people,omitempty"` // of a business
}

// account is one applicant. The link is where the subject goes as long as nothing has been handed in.
type account struct {
	ID        string    `json:"id"`
	Attempts  int       `json:"attempts,omitzero"` // the vendor's count when we last saw a verdict
	Of        int       `json:"of,omitzero"`       // the attempt of ours that saw it
	Link      string    `json:"link,omitzero"`
	LinkUntil time.Time `json:"linkUntil,omitzero"`
}

// member is a person of a business who is an applicant too.
type member struct {
	account
	Reference string `json:"reference"`
}

// parseRef reads a ref; the absent one is the zero ref.
func parseRef(v jsontext.Value) (ref, error) {
	var r ref
	if len(v) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(v, &r); err != nil {
		return ref{}, fault.New(fault.Malformed, readOperation, "the reference is not ours")
	}
	return r, nil
}

// of returns the account of a reference, the subject's for "", or nil when that person is no applicant.
func (r *ref) of(reference string) *account {
	if reference == "" {
		return &r.account
	}
	for i := range r.People {
		if r.People[i].Reference == reference {
			return &r.People[i].account
		}
	}
	return nil
}

// last returns what was known of an applicant, or nothing.
func (r *ref) last(reference, id string) account {
	if at := r.of(reference); at != nil && at.ID == id {
		return *at
	}
	return account{}
}

// member returns the person of a reference, whom it adds if need be.
func (r *ref) member(reference string) *account {
	for i := range r.People {
		if r.People[i].Reference == reference {
			return &r.People[i].account
		}
	}
	r.People = append(r.People, member{Reference: reference})
	return &r.People[len(r.People)-1].account
}
