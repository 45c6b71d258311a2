package events

// Signature says that the resolver has made this view, and that nothing of it has been changed since: whoever has the
// public key can tell, without asking anybody.
//
// Parts are digests of what the view says. What is signed is Algorithm, KeyID and Parts, as RFC 8785 writes them.
type Signature struct {
	Algorithm string `json:"algorithm"` // Ed25519
	KeyID     string `json:"keyId"`
	Parts     Parts  `json:"parts"`
	Value     string `json:"value"` // base64url
}

// Parts holds the SHA-256 of each part of a view in its canonical form (RFC 8785), base64url; an absent part has none. The
// members stand in the order of that form.
type Parts struct {
	About             string `json:"about"` // an object of the members that are no objects or lists: id, flow, status and their like
	Actions           string `json:"actions,omitempty"`
	AssociatedPersons string `json:"associatedPersons,omitempty"`
	Checks            string `json:"checks,omitempty"`
	Decision          string `json:"decision,omitempty"`
	Details           string `json:"details,omitempty"` // with the digests of the evidence
	Failure           string `json:"failure,omitempty"`
	Review            string `json:"review,omitempty"`
	Tenant            string `json:"tenant,omitempty"` // of its own, as the API leaves it out
}

// Named returns the part of that name, or nil.
func (p *Parts) Named(name string) *string {
	switch name {
	case "about":
		return &p.About
	case "actions":
		return &p.Actions
	case "associatedPersons":
		return &p.AssociatedPersons
	case "checks":
		return &p.Checks
	case "decision":
		return &p.Decision
	case "details":
		return &p.Details
	case "failure":
		return &p.Failure
	case "review":
		return &p.Review
	case "tenant":
		return &p.Tenant
	}
	return nil
}

// PartNames are the names of all parts, in canonical order.
var PartNames = []string{"about", "actions", "associatedPersons", "checks", "decision", "details", "failure", "review", "tenant"}

// AppendSigned appends what is signed, in canonical form: the signature without its value.
func (e *Signature) AppendSigned(b []byte) []byte {
	w := writer{b: b, ok: true}
	w.signed("", e)
	w.raw("}")
	return w.b
}

func (w *writer) signature(before string, e *Signature) {
	w.signed(before, e)
	w.str(`,"value":`, e.Value)
	w.raw("}")
}

func (w *writer) signed(before string, e *Signature) {
	w.raw(before)
	w.str(`{"algorithm":`, e.Algorithm)
	w.str(`,"keyId":`, e.KeyID)
	w.str(`,"parts":{"about":`, e.Parts.About)
	w.optStr(`,"actions":`, e.Parts.Actions)
	w.optStr(`,"associatedPersons":`, e.Parts.AssociatedPersons)
	w.optStr(`,"checks":`, e.Parts.Checks)
	w.optStr(`,"decision":`, e.Parts.Decision)
	w.optStr(`,"details":`, e.Parts.Details)
	w.optStr(`,"failure":`, e.Parts.Failure)
	w.optStr(`,"review":`, e.Parts.Review)
	w.optStr(`,"tenant":`, e.Parts.Tenant)
	w.raw("}")
}

func (r *scanner) signature(before string) (e Signature) {
	r.must(before)
	e.Algorithm = r.word(`{"algorithm":`)
	e.KeyID = r.word(`,"keyId":`)
	e.Parts.About = r.str(`,"parts":{"about":`)
	e.Parts.Actions = r.optStr(`,"actions":`)
	e.Parts.AssociatedPersons = r.optStr(`,"associatedPersons":`)
	e.Parts.Checks = r.optStr(`,"checks":`)
	e.Parts.Decision = r.optStr(`,"decision":`)
	e.Parts.Details = r.optStr(`,"details":`)
	e.Parts.Failure = r.optStr(`,"failure":`)
	e.Parts.Review = r.optStr(`,"review":`)
	e.Parts.Tenant = r.optWord(`,"tenant":`)
	e.Value = r.str(`},"value":`)
	r.must("}")
	return e
}
