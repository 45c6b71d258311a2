// Package ida writes what vendors found about a person as verified_claims of OpenID Identity Assurance (OpenID Identity
// Assurance Schema Definition 1.0). It is pure.
//
// Claims are told only of a subject whose decision is true. One is told as a vendor read it, when its component is true or,
// where the flow does not ask for the component, the document is that it was read from. Where a vendor says that a component
// is true and does not say what it read, the claim is told as it was made: that is what the vendor found to be true.
//
// It is about natural persons, as the specification is: that has no claims about businesses.
package ida

import (
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

// framework is our trust framework: a decision by the rules of a named flow. None of the registered names says that, and
// which law a flow satisfies is for its owner to say.
const framework = "bonafide"

// Source is what one check has read about the person, and of which components it counts.
type Source struct {
	Organization string // the vendor's own name
	Operation    string
	At           time.Time // when the vendor said so
	Components   []string  // those of the decision's details that are true by this check
	Read         *subject.Person
	Claimed      *subject.Person
}

// Document is the answer: who, and what is verified of them.
type Document struct {
	Sub    string `json:"sub"`             // the verification's id: who the person is elsewhere is not ours to say
	Claims any    `json:"verified_claims"` // one verifiedClaims, or a list where several checks have found something
}

type verifiedClaims struct {
	Verification verification `json:"verification"`
	Claims       claims       `json:"claims"`
}

type verification struct {
	TrustFramework string     `json:"trust_framework"`
	Process        process    `json:"assurance_process"`
	Time           string     `json:"time"` // of the decision
	Verification   string     `json:"verification_process"`
	Evidence       []evidence `json:"evidence"`
}

// process names the rules: the flow, and the digest of the version that decided.
type process struct {
	Policy    string `json:"policy"`
	Procedure string `json:"procedure"`
}

// Write returns what the sources verify of the person of v; false when that is nothing.
func Write(v events.View, sources []Source) (Document, bool) {
	if v.Decision == nil || v.Decision.Result != "true" {
		return Document{}, false
	}
	var all []verifiedClaims
	for _, s := range sources {
		c := claimsOf(v.Details, s)
		if c == (claims{}) {
			continue
		}
		all = append(all, verifiedClaims{Claims: c, Verification: verification{
			TrustFramework: framework, Process: process{Policy: v.Flow, Procedure: v.FlowDigest},
			Time: stamp(v.Decision.DecidedAt), Verification: v.ID, Evidence: evidenceOf(s),
		}})
	}
	switch len(all) {
	case 0:
		return Document{}, false
	case 1:
		return Document{Sub: v.ID, Claims: all[0]}, true
	}
	return Document{Sub: v.ID, Claims: all}, true
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04Z") // to the minute: the form of the specification's time element
}
