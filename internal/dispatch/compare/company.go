package compare

import (
	"slices"
)

// Companies compares the names of two businesses: their words without those that say what kind of business it is. All words of
// one in the other is Contained, half of them Close.
func Companies(claimed, read string) Verdict {
	a, b := CompanyWords(claimed), CompanyWords(read)
	if len(a) == 0 || len(b) == 0 || foreign(a) || foreign(b) {
		return Unclear
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	found := 0
	for _, w := range a {
		if slices.ContainsFunc(b, func(x string) bool { return x == w || len(w) >= 4 && slips(x, w) <= 1 }) {
			found++
		}
	}
	exact := !slices.ContainsFunc(a, func(w string) bool { return !slices.Contains(b, w) })
	switch {
	case exact && len(a) == len(b), glued(a) == glued(b):
		return Same
	case exact:
		return Contained
	case 2*found >= len(a):
		return Close
	}
	return Different
}

func glued(ws []string) string {
	s := ""
	for _, w := range ws {
		s += w
	}
	return s
}

// CompanyWords returns the words of a business's name, once each, without those that only say what kind of business it is; all of
// them where there are no others.
func CompanyWords(name string) []string {
	all := slices.Compact(Words(name))
	kept := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(kinds, w) })
	if len(kept) == 0 {
		return all
	}
	return kept
}

// kinds are the words and abbreviations of legal forms, as Words writes them.
var kinds = []string{
	"ltd", "limited", "plc", "llp", "lp", "llc", "inc", "incorporated", "corp", "corporation", "co", "company", "pty", "pte", "pvt", "private",
	"gmbh", "ag", "kg", "ohg", "ug", "se", "ev", "sa", "sas", "sarl", "sasu", "eurl", "srl", "spa", "snc", "sl", "slu", "sc", "bv", "nv", "vof", "ab", "as",
	"asa", "aps", "oy", "oyj", "sp", "z", "oo", "spolka", "akcyjna", "ska", "sro", "doo", "ooo", "zao", "oao", "pao", "kft", "zrt", "ou", "uab", "sia", "lda",
	"the", "and", "und", "et", "i",
}

// CompanyNumbers compares the numbers of two businesses, each a register's and a tax office's. One that both have is enough; else
// those of one kind are held against each other.
func CompanyNumbers(claimed, read [2]string) Verdict {
	for _, c := range claimed {
		for _, r := range read {
			if Numbers(c, r) == Same {
				return Same
			}
		}
	}
	return max(Numbers(claimed[0], read[0]), Numbers(claimed[1], read[1]))
}
