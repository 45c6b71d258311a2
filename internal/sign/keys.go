package sign

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Keys are public keys, oldest first: those that sign now and those that have signed before. What an old one has signed
// stays good.
type Keys []Public

// Public is a public key and when decisions are made that it may have signed. A zero Until has not come yet.
type Public struct {
	ID    string
	Key   ed25519.PublicKey
	From  time.Time
	Until time.Time
}

// Public returns the half that checks, for decisions from a moment on.
func (k *Key) Public(from time.Time) Public {
	return Public{ID: k.id, Key: k.private.Public().(ed25519.PublicKey), From: from.UTC().Truncate(time.Second)}
}

// Find returns the key of that id.
func (ks Keys) Find(id string) (*Public, bool) {
	for i := range ks {
		if ks[i].ID == id {
			return &ks[i], true
		}
	}
	return nil, false
}

type jwkSet struct {
	Keys []jwk `json:"keys"`
}

// Marshal writes the keys as a JSON Web Key Set (RFC 7517, RFC 8037).
func (ks Keys) Marshal() ([]byte, error) {
	set := jwkSet{Keys: []jwk{}}
	for _, k := range ks {
		j := jwk{Type: "OKP", Curve: "Ed25519", ID: k.ID, Use: "sig", Alg: "EdDSA", X: b64.EncodeToString(k.Key), From: k.From.Unix()}
		if !k.Until.IsZero() {
			j.Until = k.Until.Unix()
		}
		set.Keys = append(set.Keys, j)
	}
	b, err := json.Marshal(set, jsontext.WithIndent("  "))
	return append(b, '\n'), err
}

// ParseKeys reads what Marshal has written. A set that holds a private half is refused: it must not be handed on.
func ParseKeys(b []byte) (Keys, error) {
	var set jwkSet
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	ks := Keys{}
	for _, j := range set.Keys {
		if j.D != "" {
			return nil, errors.New("a private key is among the public ones")
		}
		k, err := j.public()
		if err != nil {
			return nil, err
		}
		p := Public{ID: j.ID, Key: k, From: time.Unix(j.From, 0).UTC()}
		if j.Until != 0 {
			p.Until = time.Unix(j.Until, 0).UTC()
		}
		if _, twice := ks.Find(p.ID); twice {
			return nil, fmt.Errorf("key %s is there twice", p.ID)
		}
		ks = append(ks, p)
	}
	return ks, nil
}

// ReadKeys reads a file of public keys.
func ReadKeys(path string) (Keys, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ks, err := ParseKeys(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ks, nil
}

// Write writes a file of public keys, as a whole or not at all.
func (ks Keys) Write(path string) error {
	b, err := ks.Marshal()
	if err != nil {
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, b, 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// Add writes a public key to a file of them, which may not be there yet; one that is in it already stays as it is.
func Add(path string, k Public) (Keys, error) {
	ks, err := ReadKeys(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, there := ks.Find(k.ID); there {
		return ks, nil
	}
	ks = append(ks, k)
	return ks, ks.Write(path)
}
