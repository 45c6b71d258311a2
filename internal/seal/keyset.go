package seal

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// idSize is the size of a key's id: the beginning of the digest of its public half.
const idSize = 8

type keyID [idSize]byte

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// Public is the half of a keyset that seals.
type Public struct {
	primary keyID
	keys    map[keyID]hpke.PublicKey
	order   []keyID
}

// String hides the keys.
func (Public) String() string { return "keyset(public)" }

// GoString hides the keys.
func (Public) GoString() string { return "keyset(public)" }

// Private is a whole keyset: it seals and opens. It does not print.
type Private struct {
	public Public
	keys   map[keyID]hpke.PrivateKey
}

// String hides the keys.
func (Private) String() string { return "keyset(hidden)" }

// GoString hides the keys.
func (Private) GoString() string { return "keyset(hidden)" }

// Generate returns a keyset with one key, made of what random gives.
func Generate(random io.Reader) (*Private, error) {
	return (&Private{keys: map[keyID]hpke.PrivateKey{}, public: Public{keys: map[keyID]hpke.PublicKey{}}}).Rotate(random)
}

// Rotate returns a keyset with one more key, which is the primary: what is sealed from then on is sealed to it, what
// was sealed before still opens.
func (k *Private) Rotate(random io.Reader) (*Private, error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("seal: make a key: %w", err)
	}
	key, err := kem().DeriveKeyPair(seed)
	clear(seed)
	if err != nil {
		return nil, fmt.Errorf("seal: make a key: %w", err)
	}
	next := &Private{keys: map[keyID]hpke.PrivateKey{}, public: Public{keys: map[keyID]hpke.PublicKey{}}}
	for _, id := range k.public.order {
		next.add(k.keys[id])
	}
	next.public.primary = next.add(key)
	return next, nil
}

func (k *Private) add(key hpke.PrivateKey) keyID {
	id := k.public.add(key.PublicKey())
	k.keys[id] = key
	return id
}

func (p *Public) add(key hpke.PublicKey) keyID {
	sum := sha256.Sum256(key.Bytes())
	id := keyID(sum[:idSize])
	if _, twice := p.keys[id]; !twice {
		p.order = append(p.order, id)
	}
	p.keys[id] = key
	return id
}

// Public returns the half that seals.
func (k *Private) Public() *Public { return &k.public }

// The form of a keyset's file.
type keysetFile struct {
	Primary string    `json:"primary"`
	Keys    []keyFile `json:"keys"`
}

type keyFile struct {
	ID      string `json:"id"`
	KEM     string `json:"kem"`
	Public  []byte `json:"public"`
	Private []byte `json:"private,omitempty"`
}

const kemName = "x25519"

// ErrPrivate says that a file holds the private half where only the public one belongs.
var ErrPrivate = errors.New("seal: the file holds private keys; this service needs only the public half")

// MarshalPublic returns the public half as JSON.
func (p *Public) MarshalPublic() ([]byte, error) { return encodeKeyset(p, nil) }

// MarshalPrivate returns the whole keyset as JSON. It is a secret.
func (k *Private) MarshalPrivate() ([]byte, error) { return encodeKeyset(&k.public, k.keys) }

func encodeKeyset(p *Public, private map[keyID]hpke.PrivateKey) ([]byte, error) {
	f := keysetFile{Primary: hex.EncodeToString(p.primary[:])}
	for _, id := range p.order {
		kf := keyFile{ID: hex.EncodeToString(id[:]), KEM: kemName, Public: p.keys[id].Bytes()}
		if private != nil {
			b, err := private[id].Bytes()
			if err != nil {
				return nil, fmt.Errorf("seal: write a keyset: %w", err)
			}
			kf.Private = b
		}
		f.Keys = append(f.Keys, kf)
	}
	b, err := json.Marshal(f, jsontext.WithIndent("  "))
	if err != nil {
		return nil, errors.New("seal: write a keyset")
	}
	return append(b, '\n'), nil
}

