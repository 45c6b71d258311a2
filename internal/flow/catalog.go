package flow

import (
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// Catalog says what providers can do.
type Catalog interface {
	Provider(name string) (Facts, bool)
	Names() []string // of all, in the order in which they are told
}

// Facts are what a flow may rely on about a provider.
type Facts struct {
	Components []string // what it can speak of
	Subjects   []string // person, business
	Concludes  bool     // it can be told what was decided
	Params     string   // JSON Schema of the params that a flow gives it; "" when it takes none
}

// catalogue checks the providers against what they can do.
func (r *reader) catalogue(p *decision.Policy, nodes []checkNodes) {
	if r.catalog == nil {
		return
	}
	for i, c := range p.Checks {
		for j, route := range c.Providers {
			if route.Provider == "" {
				continue
			}
			facts, ok := r.catalog.Provider(route.Provider)
			if !ok {
				r.at(nodes[i].providers[j], "there is no provider %s; there are %s", route.Provider, strings.Join(r.catalog.Names(), ", "))
				continue
			}
			if p.Subject != "" && !slices.Contains(facts.Subjects, p.Subject) {
				r.at(nodes[i].providers[j], "%s does not verify a %s", route.Provider, p.Subject)
			}
			for _, name := range c.Components {
				if !slices.Contains(facts.Components, name) {
					r.at(nodes[i].providers[j], "%s cannot speak of %s; it can of %s", route.Provider, name, strings.Join(facts.Components, ", "))
				}
			}
		}
	}
}
