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

func TestNumbersOfDocumentsAreComparedAsTheyAreMeant(t *testing.T) {
	for _, tt := range []struct {
		claimed, read string
		want          compare.Verdict
	}{
		{"AB 123456", "ab-123456", compare.Same},
		{"AB123456", "AB123457", compare.Close},
		{"AB123456", "AB12345", compare.Close},
		{"ABO123456", "AB0123456", compare.Close},
		{"AB123456", "XY987654", compare.Different},
		{"1234", "1235", compare.Different}, // too short for a slip
		{"AB123456", "****3456", compare.Unclear},
		{"AB123456", "", compare.Unclear},
		{"- -", "AB123456", compare.Unclear},
	} {
		if got := compare.Numbers(tt.claimed, tt.read); got != tt.want {
			t.Errorf("numbers %q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
	}
}

func TestCountriesAreComparedInEitherCode(t *testing.T) {
	for _, tt := range []struct {
		claimed, read string
		want          compare.Verdict
	}{
		{"PL", "POL", compare.Same}, {"DE", "D", compare.Same}, {"pl", "PL", compare.Same}, {"GB", "GBR", compare.Same},
		{"PL", "DEU", compare.Different}, {"PL", "", compare.Unclear}, {"PL", "Poland", compare.Unclear}, {"150", "PL", compare.Unclear},
	} {
		if got := compare.Countries(tt.claimed, tt.read); got != tt.want {
			t.Errorf("countries %q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
	}
}

func TestAddressesAreComparedPartByPart(t *testing.T) {
	at := func(street, zip, city, country string) compare.Address {
		return compare.Address{Street: street, Zip: zip, City: city, Country: country}
	}
	home := at("ul. Długa 1/2", "80-001", "Gdańsk", "PL")
	for _, tt := range []struct {
		name          string
		claimed, read compare.Address
		want          compare.Verdict
	}{
		{"the same", home, at("DLUGA 1/2", "80001", "GDANSK", "POL"), compare.Same},
		{"without a street", home, at("", "80-001", "Gdansk", "PL"), compare.Same},
		{"another house", home, at("Długa 7", "80-001", "Gdańsk", "PL"), compare.Close},
		{"no house number", home, at("Długa", "80-001", "Gdańsk", "PL"), compare.Close},
		{"another street", home, at("Krótka 9", "80-001", "Gdańsk", "PL"), compare.Close},
		{"another town", home, at("Rynek 9", "30-001", "Kraków", "PL"), compare.Different},
		{"another country", home, at("Długa 1/2", "80-001", "Gdańsk", "DE"), compare.Different},
		{"one text", home, compare.Address{Text: "Gdańsk 80-001, Długa 1/2", Country: "PL"}, compare.Same},
		{"one text of another place", home, compare.Address{Text: "Rynek 9, 30-001 Kraków"}, compare.Different},
		{"a country only", home, compare.Address{Country: "PL"}, compare.Unclear},
		{"other letters", home, compare.Address{Text: "格但斯克"}, compare.Unclear},
		{"nothing", home, compare.Address{}, compare.Unclear},
	} {
		if got := compare.Addresses(tt.claimed, tt.read); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
		if got := compare.Addresses(tt.read, tt.claimed); got != tt.want {
			t.Errorf("%s, exchanged: got %d, want %d", tt.name, got, tt.want)
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
