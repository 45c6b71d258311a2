package events

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// idAlphabet is Crockford's base 32 in lower case: its order is the order of the numbers.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	idPrefix = "vrf_"
	idTime   = 10 // characters of time
	idRest   = 16 // characters of identity
)

// NewID makes a verification id: "vrf_", 48 bits of time in milliseconds, 80 bits of identity. Ids sort by time. The
// same identity is the same verification, whatever the time says: see IdentityOf.
func NewID(at time.Time, identity [10]byte) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	var out [len(idPrefix) + idTime + idRest]byte
	copy(out[:], idPrefix)
	encode32(out[len(idPrefix):len(idPrefix)+idTime], b[:6])
	encode32(out[len(idPrefix)+idTime:], identity[:])
	return string(out[:])
}

// encode32 writes src as base 32, most significant bits first, right-aligned in dst.
func encode32(dst, src []byte) {
	var acc, bits uint
	at := len(dst) - 1
	for i := len(src) - 1; i >= 0; i-- {
		acc |= uint(src[i]) << bits
		bits += 8
		for bits >= 5 && at >= 0 {
			dst[at] = idAlphabet[acc&31]
			acc >>= 5
			bits -= 5
			at--
		}
	}
	for ; at >= 0; at-- {
		dst[at] = idAlphabet[acc&31]
		acc >>= 5
	}
}

// ValidID reports whether id has the form that NewID gives.
func ValidID(id string) bool {
	if len(id) != len(idPrefix)+idTime+idRest || !strings.HasPrefix(id, idPrefix) {
		return false
	}
	for i := len(idPrefix); i < len(id); i++ {
		if !inIDs[id[i]] {
			return false
		}
	}
	return true
}

// inIDs says which characters there are in ids.
var inIDs = func() (in [256]bool) {
	for i := range len(idAlphabet) {
		in[idAlphabet[i]] = true
	}
	return in
}()

// IdentityOf returns the part of a verification id that says which verification it is, or id itself if id has not the
// form of NewID. Two ids with one identity are two sightings of one request.
func IdentityOf(id string) string {
	if !ValidID(id) {
		return id
	}
	return id[len(idPrefix)+idTime:]
}

// ShardOf returns the shard of a verification: FNV-1a 32 over its identity, modulo shards. Publishers and resolvers
// must agree, so this never changes.
func ShardOf(id string, shards int) int {
	h := fnv.New32a()
	h.Write([]byte(IdentityOf(id)))
	return int(h.Sum32() % uint32(shards))
}

// Subjects. The prefix bf. is internal; bonafide. is public.

// RequestsSubject is where upstream services publish requests of a tenant.
func RequestsSubject(tenant string) string { return "bonafide.requests." + tenant }

// ResultsSubject is where results of a flow go. Kind is true, false, unknown, action, failed, erased or rejected.
func ResultsSubject(tenant, flow, kind string) string {
	return "bonafide.results." + tenant + "." + flow + "." + kind
}

// InSubject is a shard's input.
func InSubject(shard int) string { return "bf.in." + strconv.Itoa(shard) }

// LogTaskSubject is where a shard's log keeps tasks for a provider.
func LogTaskSubject(shard int, provider string) string {
	return "bf.log." + strconv.Itoa(shard) + ".task." + provider
}

// LogResultSubject is where a shard's log keeps results; the RESULTS stream draws from there.
func LogResultSubject(shard int, tenant, flow, kind string) string {
	return "bf.log." + strconv.Itoa(shard) + ".result." + tenant + "." + flow + "." + kind
}

// LogMovedSubject is where a shard's log says that a verification has another status, where no result says so.
func LogMovedSubject(shard int) string { return "bf.log." + strconv.Itoa(shard) + ".moved" }

// LogKinSubject is where a shard's log keeps what one verification has to say to another; the courier draws from there.
func LogKinSubject(shard int) string { return "bf.log." + strconv.Itoa(shard) + ".kin" }

// LogClaimSubject is where a shard's owner says that it owns the shard.
func LogClaimSubject(shard int) string { return "bf.log." + strconv.Itoa(shard) + ".claim" }

// DeadSubject is where messages of a provider go that could not be processed.
func DeadSubject(provider string) string { return "bf.dead." + provider }

// RedriveSubject is where a task is put back that had become the dead letter with that number.
func RedriveSubject(provider string, letter uint64) string {
	return "bf.redrive." + provider + "." + strconv.FormatUint(letter, 10)
}

// ValidToken reports whether s may be a token of a subject: 1 to 64 characters of [a-z0-9_-].
func ValidToken(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
