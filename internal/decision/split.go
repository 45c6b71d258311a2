package decision

import "slices"

// Share is how many of a hundred customers a check begins with at a provider.
type Share struct {
	Provider string `json:"p"`
	Percent  int    `json:"n"`
}

// chosen returns the share that a customer falls to, nil without shares. Shares lie side by side on a line of a hundred
// points, in the order in which they are given, and a customer always stands at the same point: when one of two grows by
// five, five of a hundred customers move to it and nobody else moves.
func chosen(shares []Share, customer uint64) *Share {
	point := int(customer % 100)
	for i := range shares {
		if point < shares[i].Percent {
			return &shares[i]
		}
		point -= shares[i].Percent
	}
	return nil
}

// customer is a hash of who a verification is about: of the tenant's reference, or of its own id where there is none. It
// does not depend on the flow or the check, so that whoever comes again, for whatever, is known to the vendor already.
func (s *State) customer() uint64 {
	who := s.Reference
	if who == "" {
		who = s.ID
	}
	h := hash(hash(offset, s.Tenant), who)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // FNV alone spreads short words badly
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// first returns where a check begins: at the provider that the split chose, or at the first.
func (m *machine) first(i int) int { return begin(&m.p.Checks[i], m.s.Checks[i].Split) }

func begin(check *Check, split *Share) int {
	if split == nil {
		return 0
	}
	return max(0, slices.IndexFunc(check.Providers, func(r Route) bool { return r.Provider == split.Provider }))
}

// after returns the route that follows another when a check began at first: the remaining ones in their order.
func after(route, first int) int {
	switch {
	case route != first:
		route++
	case first > 0:
		return 0
	default:
		return 1
	}
	if route == first {
		route++
	}
	return route
}
