package decision

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Checks is where the checks of a verification stand, in the order of the policy. None is nil. Each can be shared with
// other states.
type Checks []*Progress

// checksOf returns checks that are in one piece of memory.
func checksOf(all []Progress) Checks {
	checks := make(Checks, len(all))
	for i := range all {
		checks[i] = &all[i]
	}
	return checks
}

// UnmarshalJSONFrom reads checks as they are stored: a list of what a Progress says. null is a check of which nothing is
// known.
func (c *Checks) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var all []Progress
	if err := json.UnmarshalDecode(dec, &all); err != nil {
		return err
	}
	*c = checksOf(all)
	return nil
}

// unbegun returns a check of the policy each, of which nothing is known yet. They are ours.
func (m *machine) unbegun() Checks {
	all := make([]Progress, len(m.p.Checks))
	for i := range all {
		all[i].Name = m.p.Checks[i].Name
	}
	return checksOf(all)
}

// own returns a check for writing. What was read of it before may be another copy.
func (m *machine) own(i int) *Progress {
	c := m.s.Checks[i]
	if i >= len(m.shared) || c != m.shared[i] {
		return c
	}
	if !m.owned {
		m.s.Checks, m.owned = slices.Clone(m.s.Checks), true
	}
	mine := *c
	m.s.Checks[i] = &mine
	return &mine
}
