package events

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner reads what writer has written: members in our order, without spaces. Whatever is of another form, though it may
// be good JSON, makes ok false and is for package json: the two never disagree about what they both take. Every method
// takes what must stand before the value; those that begin with opt take a member that may be absent.
type scanner struct {
	b  []byte
	ok bool
}

// at reports whether s comes next.
func (r *scanner) at(s string) bool { return len(r.b) >= len(s) && string(r.b[:len(s)]) == s }

// is reports whether s comes next, and if so steps over it.
func (r *scanner) is(s string) bool {
	if !r.at(s) {
		return false
	}
	r.b = r.b[len(s):]
	return true
}

func (r *scanner) must(s string) {
	if !r.is(s) {
		r.ok = false
	}
}

// text returns the string that comes next, without its quotes.
func (r *scanner) text() []byte {
	b := r.b
	if len(b) == 0 || b[0] != '"' {
		r.ok = false
		return nil
	}
	ascii := true
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			r.b = b[i+1:]
			if !ascii && !utf8.Valid(b[1:i]) {
				r.ok = false
			}
			return b[1:i]
		case c == '\\' || c < ' ':
			r.ok = false
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.ok = false
	return nil
}

func (r *scanner) str(before string) string {
	r.must(before)
	return string(r.text())
}

func (r *scanner) optStr(before string) string {
	if !r.is(before) {
		return ""
	}
	return string(r.text())
}

// word is str for what is said again and again: names, codes, sentences of ours.
func (r *scanner) word(before string) string {
	r.must(before)
	return intern(r.text())
}

func (r *scanner) optWord(before string) string {
	if !r.is(before) {
		return ""
	}
	return intern(r.text())
}

// same is str for what is most likely equal to v.
func (r *scanner) same(before, v string) string {
	r.must(before)
	if b := r.text(); string(b) != v {
		return string(b)
	}
	return v
}

func (r *scanner) words(before string) []string {
	r.must(before)
	r.must("[")
	vs := []string{}
	for i := 0; r.ok && !r.is("]"); i++ {
		vs = append(vs, r.word(comma(i)))
	}
	return vs
}

func (r *scanner) optWords(before string) []string {
	if !r.at(before) {
		return nil
	}
	return r.words(before)
}

// digits returns the number that comes next: no sign, no more than 18 digits.
func (r *scanner) digits() uint64 {
	n, i := uint64(0), 0
	for i < len(r.b) && i < 19 && r.b[i] >= '0' && r.b[i] <= '9' {
		n = n*10 + uint64(r.b[i]-'0')
		i++
	}
	if i == 0 || i == 19 || i > 1 && r.b[0] == '0' {
		r.ok = false
		return 0
	}
	r.b = r.b[i:]
	if len(r.b) > 0 && (r.b[0] == '.' || r.b[0]|0x20 == 'e') {
		r.ok = false
	}
	return n
}

func (r *scanner) int(before string) int { return int(r.int64(before)) }

func (r *scanner) int64(before string) int64 {
	r.must(before)
	if r.is("-") {
		return -int64(r.digits())
	}
	return int64(r.digits())
}

func (r *scanner) optInt64(before string) int64 {
	if !r.at(before) {
		return 0
	}
	return r.int64(before)
}

func (r *scanner) uint(before string) uint64 {
	r.must(before)
	return r.digits()
}

func (r *scanner) optUint(before string) uint64 {
	if !r.is(before) {
		return 0
	}
	return r.digits()
}

func (r *scanner) float(before string) float64 {
	r.must(before)
	i := 0
	for i < len(r.b) && (r.b[i] >= '0' && r.b[i] <= '9' || r.b[i] == '.') {
		i++
	}
	s := r.b[:i]
	if i == 0 || i > 18 || s[0] == '.' || s[i-1] == '.' || i > 1 && s[0] == '0' && s[1] != '.' || i < len(r.b) && r.b[i]|0x20 == 'e' {
		r.ok = false
		return 0
	}
	r.b = r.b[i:]
	if i <= 3 { // a confidence, mostly
		n := 0.0
		for _, c := range s {
			if c == '.' {
				n = -1
				break
			}
			n = n*10 + float64(c-'0')
		}
		if n >= 0 {
			return n
		}
	}
	v, err := strconv.ParseFloat(string(s), 64)
	if err != nil {
		r.ok = false
	}
	return v
}

func (r *scanner) optFloat(before string) float64 {
	if !r.at(before) {
		return 0
	}
	return r.float(before)
}

func (r *scanner) bool(before string) bool {
	r.must(before)
	if r.is("true") {
		return true
	}
	r.must("false")
	return false
}

func (r *scanner) optBool(before string) bool {
	if !r.at(before) {
		return false
	}
	return r.bool(before)
}

func (r *scanner) time(before string) time.Time {
	r.must(before)
	t, ok := zulu(r.text())
	if !ok {
		r.ok = false
	}
	return t
}

func (r *scanner) optTime(before string) time.Time {
	if !r.at(before) {
		return time.Time{}
	}
	return r.time(before)
}

func (r *scanner) bytes(before string) []byte {
	r.must(before)
	r.must(`"`)
	end := bytes.IndexByte(r.b, '"')
	if end < 0 {
		r.ok = false
		return nil
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(end))
	n, err := base64.StdEncoding.Strict().Decode(out, r.b[:end])
	if err != nil || base64.StdEncoding.EncodedLen(n) != end { // line ends are passed over by package base64
		r.ok = false
	}
	r.b = r.b[end+1:]
	return out[:n]
}

func (r *scanner) optJSON(before string) jsontext.Value {
	if !r.is(before) {
		return nil
	}
	n := plainObject(r.b)
	if n == 0 {
		r.ok = false
		return nil
	}
	v := jsontext.Value(append([]byte(nil), r.b[:n]...))
	r.b = r.b[n:]
	return v
}

// items reads a list that most likely has n items.
func items[T any](r *scanner, before string, n int, item func(*scanner, string) T) []T {
	r.must(before)
	r.must("[")
	vs := make([]T, 0, n)
	for i := 0; r.ok && !r.is("]"); i++ {
		vs = append(vs, item(r, comma(i)))
	}
	return vs
}

func optItems[T any](r *scanner, before string, n int, item func(*scanner, string) T) []T {
	if !r.at(before) {
		return nil
	}
	return items(r, before, n, item)
}
