package events

// PersonsRequested asks for the own verifications of associated persons. It is a record of the business's shard; the courier
// makes a VerificationOpened of each, from the Party in the business's own.
type PersonsRequested struct {
	ID      string   `json:"id"` // the business
	Tenant  string   `json:"tenant"`
	Opened  uint64   `json:"opened"` // sequence of its VerificationOpened in its shard's input stream
	Persons []string `json:"persons"`
	Round   int      `json:"round,omitzero"` // how often it has asked again
}

// PersonReported tells a business where the verification of one of its persons stands. It is a record of the person's shard
// and an input of the business.
type PersonReported struct {
	ID         string   `json:"id"` // the business
	Tenant     string   `json:"tenant"`
	Person     string   `json:"person"`         // id of the verification
	As         string   `json:"as,omitempty"`   // the id that the business has asked for, where that is another
	Round      int      `json:"round,omitzero"` // how often the business had asked again when it was said
	Seq        uint64   `json:"seq"`            // of the input that made it say so; grows
	Status     string   `json:"status"`
	Revision   int      `json:"revision,omitzero"` // of its decision; 0: it has none
	Result     string   `json:"result,omitempty"`
	Confidence float64  `json:"confidence,omitzero"`
	Reasons    []string `json:"reasons,omitempty"`
}

// PersonReleased tells a person's verification that a business does not need it any more. It is a record of the business's
// shard and an input of the person's.
type PersonReleased struct {
	ID     string `json:"id"` // the person's
	Tenant string `json:"tenant"`
	Parent string `json:"parent"`         // the business
	Erase  bool   `json:"erase,omitzero"` // because it is erased
}

func (PersonsRequested) Type() string { return TypePersonsRequested }
func (PersonReported) Type() string   { return TypePersonReported }
func (PersonReleased) Type() string   { return TypePersonReleased }

func (e PersonsRequested) Key() string { return e.ID }
func (e PersonReported) Key() string   { return e.ID }
func (e PersonReleased) Key() string   { return e.ID }

func (PersonsRequested) payload() {}
func (PersonReported) payload()   {}
func (PersonReleased) payload()   {}
