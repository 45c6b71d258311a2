package seal

import (
	"crypto/cipher"
	"io"

	"github.com/bonafide-id/bonafide/events"
)

// A box: 1 byte version, 12 bytes nonce, ciphertext and tag.
const (
	boxVersion  = 1
	boxOverhead = 1 + nonceSize + tagSize
)

// Key is a data key at hand. It is safe for concurrent use and does not print.
type Key struct {
	number uint64
	raw    [keySize]byte // for streams, which derive their own
	aead   cipher.AEAD
	random io.Reader
}

func newKey(number uint64, raw []byte, random io.Reader) *Key {
	k := &Key{number: number, aead: gcm(raw), random: random}
	copy(k.raw[:], raw)
	return k
}

// Number returns the key's number in the key store.
func (k *Key) Number() uint64 { return k.number }

// String hides the key.
func (*Key) String() string { return "key(hidden)" }

// GoString hides the key.
func (*Key) GoString() string { return "key(hidden)" }

// Seal returns plaintext in a box that opens only for a.
func (k *Key) Seal(a AAD, plaintext []byte) (events.Sealed, error) {
	box := make([]byte, 1+nonceSize, boxOverhead+len(plaintext))
	box[0] = boxVersion
	if _, err := io.ReadFull(k.random, box[1:]); err != nil {
		return events.Sealed{}, errRandom
	}
	room := aads.Get().(*[aadSize]byte)
	defer aads.Put(room)
	box = k.aead.Seal(box, box[1:1+nonceSize], plaintext, a.bytes(room[:0]))
	return events.Sealed{Key: k.number, Box: box}, nil
}

// Open returns what is in a box that was sealed under the key for a; an error has class Malformed.
func (k *Key) Open(a AAD, box []byte) ([]byte, error) {
	if len(box) < boxOverhead || box[0] != boxVersion {
		return nil, errBox
	}
	room := aads.Get().(*[aadSize]byte)
	defer aads.Put(room)
	plaintext, err := k.aead.Open(nil, box[1:1+nonceSize], box[1+nonceSize:], a.bytes(room[:0]))
	if err != nil {
		return nil, errBox
	}
	return plaintext, nil
}
