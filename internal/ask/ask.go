// Package ask is the form of questions that ingest puts to the owner of a shard, and of the answers. They travel as
// JSON over a request on the bus; they are never stored.
package ask

import (
	"time"

	"github.com/bonafide-id/bonafide/events"
)

// Question asks about one verification.
type Question struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`           // whose it must be
	AtLeast uint64    `json:"atLeast,omitzero"` // answer only from a state that has seen this input of the shard
	Inputs  bool      `json:"inputs,omitzero"`  // name the inputs that the verification is made of, too
	AsOf    time.Time `json:"asOf,omitzero"`    // as it was then; the zero time is now
	Page    *Page     `json:"page,omitzero"`    // what there is of a page of that check and provider, either of which may be ""
}

// Page is a page of a vendor for the subject: a URL, or that it is being made, or why there is none.
type Page struct {
	Check     string    `json:"check,omitempty"`
	Provider  string    `json:"provider,omitempty"`
	URL       string    `json:"url,omitempty"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Lasts     bool      `json:"lasts,omitzero"` // long enough to be handed out again
	Making    bool      `json:"making,omitzero"`
	Class     string    `json:"class,omitempty"`
	Why       string    `json:"why,omitempty"`
}

// Answer is what the owner knows.
type Answer struct {
	Found     bool         `json:"found,omitzero"`  // false too when the verification is another tenant's, or was not there at AsOf
	Behind    bool         `json:"behind,omitzero"` // the owner has not seen AtLeast in time: ask again
	View      *events.View `json:"view,omitempty"`
	Corrected []uint64     `json:"corrected,omitempty"` // those of Inputs that correct what was claimed; with Inputs only
	Inputs    []uint64     `json:"inputs,omitempty"`    // sequences in the shard's input stream, in order
	Page      *Page        `json:"page,omitempty"`      // nil: there is none, and none is being made
}
