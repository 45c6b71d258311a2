package events

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json"
)

// Outline is where a verification stands, as the data of its opening or of a view begins to tell.
type Outline struct {
	ID, Tenant, Flow, Reference string
	Hold                        bool      // of an opening
	Status                      string    // of a view, as all below
	CreatedAt                   time.Time // zero in an opening
	Revision                    int       // of the decision; 0: there is none
	Result                      string
	InReview                    time.Time // since when a reviewer is waited for; zero: none is
}

// OutlineOf reads the beginning of a message's body and no more of it than it needs, so that what follows is not checked; ok is
// false when it cannot be understood.
func OutlineOf(data []byte) (o Outline, ok bool) {
	if len(data) > 0 && data[0] == compactVersion {
		e, err := unpack(data)
		opened, ok := e.Data.(VerificationOpened)
		return Outline{ID: opened.ID, Tenant: opened.Tenant, Flow: opened.Flow, Reference: opened.Reference, Hold: opened.Hold}, ok && err == nil
	}
	if o, ok = quickOutline(data); ok {
		return o, true
	}
	var all struct {
		ID        string    `json:"id"`
		Tenant    string    `json:"tenant"`
		Flow      string    `json:"flow"`
		Reference string    `json:"reference"`
		Hold      bool      `json:"hold"`
		Status    string    `json:"status"`
		CreatedAt time.Time `json:"createdAt"`
		Decision  struct {
			Revision int    `json:"revision"`
			Result   string `json:"result"`
		} `json:"decision"`
		Review struct {
			Since time.Time `json:"since"`
		} `json:"review"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return Outline{}, false
	}
	if all.Status != inReview {
		all.Review.Since = time.Time{}
	}
	return Outline{ID: all.ID, Tenant: all.Tenant, Flow: all.Flow, Reference: all.Reference, Hold: all.Hold, Status: all.Status,
		CreatedAt: all.CreatedAt, Revision: all.Decision.Revision, Result: all.Decision.Result, InReview: all.Review.Since}, true
}

// inReview is the status of what waits for a reviewer; another has no InReview.
const inReview = "in_review"

// quickOutline takes what quickly has written.
func quickOutline(data []byte) (o Outline, ok bool) {
	r := scanner{b: data, ok: true}
	o.ID = r.str(`{"id":`)
	o.Tenant = r.optWord(`,"tenant":`)
	o.Reference = r.optStr(`,"reference":`)
	o.Flow = r.word(`,"flow":`)
	r.must(`,"flowDigest":`)
	r.text()
	if r.is(`,"status":`) {
		o.Status = intern(r.text())
		o.CreatedAt = r.time(`,"createdAt":`)
		r.time(`,"updatedAt":`)
		r.optTime(`,"deadline":`)
		if o.Status == inReview {
			return o, false // since when stands far behind
		}
		if r.is(`,"decision":`) {
			o.Revision = r.int(`{"revision":`)
			r.bool(`,"final":`)
			o.Result = r.word(`,"result":`)
		}
		return o, r.ok
	}
	o.Reference = r.optStr(`,"reference":`)
	r.must(`,"subjectType":`)
	r.text()
	r.optWord(`,"country":`)
	r.uint(`,"sealed":{"key":`)
	r.must(`,"box":"`)
	if end := bytes.IndexByte(r.b, '"'); end >= 0 {
		r.b = r.b[end:]
	}
	r.must(`"`)
	r.optStr(`,"for":`)
	r.must(`}`)
	if r.at(`,"documents":`) || r.at(`,"parties":`) {
		return o, false
	}
	o.Hold = r.optBool(`,"hold":`)
	return o, r.ok
}
