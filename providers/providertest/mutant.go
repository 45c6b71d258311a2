package providertest

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
)

// mutants is how many changed webhooks a vendor's Authenticate has to refuse.
const mutants = 100_000

// testMutants: of a hundred thousand webhooks that somebody has changed, in the body or in the headers, none gets in.
func testMutants(t *testing.T, h Harness, open func(...string) providers.Webhook, now time.Time) {
	w := h.Webhook
	one := open(secret)
	genuine := w.Sign(secret, w.Body, now)
	rnd := rand.New(rand.NewPCG(3, 1415))
	tried, accepted := 0, 0
	for tried < mutants {
		header, body := genuine, w.Body
		if rnd.IntN(3) == 0 {
			header = mutatedHeader(rnd, genuine)
		} else {
			body = mutatedBody(rnd, w.Body)
		}
		if sameJSON(body, w.Body) && sameHeader(header, genuine) {
			continue // says what the genuine one says
		}
		tried++
		if one.Authenticate(header, body, now) == nil {
			accepted++
			if accepted <= 3 {
				t.Errorf("accepted: headers %v, body %q", header, body)
			}
		}
	}
	if accepted > 0 {
		t.Errorf("%d of %d mutated webhooks were accepted, want 0", accepted, tried)
	}
}

// mutatedBody changes a body in one to four places.
func mutatedBody(rnd *rand.Rand, body []byte) []byte {
	b := bytes.Clone(body)
	for range 1 + rnd.IntN(4) {
		if len(b) == 0 {
			return b
		}
		i := rnd.IntN(len(b))
		switch rnd.IntN(6) {
		case 0:
			b[i] ^= 1 << rnd.IntN(8)
		case 1:
			b[i] = byte(rnd.IntN(256))
		case 2:
			b = slices.Insert(b, i, byte(rnd.IntN(256)))
		case 3:
			b = slices.Delete(b, i, i+1)
		case 4:
			b = b[:i]
		case 5: // a piece of it, again
			n := min(1+rnd.IntN(16), len(b)-i)
			b = slices.Insert(b, rnd.IntN(len(b)), bytes.Clone(b[i:i+n])...)
		}
	}
	return b
}

// mutatedHeader changes letters and digits of one header.
func mutatedHeader(rnd *rand.Rand, genuine http.Header) http.Header {
	var names []string
	for name := range genuine {
		names = append(names, name)
	}
	slices.Sort(names)
	name := names[rnd.IntN(len(names))]
	h := genuine.Clone()
	v := []byte(h.Get(name))
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	for range 1 + rnd.IntN(3) {
		i := rnd.IntN(len(v))
		v[i] = letters[rnd.IntN(len(letters))]
	}
	h.Set(name, string(v))
	return h
}

func sameHeader(a, b http.Header) bool {
	for name := range b {
		if !bytes.EqualFold([]byte(a.Get(name)), []byte(b.Get(name))) { // digits in hex have two cases
			return false
		}
	}
	return true
}

// sameJSON says whether two bodies say the same in JSON, however they are written.
func sameJSON(a, b []byte) bool {
	x, y := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	return bytes.Equal(a, b) || x.Canonicalize() == nil && y.Canonicalize() == nil && bytes.Equal(x, y)
}
