package compare

import (
	"slices"
	"strings"
)

// What two vendors have read is held against each other by sums, which are equal or not: nobody can see that they are alike. So
// each thing has a form that is the same however it is written, and what has none is not compared.

// Day returns a date as YYYY-MM-DD; "" for what is not one.
func Day(s string) string {
	d, ok := day(s)
	if !ok {
		return ""
	}
	return d.Format("2006-01-02")
}

// Number returns the number of a document without what stands between its signs, and with letters and digits that look the same as
// one; "" for one of which a part is hidden.
func Number(s string) string {
	if strings.ContainsAny(s, hidden) {
		return ""
	}
	return alike.Replace(Compact(s))
}

// Country returns a country's code of two letters, whichever code it is given; "" for what is no country.
func Country(s string) string {
	r, ok := country(s)
	if !ok {
		return ""
	}
	return r.String()
}

// Skeletons returns the words of a name, each in a form that the ways to write it in Latin letters share, once and sorted; nil
// where a word has no Latin form, or there are only initials.
func Skeletons(parts []string) []string {
	var out []string
	for _, w := range words(parts) {
		if w.foreign() {
			return nil
		}
		if s := skeleton.Replace(w.plain); len(s) > 1 {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// skeleton undoes what transliterations differ in: the long forms of letters with marks, and how Cyrillic ones are written.
var skeleton = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u", "aa", "a", "kh", "h", "g", "h", "iu", "u", "yu", "u", "ia", "a", "ya", "a",
	"ie", "e", "ye", "e", "yi", "i", "y", "i", "ks", "x")
