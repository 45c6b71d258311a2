package flow

import "github.com/bonafide-id/bonafide/internal/decision"

// perhaps names the one of those that there are that somebody may have meant who wrote another word, as the end of a message;
// "" if none is close.
func perhaps(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, k := range known {
		if d := apart(word, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ", perhaps " + best
}

// apart counts the letters to add, to take away and to change until one word is another.
func apart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func checkNames(p *decision.Policy) (names []string) {
	for i := range p.Checks {
		names = append(names, p.Checks[i].Name)
	}
	return names
}

func providerNames(c *decision.Check) (names []string) {
	for i := range c.Providers {
		names = append(names, c.Providers[i].Provider)
	}
	return names
}
