package opensanctions

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// entry is somebody on the list.
type entry struct {
	id     string
	schema string
	name   string
	born   string // YYYY-MM-DD; persons
	topics []string
}

// list is the sandbox's own. Nobody on it exists.
var list = []entry{
	{"sandbox-p1", "Person", "Mordecai Vantablack", "1961-02-28", []string{"sanction", "role.oligarch"}},
	{"sandbox-p2", "Person", "Ilse Quarzmüller", "1974-11-05", []string{"role.pep"}},
	{"sandbox-p3", "Person", "Teodor Quarzmüller", "1976-01-19", []string{"role.rca"}},
	{"sandbox-p4", "Person", "Radomir Ostrzycki", "1958-07-13", []string{"wanted", "crime.fin"}},
	{"sandbox-p5", "Person", "Benedicta Harrowgate", "1980-04-04", []string{"role.judge"}},
	{"sandbox-c1", "Company", "Vantablack Holdings", "", []string{"sanction"}},
	{"sandbox-c2", "Company", "Quarz Bau GmbH", "", []string{"debarment"}},
}

// resembles returns how much an entry looks like whom a query describes: 1 the same name and birth date, 0.9 the same name,
// 0.75 all of the query's names among others, 0.6 the same name and another birth date, 0 somebody else.
func (e entry) resembles(q query) float64 {
	person := e.schema == "Person"
	if (q.Schema == "Person") != person && q.Schema != "Thing" && q.Schema != "LegalEntity" {
		return 0
	}
	asked, have := words(q.first("name")), words(e.name)
	score := 0.0
	switch {
	case len(asked) == 0:
	case slices.Equal(asked, have):
		score = 0.9
		if !person {
			score = 1 // a company has its name alone
		}
	case len(asked) > 1 && within(asked, have) || len(have) > 1 && within(have, asked):
		score = 0.75
	}
	if born := q.first("birthDate"); score > 0 && person && born != "" {
		if strings.HasPrefix(e.born, born) {
			score += 0.1
		} else {
			score = min(score, 0.6)
		}
	}
	return min(score, 1)
}

func within(some, all []string) bool {
	for _, w := range some {
		if !slices.Contains(all, w) {
			return false
		}
	}
	return true
}

// words are the parts of a name in order of the alphabet, without accents and case.
func words(name string) []string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(name))
	w := strings.Fields(plain)
	slices.Sort(w)
	return w
}

// listed says whether a dataset of these topics has the entry; nil has all.
func (e entry) listed(topics []string) bool {
	return topics == nil || slices.ContainsFunc(e.topics, func(t string) bool { return slices.Contains(topics, t) })
}

// result is an entry as the vendor shows it.
func (e entry) result(score float64, match bool) map[string]any {
	p := map[string][]string{"name": {e.name}, "topics": e.topics}
	if e.born != "" {
		p["birthDate"] = []string{e.born}
	}
	return map[string]any{
		"id": e.id, "caption": e.name, "schema": e.schema, "properties": p, "datasets": []string{"sandbox"}, "referents": []string{},
		"target": true, "first_seen": "2026-01-01T00:00:00", "last_seen": "2026-11-01T00:00:00", "last_change": "2026-01-01T00:00:00",
		"score": score, "match": match, "features": map[string]float64{"name_match": score},
	}
}
