package decision

// details returns, for every component that anybody spoke of, the finding that counts: within a check the later
// provider's, unless it does not know; between checks the most cautious. Persons are summed up elsewhere.
func (s *State) details() []Detail {
	n := 0
	for i := range s.Checks {
		earlier, last := s.Checks[i].standing()
		for j := range earlier {
			n += earlier[j].findings()
		}
		n += last.findings()
	}
	if n == 0 {
		return nil
	}
	out := make([]Detail, 0, n)
	moved := "" // why the check left the run that out's newest entries come from
	for i := range s.Checks {
		c := s.Checks[i]
		from := len(out)
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
				at := indexOf(out, f.Component)
				switch {
				case at < 0:
					out = append(out, detail(c.Name, r, f))
				case at >= from && (out[at].Result == Unknown || moved == OnFalse) && f.Result != Unknown,
					caution(f.Result) > caution(out[at].Result) && (at < from || f.Result != Unknown):
					out[at] = detail(c.Name, r, f)
				}
			}
			moved = r.Moved
		}
	}
	return out
}

// findings returns how many findings of a run count.
func (r *Run) findings() int {
	if !r.counts() {
		return 0
	}
	return len(r.Answer.Findings)
}

func indexOf(ds []Detail, component string) int {
	for i := range ds {
		if ds[i].Component == component {
			return i
		}
	}
	return -1
}

func detail(check string, r *Run, f *Finding) Detail {
	d := Detail{
		Component: f.Component, Result: f.Result, Confidence: f.Confidence, Reasoning: f.Reasoning,
		Reasons: f.Reasons, Labels: f.Labels, Provider: r.Provider, Check: check, Attempt: r.attempt(),
		ObservedAt: r.Answer.At.Std(),
	}
	if r.Answer.Digest != "" {
		d.Evidence = []string{"sha256:" + r.Answer.Digest}
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
