package sign

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Key signs. It does not print.
type Key struct {
	id      string
	private ed25519.PrivateKey
}

// String hides the key.
func (Key) String() string { return "key(hidden)" }

// GoString hides the key.
func (Key) GoString() string { return "key(hidden)" }

// ID names the key: the beginning of the digest of its public half.
func (k *Key) ID() string { return k.id }

// Generate returns a key made of what random gives.
func Generate(random io.Reader) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("sign: make a key: %w", err)
	}
	return fromSeed(seed), nil
}

func fromSeed(seed []byte) *Key {
	private := ed25519.NewKeyFromSeed(seed)
	return &Key{id: idOf(private.Public().(ed25519.PublicKey)), private: private}
}

// idOf is short enough to travel with every decision and long enough that nobody makes a second key for it. It does not begin
// with a dash: people write it on command lines.
func idOf(k ed25519.PublicKey) string {
	sum := sha256.Sum256(k)
	id := base64.RawURLEncoding.EncodeToString(sum[:16])
	if id[0] == '-' {
		return "_" + id[1:]
	}
	return id
}

// jwk is a key as RFC 8037 writes it. From and Until are ours, in seconds, as nbf and exp of RFC 7519.
type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	ID    string `json:"kid"`
	Use   string `json:"use,omitempty"`
	Alg   string `json:"alg,omitempty"`
	X     string `json:"x"`
	D     string `json:"d,omitempty"`
	From  int64  `json:"nbf,omitzero"`
	Until int64  `json:"exp,omitzero"`
}

var b64 = base64.RawURLEncoding.Strict()

// public returns the public half if the key is one of ours and has its own name.
func (j jwk) public() (ed25519.PublicKey, error) {
	x, err := b64.DecodeString(j.X)
	if j.Type != "OKP" || j.Curve != "Ed25519" || err != nil || len(x) != ed25519.PublicKeySize {
		return nil, errors.New("a key is not kty OKP, crv Ed25519 with its x")
	}
	if idOf(x) != j.ID {
		return nil, fmt.Errorf("key %q has another kid than its x gives", j.ID)
	}
	return x, nil
}

// ReadKey reads a signing key: a JWK with its private half. A file that others than its owner may read is refused, unless
// only its group may: that is how Kubernetes mounts secrets. The error names the file and repeats nothing of it.
func ReadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("everybody may read %s; chmod 600 it", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(b)
	var j jwk
	if err := json.Unmarshal(b, &j); err != nil {
		return nil, fmt.Errorf("%s: not a JSON Web Key", path)
	}
	seed, err := b64.DecodeString(j.D)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s: not a private Ed25519 key", path)
	}
	k := fromSeed(seed)
	if k.id != j.ID {
		return nil, fmt.Errorf("%s: the kid is not that of the key", path)
	}
	return k, nil
}

// Write writes the key to a file that was not there and that only its owner may read. It is a secret.
func (k *Key) Write(path string) error {
	public := k.private.Public().(ed25519.PublicKey)
	b, err := json.Marshal(jwk{Type: "OKP", Curve: "Ed25519", ID: k.id, X: b64.EncodeToString(public), D: b64.EncodeToString(k.private.Seed())}, jsontext.WithIndent("  "))
	if err != nil {
		return errors.New("sign: write a key")
	}
	defer clear(b)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Close())
}
