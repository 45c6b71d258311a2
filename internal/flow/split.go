package flow

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// split reads how a check divides its customers between its providers. The shares are kept in the order of the providers'
// names, so that who goes where does not depend on how the file is arranged.
func (r *reader) split(n ast.Node, c *decision.Check) {
	entries := r.entries(n, "split")
	if len(entries) == 0 {
		return
	}
	sum, sound := 0, true
	for _, e := range entries {
		if !slices.ContainsFunc(c.Providers, func(p decision.Route) bool { return p.Provider == e.name }) {
			r.at(e.key, "split: %s is not among the providers of this check%s", e.name, perhaps(e.name, providerNames(c)))
			sound = false
		}
		word, _ := scalar(e.value)
		percent, err := strconv.Atoi(word)
		if err != nil || percent < 0 || percent > 100 {
			r.at(e.value, "split: the share of %s must be a whole number from 0 to 100", e.name)
			sound = false
		}
		sum += percent
		c.Split = append(c.Split, decision.Share{Provider: e.name, Percent: percent})
	}
	if sound && sum != 100 {
		r.at(n, "split: the shares must sum to 100, these sum to %d", sum)
	}
	slices.SortFunc(c.Split, func(a, b decision.Share) int { return cmp.Compare(a.Provider, b.Provider) })
}
