package providers

import (
	"encoding"
	"errors"
	"fmt"
	"strings"
)

// Secret is a credential. It is read from the environment, is never empty once it is set, and does not print: not by
// %v, %+v or %#v, not inside another struct, not in JSON or a structured log. Only Reveal gives it away.
type Secret struct {
	value *string // a pointer, because fmt prints what an unexported field points to as an address only
}

const hidden = "(secret)"

var _ encoding.TextMarshaler = Secret{}

// NewSecret returns s as a Secret; an empty s is the zero Secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal returns the credential, or "" when none was set.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says that none was set.
func (s Secret) IsZero() bool { return s.value == nil }

// EnvDecode sets s from a variable; space around it is dropped.
func (s *Secret) EnvDecode(v string) error {
	*s = NewSecret(strings.TrimSpace(v))
	return nil
}

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the secret from JSON and from structured logs.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Secrets are credentials that are all live at once, so that one can be rotated. From the environment: a comma list.
type Secrets []Secret

// EnvDecode sets s from a comma list. An empty element is an error: an empty key would let everybody sign.
func (s *Secrets) EnvDecode(v string) error {
	*s = nil
	if strings.TrimSpace(v) == "" {
		return nil
	}
	for i, part := range strings.Split(v, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			return fmt.Errorf("element %d of the list is empty", i+1)
		}
		*s = append(*s, NewSecret(part))
	}
	return nil
}

// Any says whether ok holds for one of the secrets. It asks for all of them, so that the time it takes does not tell
// which one was right.
func (s Secrets) Any(ok func(secret string) bool) bool {
	found := false
	for _, one := range s {
		if !one.IsZero() && ok(one.Reveal()) {
			found = true
		}
	}
	return found
}

// errEmpty is what is wrong with a variable that is there and holds nothing.
var errEmpty = errors.New("is set but empty")
