package seal

import (
	"encoding/binary"
	"sync"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// AAD says what a box is and whose. It is not secret and not kept in the box: a box opens only for who names the same.
type AAD struct {
	Verification string
	Kind         string
	Tenant       string
}

// The kinds of boxes. The words are part of every box: add, never edit.
const (
	KindDossier    = "dossier"
	KindDocument   = "document"
	KindEvidence   = "evidence"
	KindWebhook    = "webhook"
	KindReview     = "review"
	KindDead       = "dead"
	KindToken      = "token"
	KindCorrection = "correction"
	KindPerson     = "person" // the dossier of an associated person
)

// Dossier returns the AAD of the dossier of a verification. That of an associated person was sealed for the business.
func Dossier(verification, tenant string, s events.Sealed) AAD {
	if s.For != "" {
		return AAD{Verification: s.For, Kind: KindPerson, Tenant: tenant}
	}
	return AAD{Verification: verification, Kind: KindDossier, Tenant: tenant}
}

// Document returns the AAD of a document of a verification.
func Document(verification, tenant string, d events.Document) AAD {
	if d.For != "" {
		verification = d.For
	}
	return AAD{Verification: verification, Kind: KindDocument, Tenant: tenant}
}

// bytes writes every part with its length, so that no two AADs have the same bytes.
func (a AAD) bytes(dst []byte) []byte {
	for _, s := range [...]string{a.Verification, a.Kind, a.Tenant} {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// aadSize is enough for the AADs there are; longer ones cost an allocation.
const aadSize = 160

// aads are rooms for the bytes of AADs, which ciphers behind an interface would have on the heap.
var aads = sync.Pool{New: func() any { return new([aadSize]byte) }}

// Refusals. They say nothing of what was in the box.
var (
	errBox      = fault.New(fault.Malformed, "seal.open", "the box was sealed for another purpose, or is damaged")
	errStream   = fault.New(fault.Malformed, "seal.open", "the stream was sealed for another purpose, is damaged or incomplete")
	errWrapped  = fault.New(fault.Malformed, "seal.key", "the stored key is damaged")
	errNoKeyset = fault.New(fault.Unauthorized, "seal.key", "the keyset lacks the key that wrapped this one")
)
