// Package catalog says which vendors a process works with.
package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/all"
)

// Catalog is a list of vendors; it is what flows are checked against.
type Catalog []providers.Definition

var _ flow.Catalog = Catalog(nil)

// All are the vendors that there are.
func All() Catalog { return Catalog(all.Definitions()) }

// Named returns the vendors that PROVIDERS names, in that order; with no names those that configured says are meant to
// run. An unknown name is an error.
func Named(names []string, configured func(providers.Definition) bool) (Catalog, error) {
	var c Catalog
	known := All()
	for _, name := range names {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(known, func(d providers.Definition) bool { return d.Spec.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("PROVIDERS: %q is none of %s", name, strings.Join(known.Names(), ", "))
		}
		c = append(c, known[i])
	}
	if len(names) == 0 {
		for _, d := range known {
			if configured(d) {
				c = append(c, d)
			}
		}
	}
	return c, nil
}

// Meant says that l holds a setting of the vendor's connection or of its webhooks.
func Meant(l envconfig.Lookuper) func(providers.Definition) bool {
	return func(d providers.Definition) bool { return d.Configured(l) || d.WebhookConfigured(l) }
}

// Names returns the vendors' names.
func (c Catalog) Names() []string {
	var names []string
	for _, d := range c {
		names = append(names, d.Spec.Name)
	}
	return names
}

// Provider says what a flow may rely on.
func (c Catalog) Provider(name string) (flow.Facts, bool) {
	for _, d := range c {
		if d.Spec.Name == name {
			return flow.Facts{Components: d.Spec.Components, Subjects: d.Spec.Subjects, Params: d.Spec.Params, Concludes: d.Spec.Concludes}, true
		}
	}
	return flow.Facts{}, false
}
