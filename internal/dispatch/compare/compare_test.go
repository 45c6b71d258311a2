package compare_test

import (
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/dispatch/compare"
)

func TestNamesAreTheSameInEveryWayOfWritingThem(t *testing.T) {
	for _, tt := range []struct {
		claimed, read string
		want          compare.Verdict
	}{
		{"Ana|Reyes", "REYES ANA", compare.Same},
		{"Ana|María|Reyes", "Ana Maria|Reyes", compare.Same},
		{"Jan|Kowalski", "KOWALSKI|Jan Stanisław", compare.Contained},
		{"Stanisław|Wałęsa", "STANISLAW|WALESA", compare.Same},
		{"Jörg|Müller", "JOERG|MUELLER", compare.Same},
		{"Jörg|Müller", "JORG|MULLER", compare.Same},
		{"Søren|Ångström", "SOEREN|AANGSTROEM", compare.Same},
		{"Юлия|Иванова", "IULIIA|IVANOVA", compare.Same},
		{"Conor|O'Brien", "CONOR|OBRIEN", compare.Same},
		{"Conor|O’Brien", "CONOR|O BRIEN", compare.Same},
		{"Anne-Marie|Dupont", "ANNEMARIE|DUPONT", compare.Same},
		{"Ana|Reyes", "ANA|REYESS", compare.Close},
		{"Ana|Reyes", "ANA|KOWALSKA", compare.Close},
		{"A.|Reyes", "ANA|REYES", compare.Close},
		{"Ana|Reyes", "JAN|KOWALSKI", compare.Different},
		{"Ana|Reyes", "", compare.Unclear},
		{"", "Ana", compare.Unclear},
		{"Ana|Reyes", "أنا|رييس", compare.Unclear},
		{"أنا|رييس", "أنا|رييس", compare.Same},
		{"Ana", "Ana|Reyes", compare.Close},
		{"Ana", "Ana", compare.Same},
		{"Mira|Karlov", "Karim|Valor", compare.Different}, // the same letters
	} {
		if got := compare.Names(strings.Split(tt.claimed, "|"), strings.Split(tt.read, "|")); got != tt.want {
			t.Errorf("names %q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
		if got := compare.Names(strings.Split(tt.read, "|"), strings.Split(tt.claimed, "|")); got != tt.want {
			t.Errorf("names %q and %q: got %d, want %d", tt.read, tt.claimed, got, tt.want)
		}
	}
}

func TestDatesAreComparedAsDays(t *testing.T) {
	for _, tt := range []struct {
		claimed, read string
		want          compare.Verdict
	}{
		{"1983-07-03", "1983-07-03", compare.Same},
		{"1983-07-03", "03/07/1983", compare.Same},
		{"1983-07-03", "03.07.1983", compare.Same},
		{"1983-07-03", "1983-03-07", compare.Close},
		{"1983-07-03", "1984-07-03", compare.Different},
		{"1983-07-03", "", compare.Unclear},
		{"1983-07-03", "July", compare.Unclear},
	} {
		if got := compare.Dates(tt.claimed, tt.read); got != tt.want {
			t.Errorf("dates %q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
	}
}

func TestRepetitionsAreFoundWhateverStandsBetween(t *testing.T) {
	values := []string{"Ana", "Reyes", "1990-02-03", "AB 123456", "+48 600 000 000", "Li", "ana@example.test"}
	for text, want := range map[string]bool{
		"The photograph is blurred.":            false,
		"Please send the back of the document.": false,
		"Dear REYES, try again":                 true,
		"Document ab-123-456 has expired":       true,
		"call 600 000 000":                      true,
		"call +48600000000":                     true,
		"born 03.02.1990":                       true,
		"born 3 February 1990":                  true,
		"ána, please":                           true,
		"banana":                                false,
		"write to ANA@EXAMPLE.TEST":             true,
		"":                                      false,
	} {
		if got := compare.Repeats(text, values); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
