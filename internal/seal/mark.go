package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Marker makes sums of texts under a key of its own, which comes of a data key: the same text has the same sum as long as
// there is the data key, another key gives another sum, and without the key nobody can try what a sum stands for.
type Marker struct{ key []byte }

const (
	markInfo = "bonafide mark v1"
	markSize = 12 // bytes of a sum: two different texts of one person have the same by chance once in 2^96
)

// Marker returns the marker of a data key.
func (k *Key) Marker() (Marker, error) {
	key, err := hkdf.Key(sha256.New, k.raw[:], nil, markInfo, keySize)
	if err != nil {
		return Marker{}, fault.Wrap(fault.Unknown, "seal.mark", err)
	}
	return Marker{key}, nil
}

// Sum returns the sum of a text as something of a kind: the same text of two kinds has two sums.
func (m Marker) Sum(kind, text string) string {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:markSize])
}

// String hides the key.
func (Marker) String() string { return "marker(hidden)" }

// GoString hides the key.
func (Marker) GoString() string { return "marker(hidden)" }
