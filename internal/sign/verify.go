package sign

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
)

// Verdict is what came of checking one decision.
type Verdict struct {
	ID       string    `json:"id,omitempty"`
	Revision int       `json:"revision,omitzero"`
	Result   string    `json:"result,omitempty"`
	Decided  time.Time `json:"decidedAt,omitzero"`
	KeyID    string    `json:"keyId,omitempty"`
	Evidence []string  `json:"evidence,omitempty"` // digests that the signature covers
	Wrong    []Wrong   `json:"wrong,omitempty"`    // none: it is as it was signed
}

// Wrong is one thing that is wrong with a decision.
type Wrong struct {
	Part string `json:"part"` // of the view, of the signature, or an attribute of the event; "" is all of it
	Why  string `json:"why"`
}

// signed is what verifying reads of a view beyond its parts.
type signed struct {
	ID       string           `json:"id"`
	Decision *events.Decision `json:"decision"`
	Details  []struct {
		Evidence []string `json:"evidence"`
	} `json:"details"`
	Signature jsontext.Value `json:"signature"`
}

// Verify checks a view, as an event carries it or the API returns it.
func Verify(view []byte, keys Keys) (v Verdict) {
	wrong := func(part, why string) { v.Wrong = append(v.Wrong, Wrong{part, why}) }
	b, err := canonical(view)
	if err != nil {
		wrong("", err.Error())
		return v
	}
	var s signed
	if err := json.Unmarshal(b, &s); err != nil {
		wrong(pointerOf(err), "not of the form of a view")
		return v
	}
	v.ID = s.ID
	for _, d := range s.Details {
		v.Evidence = append(v.Evidence, d.Evidence...)
	}
	if s.Decision == nil {
		wrong("decision", "there is none")
		return v
	}
	v.Revision, v.Result, v.Decided = s.Decision.Revision, s.Decision.Result, s.Decision.DecidedAt
	if s.Signature == nil {
		wrong("signature", "it is not signed")
		return v
	}
	var sig events.Signature
	if err := json.Unmarshal(s.Signature, &sig, json.RejectUnknownMembers(true)); err != nil {
		wrong("signature"+strings.ReplaceAll(pointerOf(err), "/", "."), "not of the form of a signature")
		return v
	}
	v.KeyID = sig.KeyID
	v.Wrong = append(v.Wrong, parts(b, &sig)...)
	v.Wrong = append(v.Wrong, word(&sig, keys, v.Decided, len(v.Wrong) == 0)...)
	return v
}

// parts names the parts that are not what the signature says of them.
func parts(view []byte, s *events.Signature) (all []Wrong) {
	got, other, err := partsOf(view)
	if err != nil {
		return []Wrong{{"", err.Error()}}
	}
	for _, name := range events.PartNames {
		switch is, was := *got.Named(name), *s.Parts.Named(name); {
		case is == was, is == "" && name == "tenant": // the API leaves the tenant out
		case is == "":
			all = append(all, Wrong{name, "it was signed and is not there"})
		case was == "":
			all = append(all, Wrong{name, "it was not signed"})
		case name == "about":
			all = append(all, Wrong{name, "one of " + strings.Join(scalars, ", ") + " is not what was signed"})
		default:
			all = append(all, Wrong{name, "it is not what was signed"})
		}
	}
	for _, name := range other {
		all = append(all, Wrong{name, "it was not signed"})
	}
	return all
}

// word checks the signature itself: by whom it is and whether it holds for its own list of parts.
func word(s *events.Signature, keys Keys, decided time.Time, whole bool) []Wrong {
	if s.Algorithm != algorithm {
		return []Wrong{{"signature.algorithm", "it is not " + algorithm}}
	}
	key, ok := keys.Find(s.KeyID)
	if !ok {
		return []Wrong{{"signature.keyId", "no such key is among those that are trusted"}}
	}
	value, err := b64.DecodeString(s.Value)
	if err != nil || !ed25519.Verify(key.Key, message(s), value) {
		if whole {
			return []Wrong{{"signature.value", "it does not hold, though every part is what the signature says of it"}}
		}
		return []Wrong{{"signature", "it does not hold for its own list of parts: the list, keyId or value was changed"}}
	}
	if decided.Before(key.From) || !key.Until.IsZero() && !decided.Before(key.Until) {
		return []Wrong{{"signature.keyId", fmt.Sprintf("key %s was not in use when this was decided", s.KeyID)}}
	}
	return nil
}

// pointerOf returns where JSON has another form than expected.
func pointerOf(err error) string {
	var e *json.SemanticError
	if errors.As(err, &e) {
		return string(e.JSONPointer)
	}
	return ""
}
