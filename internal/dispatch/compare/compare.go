// Package compare says whether what a vendor read from a document is what was claimed. It is pure, and its answers
// repeat nothing of either side.
package compare

import (
	"slices"
	"time"
)

// Verdict is what a comparison came to.
type Verdict int

// The verdicts, from the one that says nothing to the worst.
const (
	Unclear   Verdict = iota // one side is empty, or in letters that cannot be compared
	Same                     // the same but for order, accents, case and transliteration
	Contained                // one side has more names, the rest is the same
	Close                    // partly the same: a slip of the pen, or one of several names
	Different
)

// Names compares two names, each given as its parts in any order.
func Names(claimed, read []string) Verdict {
	a, b := words(claimed), words(read)
	if len(a) == 0 || len(b) == 0 {
		return Unclear
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	left := slices.Clone(b)
	exact, near := 0, 0
	var rest []word
	for _, w := range a {
		if i := slices.IndexFunc(left, w.same); i >= 0 {
			left = slices.Delete(left, i, i+1)
			exact++
		} else {
			rest = append(rest, w)
		}
	}
	for _, w := range rest {
		if i := slices.IndexFunc(left, w.near); i >= 0 {
			left = slices.Delete(left, i, i+1)
			near++
		}
	}
	switch {
	case exact == len(a) && len(left) == 0:
		return Same
	case exact == len(a) && exact > 1:
		return Contained
	case joined(a, b) || joined(b, a):
		return Same
	case slices.ContainsFunc(append(a, b...), word.foreign):
		return Unclear
	case exact+near > 0:
		return Close
	}
	return Different
}

// Dates compares two dates. They may be written YYYY-MM-DD, or with the day first and dots, slashes or hyphens.
func Dates(claimed, read string) Verdict {
	a, okA := day(claimed)
	b, okB := day(read)
	switch {
	case !okA || !okB:
		return Unclear
	case a.Equal(b):
		return Same
	case a.Year() == b.Year() && int(a.Month()) == b.Day() && a.Day() == int(b.Month()):
		return Close // day and month exchanged
	}
	return Different
}

func day(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "02.01.2006", "02/01/2006", "02-01-2006", "20060102", "2006/01/02", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), true
		}
	}
	return time.Time{}, false
}
