package seal

import (
	"io"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// SealAlone seals what belongs to no verification: a secret of the service itself. Its key travels in front of it, wrapped for
// the keyset, so that nothing has to be stored elsewhere and nothing erases it but its own removal. Errors: Transient without
// randomness, Unauthorized when the keyset cannot be sealed to.
func (o *Opener) SealAlone(a AAD, plaintext []byte) ([]byte, error) {
	raw := make([]byte, 2*keySize)
	defer clear(raw)
	if _, err := io.ReadFull(o.random, raw); err != nil {
		return nil, errRandom
	}
	w, err := newWrapper(o.private.Public(), raw[:keySize])
	if err != nil {
		return nil, fault.Wrap(fault.Unauthorized, "seal.alone", err)
	}
	box, err := newKey(0, raw[keySize:], o.random).Seal(a, plaintext)
	if err != nil {
		return nil, err
	}
	return append(w.wrap(raw[keySize:]), box.Box...), nil
}

// OpenAlone returns what SealAlone has sealed for a. Errors: Malformed when it was sealed for another purpose or is damaged,
// Unauthorized when the keyset lacks the key.
func (o *Opener) OpenAlone(a AAD, sealed []byte) ([]byte, error) {
	if len(sealed) < wrappedSize {
		return nil, errBox
	}
	raw, err := o.unwrap(sealed[:wrappedSize])
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	return newKey(0, raw, o.random).Open(a, sealed[wrappedSize:])
}
