package decision

import "slices"

// told is a finding that counts, with the check and the run that it comes from.
type told struct {
	check string
	run   *Run
	*Finding
	against string // digest of the other provider's bytes, of what two have read differently
}

// counting appends, for every component that anybody spoke of, the finding that counts: within a check the later
// provider's, unless it does not know; between checks the most cautious. Of two that one answer has, the same counts
// whatever order they are in. Persons are summed up elsewhere.
func (s *State) counting(to []told) []told {
	moved := "" // why the check left the run that the newest entries come from
	for i := range s.Checks {
		c := s.Checks[i]
		from := len(to)
		earlier, last := c.standing()
		for j := 0; j <= len(earlier); j++ {
			r := last
			if j < len(earlier) {
				r = &earlier[j]
			}
			if !r.counts() {
				continue
			}
			for n := range r.Answer.Findings {
				f := &r.Answer.Findings[n]
				if f.Person != "" {
					continue
				}
				at := slices.IndexFunc(to, func(t told) bool { return t.Component == f.Component })
				switch {
				case at < 0:
					to = append(to, told{check: c.Name, run: r, Finding: f})
				case to[at].run == r && precedes(f, to[at].Finding),
					at >= from && to[at].run != r && (to[at].Result == Unknown || moved == OnFalse) && f.Result != Unknown,
					caution(f.Result) > caution(to[at].Result) && (at < from || f.Result != Unknown):
					to[at] = told{check: c.Name, run: r, Finding: f}
				}
			}
			moved = r.Moved
		}
	}
	for _, c := range s.conflicts() {
		at := slices.IndexFunc(to, func(t told) bool { return t.Component == c.component })
		switch {
		case at < 0:
			to = append(to, c.told())
		case caution(to[at].Result) < caution(Unknown):
			to[at] = c.told()
		}
	}
	return to
}

// precedes says which of two findings of one answer is shown: the more cautious, then the surer, then by their codes.
func precedes(a, b *Finding) bool {
	switch {
	case caution(a.Result) != caution(b.Result):
		return caution(a.Result) > caution(b.Result)
	case a.Confidence != b.Confidence:
		return a.Confidence > b.Confidence
	}
	return slices.Compare(a.Reasons, b.Reasons) < 0
}

// details returns the findings that count, one for a component.
func (s *State) details() []Detail {
	var room [16]told
	all := s.counting(room[:0])
	if len(all) == 0 {
		return nil
	}
	out := make([]Detail, len(all))
	for i := range all {
		out[i] = all[i].detail()
	}
	return out
}

func (t *told) detail() Detail {
	d := Detail{
		Component: t.Component, Result: t.Result, Confidence: t.Confidence, Reasoning: t.Reasoning,
		Reasons: t.Reasons, Labels: t.Labels, Provider: t.run.Provider, Check: t.check, Attempt: t.run.attempt(),
		ObservedAt: t.run.Answer.At.Std(),
	}
	for _, digest := range [...]string{t.against, t.run.Answer.Digest} {
		if digest != "" {
			d.Evidence = append(d.Evidence, "sha256:"+digest)
		}
	}
	return d
}

// attempt returns which attempt a run's answer is of.
func (r *Run) attempt() int {
	if r.Answer.Attempt != 0 {
		return r.Answer.Attempt
	}
	return int(r.Attempt)
}
