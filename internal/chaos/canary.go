package chaos

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
)

// Canaries are words that nobody but the persons of a World have: where one of them is found in clear, somebody was told.
var Canaries = map[string]string{
	"first name": "Quenlabrix", "middle name": "Vorshtampel", "last name": "Zyxwolaghast", "national id": "7318855502914", "passport": "QX9938271Z",
	"account": "PL77331099887766554433", "street": "Blumenkrautz 4711", "city": "Ostrovalynka", "email": "quenlabrix.zy", "phone": "+48733119225",
	"metadata": "kraznopol-gold", "birth city": "Grönfjällsund", "file name": "wubblesnorp", "document": "JPEGTAIL-brumaltron-5512",
}

// Forms are the ways in which a word may lie in a file.
func Forms(word string) map[string][]byte {
	var little, big, escaped, percent []byte
	for _, u := range utf16.Encode([]rune(word)) {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
		if u < 0x80 {
			escaped = append(escaped, byte(u))
		} else {
			escaped = fmt.Appendf(escaped, "\\u%04x", u)
		}
	}
	for _, c := range []byte(word) {
		percent = fmt.Appendf(percent, "%%%02x", c)
	}
	f := map[string][]byte{"plain": []byte(word), "hex": []byte(hex.EncodeToString([]byte(word))), "UTF-16": little, "UTF-16BE": big,
		"URL-encoded": []byte(url.QueryEscape(word)), "in a path": []byte(url.PathEscape(word)), "all percent": percent, "JSON-escaped": escaped}
	for shift := range 3 { // base64 of the word inside something longer, at each alignment, without what its neighbours change
		b := base64.StdEncoding.EncodeToString(append(make([]byte, shift), word...))
		f[fmt.Sprint("base64/", shift)] = []byte(b[4 : strings.IndexByte(b+"=", '=')-2])
	}
	return f
}

// pattern is one form of one canary. Base64 tells capitals apart; what else is written may be in any.
type pattern struct {
	name  string
	bytes []byte
	exact bool
}

// patterns are all of them, by their first two bytes in small letters.
var patterns = sync.OnceValue(func() *[1 << 16][]pattern {
	var all [1 << 16][]pattern
	for what, word := range Canaries {
		for form, b := range Forms(word) {
			p := pattern{what + " (" + form + ")", b, strings.HasPrefix(form, "base64")}
			at := int(lower(b[0]))<<8 | int(lower(b[1]))
			all[at] = append(all[at], p)
		}
	}
	return &all
})

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// Traces names every canary that is in b, in whatever form.
func Traces(b []byte) []string {
	all := patterns()
	var found []string
	for i := 0; i+1 < len(b); i++ {
		for _, p := range all[int(lower(b[i]))<<8|int(lower(b[i+1]))] {
			if p.at(b[i:]) && !slices.Contains(found, p.name) {
				found = append(found, p.name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// at reports whether b begins with the pattern.
func (p *pattern) at(b []byte) bool {
	if len(b) < len(p.bytes) {
		return false
	}
	for i, c := range p.bytes {
		if b[i] != c && (p.exact || lower(b[i]) != lower(c)) {
			return false
		}
	}
	return true
}
