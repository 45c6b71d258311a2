package compare

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a name without case and accents, in the two ways in which documents write it: "muller" and
// "mueller".
type word struct{ plain, long string }

func (w word) same(x word) bool {
	return w.plain == x.plain || w.long == x.long || w.long == x.plain || w.plain == x.long
}

// near allows one slip in longer words, and an initial for a name.
func (w word) near(x word) bool {
	a, b := w.plain, x.plain
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 1 {
		return strings.HasPrefix(b, a)
	}
	return len(a) >= 4 && slips(a, b) <= 1
}

// foreign says that a word has letters that have no Latin form here.
func (w word) foreign() bool {
	return strings.IndexFunc(w.plain, func(r rune) bool { return r >= 0x80 && unicode.IsLetter(r) }) >= 0
}

func words(parts []string) []word {
	var out []word
	for _, p := range parts {
		plain, long := Words(p), strings.Fields(fold(p, longForms))
		for i := range plain {
			w := word{plain: plain[i], long: plain[i]}
			if i < len(long) {
				w.long = long[i]
			}
			out = append(out, w)
		}
	}
	return out
}

// joined says whether two names are the same letters cut into words elsewhere. The names of one may begin with any of
// the other's words.
func joined(a, b []word) bool {
	want := glue(a)
	for i := range b {
		if glue(b[i:])+glue(b[:i]) == want {
			return true
		}
	}
	return false
}

func glue(ws []word) string {
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(w.plain)
	}
	return b.String()
}

// Words returns the words of a text, without case, accents and punctuation.
func Words(s string) []string { return strings.Fields(fold(s, nil)) }

// fold writes s in small Latin letters where it can; what is neither letter nor digit separates words, but apostrophes
// and full stops vanish.
func fold(s string, more map[rune]string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		r = unicode.ToLower(r)
		if t, ok := more[r]; ok {
			b.WriteString(t)
			continue
		}
		if t, ok := letters[r]; ok {
			b.WriteString(t)
			continue
		}
		for _, d := range norm.NFD.String(string(r)) {
			switch {
			case unicode.Is(unicode.Mn, d), d == '\'', d == '’', d == 'ʼ', d == '.':
			case unicode.IsLetter(d) || unicode.IsDigit(d):
				b.WriteRune(d)
			default:
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// letters are those that no decomposition makes Latin. The Cyrillic ones follow the machine-readable zone of passports
// (ICAO 9303).
var letters = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ŧ': "t",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'ё': "e", 'є': "ie", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i",
	'ї': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ў': "u",
	'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "ie", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
	'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz",
}

// longForms are the other way to write some letters, as passports do.
var longForms = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'å': "aa", 'ø': "oe", 'г': "h", 'й': "y", 'ю': "yu", 'я': "ya", 'є': "ye", 'ї': "yi", 'х': "h", 'и': "y"}

// slips returns how many single letters differ, are missing or exchanged, counted up to 2.
func slips(a, b string) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return 2
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	switch {
	case x == y:
		return 0
	case len(a) < len(b) && x == y[1:], len(a) == len(b) && x[1:] == y[1:]:
		return 1
	case len(a) == len(b) && len(x) > 1 && x[0] == y[1] && x[1] == y[0] && x[2:] == y[2:]:
		return 1
	}
	return 2
}

// Compact returns the letters and digits of a text without anything between them.
func Compact(s string) string { return strings.Join(Words(s), "") }

// Repeats says whether text repeats one of the values: a word of it, or all its letters and digits whatever stands
// between them. Values and words of fewer than three characters are too common to tell.
func Repeats(text string, values []string) bool {
	said, whole := Words(text), Compact(text)
	for _, v := range values {
		if c := Compact(v); len(c) >= 4 && strings.Contains(whole, c) {
			return true
		}
		for _, w := range Words(v) {
			if len(w) >= 3 && slices.Contains(said, w) {
				return true
			}
		}
		if d, ok := day(v); ok {
			for _, layout := range []string{"02012006", "01022006", "20060102", "2January2006", "January22006"} {
				if strings.Contains(whole, Compact(d.Format(layout))) {
					return true
				}
			}
		}
	}
	return false
}
