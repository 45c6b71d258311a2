package compare

import (
	"slices"
	"strings"
	"unicode"
)

// Address is one side of a comparison: in parts, or as one text.
type Address struct {
	Text    string // everything in one
	Street  string
	Zip     string
	City    string
	Country string
}

// Addresses compares two addresses. Where both sides have a part, the part is compared; a text is compared with all the
// words of the other side. Another country, or nothing in common, is Different; a part that differs beside one that does
// not is Close: people move within a town, and documents abbreviate.
func Addresses(claimed, read Address) Verdict {
	if Countries(claimed.Country, read.Country) == Different {
		return Different
	}
	if claimed.inParts() && read.inParts() {
		return parts(
			Numbers(claimed.Zip, read.Zip),
			places(claimed.City, read.City),
			streets(claimed.Street, read.Street),
		)
	}
	return lines(claimed.words(), read.words())
}

func (a Address) inParts() bool { return a.Street != "" || a.Zip != "" || a.City != "" }

func (a Address) words() []string {
	if a.inParts() {
		return lineWords(a.Street + " " + a.Zip + " " + a.City)
	}
	return lineWords(a.Text)
}

// parts joins the verdicts of an address's parts.
func parts(all ...Verdict) Verdict {
	best, worst := Unclear, Unclear
	for _, v := range all {
		if v == Unclear {
			continue
		}
		if best == Unclear || v < best {
			best = v
		}
		worst = max(worst, v)
	}
	if worst == Different && best != Different {
		return Close
	}
	return worst
}

func places(claimed, read string) Verdict {
	if claimed == "" || read == "" {
		return Unclear
	}
	v := Names([]string{claimed}, []string{read})
	if v == Contained {
		v = Same // "Gdynia Orłowo" is in Gdynia
	}
	return v
}

func streets(claimed, read string) Verdict {
	if claimed == "" || read == "" {
		return Unclear
	}
	return lines(lineWords(claimed), lineWords(read))
}

// lines compares words in any order. All words of the shorter side in the longer is Same; half of them is Close. A house
// number that is on one side only is not Same.
func lines(a, b []string) Verdict {
	if len(a) == 0 || len(b) == 0 || foreign(a) || foreign(b) {
		return Unclear
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	found := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			found++
		}
	}
	numbered := slices.ContainsFunc(a, hasDigit) == slices.ContainsFunc(b, hasDigit)
	switch {
	case found == len(a) && numbered:
		return Same
	case 2*found >= len(a):
		return Close
	}
	return Different
}

func foreign(ws []string) bool {
	return slices.ContainsFunc(ws, func(s string) bool { return word{plain: s}.foreign() })
}

func hasDigit(w string) bool { return strings.IndexFunc(w, unicode.IsDigit) >= 0 }

// lineWords are the words of an address line, without those that only say that it is one.
func lineWords(s string) []string {
	var out []string
	for _, w := range Words(s) {
		if !slices.Contains(idle, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// idle are the words that documents write, abbreviate or leave out.
var idle = []string{
	"street", "st", "str", "strasse", "road", "rd", "avenue", "ave", "av", "lane", "ln", "drive", "dr", "square", "sq", "boulevard", "blvd",
	"ul", "ulica", "al", "aleja", "os", "osiedle", "pl", "plac", "m", "mieszkanie", "lok", "rue", "via", "calle", "flat", "apt", "apartment", "no",
}
