package events

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// said holds words that were read before, so that those which come in every event are one string in memory. It forgets
// whatever another word pushes out.
var (
	said     [4096]atomic.Pointer[string]
	saidSeed = maphash.MakeSeed()
)

// longest word worth remembering, in bytes.
const longestWord = 128

func intern(b []byte) string {
	if len(b) == 0 || len(b) > longestWord {
		return string(b)
	}
	at := &said[maphash.Bytes(saidSeed, b)%uint64(len(said))]
	if s := at.Load(); s != nil && *s == string(b) {
		return *s
	}
	s := string(b)
	at.Store(&s)
	return s
}

// zulu reads an RFC 3339 time in UTC, as we write them.
func zulu(b []byte) (time.Time, bool) {
	const form = "2006-01-02T15:04:05"
	if len(b) <= len(form) || len(b) > len(form)+len(".123456789Z") || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	for i, c := range []byte(form) {
		digit := c >= '0' && c <= '9'
		if digit && (b[i] < '0' || b[i] > '9') || !digit && b[i] != c {
			return time.Time{}, false
		}
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	nanos := 0
	if rest := b[len(form) : len(b)-1]; len(rest) > 0 {
		if rest[0] != '.' || len(rest) == 1 {
			return time.Time{}, false
		}
		unit := 100_000_000
		for _, c := range rest[1:] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			nanos += int(c-'0') * unit
			unit /= 10
		}
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	return t, t.Day() == day
}
