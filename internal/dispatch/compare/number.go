package compare

import (
	"strings"

	"golang.org/x/text/language"
)

// Numbers compares the numbers of two documents: the letters and digits, whatever stands between them. A letter that is
// taken for a digit, or one slip in a number of six or more, is Close. A number of which the vendor shows a part only is
// Unclear.
func Numbers(claimed, read string) Verdict {
	if strings.ContainsAny(claimed+read, hidden) {
		return Unclear
	}
	a, b := Compact(claimed), Compact(read)
	switch {
	case a == "" || b == "":
		return Unclear
	case a == b:
		return Same
	case alike.Replace(a) == alike.Replace(b), min(len(a), len(b)) >= 6 && slips(a, b) <= 1:
		return Close
	}
	return Different
}

// hidden are the signs that vendors write for those that they do not show.
const hidden = "*•#…"

// alike makes one of the letters and digits that look the same.
var alike = strings.NewReplacer("o", "0", "q", "0", "i", "1", "l", "1", "s", "5", "b", "8", "z", "2")

// Countries compares two countries, each as an ISO 3166 code of two or three letters.
func Countries(claimed, read string) Verdict {
	a, okA := country(claimed)
	b, okB := country(read)
	switch {
	case !okA || !okB:
		return Unclear
	case a == b:
		return Same
	}
	return Different
}

// country returns the region of a code. Codes that passports alone have ("D") are understood too.
func country(code string) (language.Region, bool) {
	code = strings.TrimSpace(code)
	if strings.EqualFold(code, "D") || strings.EqualFold(code, "D<<") {
		code = "DE"
	}
	r, err := language.ParseRegion(code)
	return r.Canonicalize(), err == nil && r.IsCountry()
}
