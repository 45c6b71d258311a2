package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"encoding/binary"
)

// A wrapped data key, as it lies in the key store:
//
//	1   version
//	8   id of the keyset's key
//	32  HPKE encapsulated key   ┐ the same for every
//	48  HPKE sealed batch key   ┘ data key of a batch
//	12  nonce
//	48  data key under the batch key; the additional data is everything before
const (
	wrapVersion = 1
	keySize     = 32
	tagSize     = 16
	nonceSize   = 12
	encSize     = 32
	headSize    = 1 + idSize + encSize + keySize + tagSize
	wrappedSize = headSize + nonceSize + keySize + tagSize
)

// hpkeInfo ties HPKE contexts to their use.
var hpkeInfo = []byte("bonafide batch key v1")

// head is what all wrapped keys of a batch begin with.
type head [headSize]byte

// wrapper wraps data keys under one batch key.
type wrapper struct {
	head head
	aead cipher.AEAD
	used uint64
}

// newWrapper seals a batch key to the primary key of p.
func newWrapper(p *Public, batch []byte) (*wrapper, error) {
	sealed, err := hpke.Seal(p.keys[p.primary], hpke.HKDFSHA256(), hpke.AES256GCM(), hpkeInfo, batch)
	if err != nil {
		return nil, err
	}
	w := &wrapper{aead: gcm(batch)}
	w.head[0] = wrapVersion
	copy(w.head[1:], p.primary[:])
	copy(w.head[1+idSize:], sealed)
	return w, nil
}

// wrap returns the wrapped form of a data key. Nonces are counted: a batch key is in one sealer only and never stored.
func (w *wrapper) wrap(key []byte) []byte {
	out := make([]byte, headSize+nonceSize, wrappedSize)
	copy(out, w.head[:])
	w.used++
	binary.BigEndian.PutUint64(out[headSize+nonceSize-8:], w.used)
	return w.aead.Seal(out, out[headSize:headSize+nonceSize], key, out[:headSize])
}

// splitWrapped takes a wrapped key apart.
func splitWrapped(b []byte) (h head, nonce, sealed []byte, err error) {
	if len(b) != wrappedSize || b[0] != wrapVersion {
		return h, nil, nil, errWrapped
	}
	copy(h[:], b)
	return h, b[headSize : headSize+nonceSize], b[headSize+nonceSize:], nil
}

// openHead returns the batch key that a head holds.
func openHead(k *Private, h *head) (cipher.AEAD, error) {
	key, ok := k.keys[keyID(h[1:1+idSize])]
	if !ok {
		return nil, errNoKeyset
	}
	batch, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES256GCM(), hpkeInfo, h[1+idSize:])
	if err != nil || len(batch) != keySize {
		return nil, errWrapped
	}
	defer clear(batch)
	return gcm(batch), nil
}

// gcm returns AES-256-GCM under a key of 32 bytes.
func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err == nil {
		var a cipher.AEAD
		if a, err = cipher.NewGCM(block); err == nil {
			return a
		}
	}
	panic("seal: a key that is not 32 bytes long") // all keys here are arrays of ours
}