// ParsePrivate reads a whole keyset.
func ParsePrivate(file []byte) (*Private, error) {
	f, err := parseFile(file)
	if err != nil {
		return nil, err
	}
	k := &Private{keys: map[keyID]hpke.PrivateKey{}, public: Public{keys: map[keyID]hpke.PublicKey{}}}
	for i, kf := range f.Keys {
		if len(kf.Private) == 0 {
			return nil, fmt.Errorf("seal: key %d of the keyset has no private half", i+1)
		}
		key, err := kem().NewPrivateKey(kf.Private)
		if err != nil {
			return nil, fmt.Errorf("seal: key %d of the keyset is not valid", i+1)
		}
		if id := k.add(key); hex.EncodeToString(id[:]) != kf.ID {
			return nil, fmt.Errorf("seal: key %d of the keyset does not fit its id", i+1)
		}
	}
	return k, k.public.choose(f.Primary)
}

// ParsePublic reads the public half. A file with private keys in it is refused with ErrPrivate.
func ParsePublic(file []byte) (*Public, error) {
	f, err := parseFile(file)
	if err != nil {
		return nil, err
	}
	p := &Public{keys: map[keyID]hpke.PublicKey{}}
	for i, kf := range f.Keys {
		if len(kf.Private) > 0 {
			return nil, ErrPrivate
		}
		key, err := kem().NewPublicKey(kf.Public)
		if err != nil {
			return nil, fmt.Errorf("seal: key %d of the keyset is not valid", i+1)
		}
		if id := p.add(key); hex.EncodeToString(id[:]) != kf.ID {
			return nil, fmt.Errorf("seal: key %d of the keyset does not fit its id", i+1)
		}
	}
	return p, p.choose(f.Primary)
}

func parseFile(file []byte) (keysetFile, error) {
	var f keysetFile
	if err := json.Unmarshal(file, &f, json.RejectUnknownMembers(true)); err != nil {
		return f, errors.New("seal: the keyset is not JSON of the expected form") // the cause may quote a key
	}
	if len(f.Keys) == 0 {
		return f, errors.New("seal: the keyset has no key")
	}
	for i, k := range f.Keys {
		if k.KEM != kemName {
			return f, fmt.Errorf("seal: key %d of the keyset is of an unknown kind", i+1)
		}
	}
	return f, nil
}

func (p *Public) choose(primary string) error {
	b, err := hex.DecodeString(primary)
	if err == nil && len(b) == idSize {
		if _, ok := p.keys[keyID(b)]; ok {
			p.primary = keyID(b)
			return nil
		}
	}
	return errors.New("seal: the keyset's primary is none of its keys")
}

// ReadPrivate reads a whole keyset from the file that KEYSET_FILE names. A file that others than its owner may read is
// refused, unless only its group may: that is how Kubernetes mounts secrets.
func ReadPrivate(path string) (*Private, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("seal: KEYSET_FILE: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("seal: KEYSET_FILE: everybody may read %s; chmod 600 it", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("seal: KEYSET_FILE: %w", err)
	}
	defer clear(b)
	return ParsePrivate(b)
}

// ReadPublic reads the public half from the file that KEYSET_FILE names.
func ReadPublic(path string) (*Public, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("seal: KEYSET_FILE: %w", err)
	}
	return ParsePublic(b)
}

// WritePrivate writes the whole keyset to a new file that only its owner may read. It never replaces a file: what was
// sealed to a lost key is lost.
func (k *Private) WritePrivate(path string) error {
	b, err := k.MarshalPrivate()
	if err != nil {
		return err
	}
	defer clear(b)
	return writeNew(path, b, 0o600)
}

// WritePublic writes the public half to a new file.
func (p *Public) WritePublic(path string) error {
	b, err := p.MarshalPublic()
	if err != nil {
		return err
	}
	return writeNew(path, b, 0o644)
}

func writeNew(path string, b []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("seal: write a keyset: %w", err)
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
