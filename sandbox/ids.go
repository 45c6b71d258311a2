package sandbox

import (
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// IDs makes identifiers. With a seed the same calls give the same identifiers,
// run after run. It is safe for concurrent use.
type IDs struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

// NewIDs returns a source for a seed; seed 0 means a new one each time.
func NewIDs(seed uint64) *IDs {
	var key [32]byte
	if seed == 0 {
		crand.Read(key[:]) // never fails: the program ends instead
	} else {
		binary.LittleEndian.PutUint64(key[:], seed)
	}
	return &IDs{src: rand.NewChaCha8(key)}
}

// Bytes returns n bytes.
func (g *IDs) Bytes(n int) []byte {
	b := make([]byte, n)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.src.Read(b)
	return b
}

// Hex returns n lower-case hexadecimal digits.
func (g *IDs) Hex(n int) string {
	return hex.EncodeToString(g.Bytes((n + 1) / 2))[:n]
}

// Token returns n characters of [A-Za-z0-9].
func (g *IDs) Token(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := g.Bytes(n)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// UUID returns a random UUID (version 4).
func (g *IDs) UUID() string {
	return uuid(g.Bytes(16), 4)
}

// UUIDv7 returns a UUID that sorts by t, to the millisecond.
func (g *IDs) UUIDv7(t time.Time) string {
	b := g.Bytes(16)
	ms := uint64(t.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	return uuid(b, 7)
}

func uuid(b []byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Fingerprint names a person without telling who it is: 32 hexadecimal digits of
// a hash over the parts, each trimmed and in lower case. It is how the ledger
// counts for vendors that take no identifier of ours.
func Fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		p = strings.ToLower(strings.TrimSpace(p))
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
