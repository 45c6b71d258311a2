package courier

import "github.com/bonafide-id/bonafide/events"

// opening returns what opens the verification of the person whom a business's request knows by that id; ok is false when it
// knows nobody.
func opening(business *events.VerificationOpened, id string, round int) (o events.VerificationOpened, ok bool) {
	for i := range business.Parties {
		p := &business.Parties[i]
		if p.Sealed == nil || !same(p.ID, id) && !same(p.Own, id) {
			continue
		}
		o = events.VerificationOpened{ID: id, Tenant: business.Tenant, Flow: p.Flow, FlowDigest: p.FlowDigest, SubjectType: "person", Country: p.Country,
			Sealed: *p.Sealed, Documents: p.Documents, RequestedAt: business.RequestedAt, Parent: &events.Parent{ID: business.ID, Round: round}}
		if business.Reference != "" {
			o.Reference = business.Reference + "/" + p.Reference
		}
		return o, true
	}
	return o, false
}

func same(a, b string) bool { return events.IdentityOf(a) == events.IdentityOf(b) }
