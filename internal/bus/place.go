package bus

import (
	"strconv"
	"strings"
	"time"
)

// place is where a message lies that has been delivered.
type place struct {
	stream    string
	seq       uint64    // in the stream
	nth       uint64    // of what its consumer has delivered
	delivered int       // how often it was
	stored    time.Time // when the stream took it
}

// placeOf reads a place from the subject that a delivery is settled on. Without a domain that is
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<nanoseconds>.<pending>
//
// and with one (ADR-15 of the NATS architecture) <domain>.<account hash> come before the stream, and maybe a token last. What is
// none is the zero place.
func placeOf(reply string) (p place) {
	rest, ok := strings.CutPrefix(reply, "$JS.ACK.")
	if !ok {
		return
	}
	if strings.Count(rest, ".") > 6 {
		_, rest, _ = strings.Cut(rest, ".")
		_, rest, _ = strings.Cut(rest, ".")
	}
	p.stream, rest, _ = strings.Cut(rest, ".")
	_, rest, _ = strings.Cut(rest, ".")
	next := func() (n int64) {
		var word string
		word, rest, _ = strings.Cut(rest, ".")
		n, _ = strconv.ParseInt(word, 10, 64)
		return n
	}
	p.delivered, p.seq, p.nth = int(next()), uint64(next()), uint64(next())
	p.stored = time.Unix(0, next())
	return p
}
