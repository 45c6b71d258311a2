package compare

import (
	"slices"
	"testing"
)

func TestWhatIsTheSameHasOneForm(t *testing.T) {
	for _, tt := range []struct {
		form func(string) string
		all  []string
		want string
	}{
		{Day, []string{"1990-02-03", "03.02.1990", "03/02/1990", "19900203", "1990-02-03T00:00:00Z"}, "1990-02-03"},
		{Day, []string{"", "1990", "02/1990", "unknown"}, ""},
		{Number, []string{"ZX 123456", "zx-123456", "ZX123456", "ZXI23456"}, "2x123456"},
		{Number, []string{"", "ZX***456"}, ""},
		{Country, []string{"PL", "POL", "pl", "616"}, "PL"},
		{Country, []string{"", "POLAND", "Unknown"}, ""},
	} {
		for _, s := range tt.all {
			if got := tt.form(s); got != tt.want {
				t.Errorf("form of %q: got %q, want %q", s, got, tt.want)
			}
		}
	}
}

// Two ways to write a name share a word at least, and two persons' names none.
func TestWaysToWriteANameShareAWord(t *testing.T) {
	share := func(a, b []string) bool {
		x, y := Skeletons(a), Skeletons(b)
		return slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) })
	}
	for _, tt := range []struct {
		a, b []string
		want bool
	}{
		{[]string{"Jürgen", "Müller"}, []string{"JUERGEN", "MUELLER"}, true},
		{[]string{"Jürgen", "Müller"}, []string{"MULLER JURGEN"}, true},
		{[]string{"Юлия", "Соловьёва"}, []string{"IULIIA", "SOLOVEVA"}, true},
		{[]string{"Юрій", "Гончар"}, []string{"YURIY", "HONCHAR"}, true},
		{[]string{"Søren", "Ågård"}, []string{"SOEREN", "AAGAARD"}, true},
		{[]string{"Ana Maria", "Roe"}, []string{"ANA", "ROE"}, true},
		{[]string{"Ana", "Reyes"}, []string{"ANA", "KOWALSKA"}, true}, // married since, perhaps: not for sums to tell
		{[]string{"Ana", "Reyes"}, []string{"JAN", "KOWALSKI"}, false},
	} {
		if got := share(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q share a word: got %t, want %t (%q, %q)", tt.a, tt.b, got, tt.want, Skeletons(tt.a), Skeletons(tt.b))
		}
	}
	for _, parts := range [][]string{nil, {""}, {"J.", "K."}, {"山田", "太郎"}, {"Ana", "山田"}} {
		if got := Skeletons(parts); got != nil {
			t.Errorf("words of %q: got %q, want none to compare", parts, got)
		}
	}
}
