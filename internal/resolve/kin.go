package resolve

import (
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// kinOf says what an effect has to say to another verification, or nil. The courier carries it there.
func kinOf(s *decision.State, e decision.Effect) events.Payload {
	switch e := e.(type) {
	case decision.Begin:
		p := events.PersonsRequested{ID: s.ID, Tenant: s.Tenant, Persons: e.Persons, Round: e.Round}
		if len(s.Inputs) > 0 {
			p.Opened = s.Inputs[0]
		}
		return p
	case decision.Tell:
		p := events.PersonReported{ID: e.Parent, Tenant: s.Tenant, Person: s.ID, Round: e.Round, Seq: e.Word.Seq, Status: e.Word.Status, Revision: e.Word.Revision,
			Result: e.Word.Result, Confidence: e.Word.Confidence, Reasons: e.Word.Reasons}
		if e.As != s.ID {
			p.As = e.As
		}
		return p
	case decision.Release:
		return events.PersonReleased{ID: e.Person, Tenant: s.Tenant, Parent: s.ID, Erase: e.Erase}
	case decision.Forget:
		return events.SubjectErased{ID: s.ID, Tenant: s.Tenant}
	}
	return nil
}
