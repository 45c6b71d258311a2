package decision

import (
	"slices"
	"strings"
)

// Mark stands for one thing that a vendor has read about the subject, and does not tell it. Of is the component that it is about, a
// full stop, and which of that component's data.
type Mark struct {
	Of   string   `json:"o"`
	Sums []string `json:"s"`
}

// about returns the component that a mark is about.
func (k *Mark) about() string {
	component, _, _ := strings.Cut(k.Of, ".")
	return component
}

// A conflict is that two providers have read different things where there is one.
type conflict struct {
	component    string
	check        string // of the later
	earlier, run *Run
}

// conflicts returns what providers have read differently, one for a component, in the order of checks. Two have read the same
// where a sum of one is the other's, too: it depends on nothing but which runs count.
func (s *State) conflicts() []conflict {
	var room [8]conflict
	read := room[:0]
	for i := range s.Checks {
		c := s.Checks[i]
		earlier, last := c.standing()
		for j := 0; j <= len(earlier); j++ {
			r := last
			if j < len(earlier) {
				r = &earlier[j]
			}
			if r.counts() && len(r.Answer.Marks) > 0 && !r.moved(OnFalse) {
				read = append(read, conflict{check: c.Name, run: r})
			}
		}
	}
	if len(read) < 2 {
		return nil
	}
	var found []conflict
	for j := range read {
		for i := range j {
			a, b := read[i].run, read[j].run
			if a.Provider == b.Provider {
				continue
			}
			for n := range a.Answer.Marks {
				name := a.Answer.Marks[n].about()
				if slices.ContainsFunc(found, func(c conflict) bool { return c.component == name }) || a.doubts(name) || b.doubts(name) {
					continue
				}
				if differs(&a.Answer.Marks[n], b.Answer.Marks) {
					found = append(found, conflict{component: name, check: read[j].check, earlier: a, run: b})
				}
			}
		}
	}
	return found
}

// doubts reports whether a run itself says that a component, or the document that it was read from, is not valid or not known:
// then what it has read of it is no word against anybody's.
func (r *Run) doubts(component string) bool {
	return slices.ContainsFunc(r.Answer.Findings, func(f Finding) bool {
		return (f.Component == component || f.Component == "document") && f.Person == "" && caution(f.Result) > caution(Flagged)
	})
}

// differs reports whether another provider has a mark of the same and no sum in common with it.
func differs(k *Mark, others []Mark) bool {
	for i := range others {
		if others[i].Of == k.Of {
			return !slices.ContainsFunc(k.Sums, func(sum string) bool { return slices.Contains(others[i].Sums, sum) })
		}
	}
	return false
}

// finding says of a conflict's component what is to be made of it.
func (c *conflict) finding() *Finding {
	return &Finding{Component: c.component, Result: Unknown, Reasons: []string{reasonContradiction},
		Reasoning: c.earlier.Provider + " and " + c.run.Provider + " have read different things."}
}

// known is a conflict as what is known of its component.
func (c *conflict) known() known {
	return known{result: Unknown, code: reasonContradiction, finding: c.finding(), check: -1, run: c.run}
}

// told is a conflict as a finding that is shown. It is ours: no provider has said it.
func (c *conflict) told() told {
	at := max(c.earlier.Answer.At, c.run.Answer.At)
	attempt := c.run.attempt()
	return told{c.check, &Run{Provider: Bonafide, Answer: &Evidence{At: at, Attempt: attempt, Digest: c.run.Answer.Digest}}, c.finding(), c.earlier.Answer.Digest}
}

func sameMark(a, b Mark) bool { return a.Of == b.Of && slices.Equal(a.Sums, b.Sums) }

// compareMarks is a total order on what was read.
func compareMarks(a, b []Mark) int {
	return slices.CompareFunc(a, b, func(x, y Mark) int {
		if n := strings.Compare(x.Of, y.Of); n != 0 {
			return n
		}
		return slices.Compare(x.Sums, y.Sums)
	})
}
