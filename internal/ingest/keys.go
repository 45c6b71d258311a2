package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/bonafide-id/bonafide/events"
)

// The scopes. ScopeAdmin includes writing and reading verifications, neither reviews nor subjects.
const (
	ScopeWrite    = "verifications:write"
	ScopeRead     = "verifications:read"
	ScopeReview   = "reviews:decide"
	ScopeSubjects = "subjects:read"
	ScopeAdmin    = "admin"
)

var allScopes = []string{ScopeWrite, ScopeRead, ScopeReview, ScopeSubjects, ScopeAdmin}

// Credential is what an API key stands for. The key itself is not kept.
type Credential struct {
	ID     string // names the key in logs and reviews: the beginning of its hash
	Tenant string
	scopes []string
}

// May reports whether the credential has a scope.
func (c *Credential) May(scope string) bool {
	return slices.Contains(c.scopes, scope) || (scope == ScopeWrite || scope == ScopeRead) && slices.Contains(c.scopes, ScopeAdmin)
}

// Keys are the API keys that are known, by the SHA-256 of the key: what the time of a lookup could tell is of the hash,
// which nobody can steer. Keys are not changed while they are in use.
type Keys struct {
	byHash map[[sha256.Size]byte]*Credential
}

// NewKeys returns no keys.
func NewKeys() *Keys { return &Keys{byHash: map[[sha256.Size]byte]*Credential{}} }

// AddKey adds a key of a tenant; without scopes it has every scope.
func (k *Keys) AddKey(key, tenant string, scopes ...string) error {
	if key == "" {
		return errors.New("the key is empty")
	}
	return k.add(sha256.Sum256([]byte(key)), tenant, scopes)
}

func (k *Keys) add(hash [sha256.Size]byte, tenant string, scopes []string) error {
	if !events.ValidToken(tenant) {
		return errors.New("tenant: must be 1 to 64 of a-z, 0-9, _ and -")
	}
	for _, s := range scopes {
		if !slices.Contains(allScopes, s) {
			return fmt.Errorf("scopes: %q is none of %s", s, strings.Join(allScopes, ", "))
		}
	}
	if len(scopes) == 0 {
		scopes = allScopes
	}
	if _, twice := k.byHash[hash]; twice {
		return errors.New("the same key stands there twice")
	}
	k.byHash[hash] = &Credential{ID: "key-" + hex.EncodeToString(hash[:6]), Tenant: tenant, scopes: scopes}
	return nil
}

// Len returns how many keys there are.
func (k *Keys) Len() int { return len(k.byHash) }

// find returns the credential of an Authorization header.
func (k *Keys) find(authorization string) (*Credential, bool) {
	scheme, key, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, false
	}
	c, ok := k.byHash[sha256.Sum256([]byte(strings.TrimSpace(key)))]
	return c, ok
}

type keysFile struct {
	Keys []struct {
		Key    string   `yaml:"key"`
		Hash   string   `yaml:"hash"`
		Tenant string   `yaml:"tenant"`
		Scopes []string `yaml:"scopes"`
	} `yaml:"keys"`
}

// ReadKeys adds the keys of a file:
//
//	keys:
//	  - key: "…"              # or hash: "sha256:…" of the key, in hexadecimal
//	    tenant: acme
//	    scopes: ["verifications:write", "verifications:read"]
//
// In a file the scopes must be named. The error lists every problem, and repeats no key.
func (k *Keys) ReadKeys(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var f keysFile
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, false))
	}
	var problems []error
	if len(f.Keys) == 0 {
		problems = append(problems, fmt.Errorf("%s: keys: there are none", path))
	}
	for i, e := range f.Keys {
		if err := k.addEntry(e.Key, e.Hash, e.Tenant, e.Scopes); err != nil {
			problems = append(problems, fmt.Errorf("%s: keys[%d]: %w", path, i, err))
		}
	}
	return errors.Join(problems...)
}

func (k *Keys) addEntry(key, hash, tenant string, scopes []string) error {
	switch {
	case (key == "") == (hash == ""):
		return errors.New("either key or hash must be there")
	case len(scopes) == 0:
		return errors.New("scopes: there are none")
	case key != "":
		return k.AddKey(key, tenant, scopes...)
	}
	digits, ok := strings.CutPrefix(hash, "sha256:")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != sha256.Size {
		return errors.New(`hash: must be "sha256:" and 64 hexadecimal digits`)
	}
	return k.add([sha256.Size]byte(b), tenant, scopes)
}
