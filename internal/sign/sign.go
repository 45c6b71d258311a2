package sign

import (
	"crypto/ed25519"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

// algorithm is the word for the only one that there is.
const algorithm = "Ed25519"

// Sign signs a view: the same view gets the same signature every time. It is safe for concurrent use.
func (k *Key) Sign(v *events.View) error {
	v.Signature = nil
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	if b, err = canonical(b); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	parts, _, err := partsOf(b)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	s := &events.Signature{Algorithm: algorithm, KeyID: k.id, Parts: parts}
	s.Value = b64.EncodeToString(ed25519.Sign(k.private, message(s)))
	v.Signature = s
	return nil
}
