package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The promises, by the names that docs/chaos.md gives.
const (
	I1    = "I1"
	I2    = "I2"
	I3    = "I3"
	I4    = "I4"
	I5    = "I5"
	I6    = "I6"
	Story = "story"
	Calm  = "calm"
)

// shown bounds what is told of one promise; all that is broken is counted.
const shown = 5

// Verdict says whether one promise was kept.
type Verdict struct {
	Rule    string   `json:"rule"`
	Promise string   `json:"promise"`
	Checked int      `json:"checked"`
	Broken  int      `json:"broken"`
	First   []string `json:"first,omitempty"`
}

func (v *Verdict) bad(format string, args ...any) {
	if v.Broken++; len(v.First) < shown {
		v.First = append(v.First, fmt.Sprintf(format, args...))
	}
}

// Check says of each promise whether the facts show that it was kept. It is pure.
func Check(f *Facts) []Verdict {
	return []Verdict{decidedOnce(f), askedFor(f), computed(f), inOrder(f), nobodyTold(f), paidOnce(f), asTold(f), orderly(f)}
}

// decidedOnce: each accepted verification has a decision, and one for each revision, no matter how often it was asked for.
func decidedOnce(f *Facts) Verdict {
	v := Verdict{Rule: I1, Promise: "what was accepted is decided, once for each revision", Checked: len(f.Accepted)}
	times, ids, failed := map[decision]int{}, map[string]string{}, map[string]bool{}
	for i := range f.Results {
		m := &f.Results[i]
		if m.Failed {
			failed[m.Reference] = true
		}
		if m.Revision == 0 {
			continue
		}
		if times[m.decision()]++; times[m.decision()] == 2 {
			v.bad("revision %d of %s lies on RESULTS more than once", m.Revision, m.Verification)
		}
		if id := ids[m.Reference]; id != "" && id != m.Verification {
			v.bad("one request, %s, became two verifications: %s and %s", m.Reference, id, m.Verification)
		}
		ids[m.Reference] = m.Verification
	}
	for _, ref := range slices.Sorted(maps.Keys(f.Accepted)) {
		switch {
		case ids[ref] != "" || failed[ref] && f.Lied:
		case failed[ref]:
			v.bad("%s was accepted and has failed, and no vendor has lied", ref)
		default:
			v.bad("%s was accepted and is not decided", ref)
		}
	}
	for i := range f.Computed {
		if m := &f.Computed[i]; m.Revision > 0 && times[m.decision()] == 0 && ids[m.Reference] != "" {
			v.bad("revision %d of %s was decided and does not lie on RESULTS", m.Revision, m.Verification)
		}
	}
	return v
}

// askedFor: nothing is decided that was not accepted.
func askedFor(f *Facts) Verdict {
	v := Verdict{Rule: I2, Promise: "nothing is decided that was not accepted"}
	for i := range f.Results {
		m := &f.Results[i]
		if m.Revision == 0 {
			continue
		}
		v.Checked++
		if !f.Accepted[m.Reference] && !f.Unsure[m.Reference] {
			v.bad("%s (%s) is decided and nobody has asked", m.Verification, m.Reference)
		}
	}
	return v
}

// computed: each decision is what its inputs give when they are replayed.
func computed(f *Facts) Verdict {
	v := Verdict{Rule: I3, Promise: "each decision is what a replay computes"}
	again := map[decision]*Message{}
	for i := range f.Computed {
		again[f.Computed[i].decision()] = &f.Computed[i]
	}
	for i := range f.Results {
		m := &f.Results[i]
		if m.Revision == 0 {
			continue
		}
		v.Checked++
		switch c := again[m.decision()]; {
		case c == nil:
			v.bad("revision %d of %s is decided, and the inputs do not give it", m.Revision, m.Verification)
		case c.Sum != m.Sum:
			v.bad("revision %d of %s says %q on %s; the inputs give %q on %s, or differ in what else it says", m.Revision, m.Verification, m.Result, m.Subject, c.Result, c.Subject)
		}
	}
	for _, d := range f.Differences {
		v.bad("%s", d)
	}
	return v
}

// inOrder: of one verification RESULTS tells revision after revision, cause after cause; of one shard the log does, and no
// former owner has written behind its successor.
func inOrder(f *Facts) Verdict {
	v := Verdict{Rule: I4, Promise: "what is told of a verification is told in order"}
	last, revision := map[string]Mark{}, map[string]int{}
	for i := range f.Results {
		m := &f.Results[i]
		v.Checked++
		was, known := last[m.Verification]
		if known && was == m.Mark {
			continue // told twice: another promise
		}
		if known && !was.before(m.Mark) || m.Revision > 0 && m.Revision < revision[m.Verification] {
			v.bad("%s: what input %d caused (revision %d) lies behind what input %d caused (revision %d)", m.Verification, m.Mark.Input, m.Revision, was.Input, revision[m.Verification])
		}
		last[m.Verification], revision[m.Verification] = m.Mark, max(m.Revision, revision[m.Verification])
	}
	for shard, log := range f.Logs {
		for i := 1; i < len(log); i++ {
			v.Checked++
			if log[i].Epoch < log[i-1].Epoch {
				v.bad("shard %d: record %d of epoch %d lies behind one of epoch %d: a former owner wrote", shard, i, log[i].Epoch, log[i-1].Epoch)
			}
			if !log[i-1].before(log[i]) {
				v.bad("shard %d: record %d, of input %d, lies behind one of input %d", shard, i, log[i].Input, log[i-1].Input)
			}
		}
	}
	return v
}

// nobodyTold: nothing that only a person can know lies in clear where it may not.
func nobodyTold(f *Facts) Verdict {
	v := Verdict{Rule: I5, Promise: "nobody is in files, logs or metrics", Checked: f.Looked}
	for _, where := range slices.Sorted(maps.Keys(f.Traces)) {
		v.bad("%s holds %s", where, strings.Join(f.Traces[where], ", "))
	}
	return v
}

// paidOnce: no vendor was made to create twice for one operation.
func paidOnce(f *Facts) Verdict {
	v := Verdict{Rule: I6, Promise: "no vendor is paid twice"}
	for _, vendor := range slices.Sorted(maps.Keys(f.Ledgers)) {
		for _, op := range slices.Sorted(maps.Keys(f.Ledgers[vendor])) {
			for _, identity := range slices.Sorted(maps.Keys(f.Ledgers[vendor][op])) {
				v.Checked++
				if n := f.Ledgers[vendor][op][identity]; n != 1 {
					v.bad("%s has charged %d times for %s of %s", vendor, n, op, identity)
				}
			}
		}
	}
	return v
}

// asTold: what is decided is what the vendors' stories are. Only the vendor that changes its mind is decided against.
func asTold(f *Facts) Verdict {
	v := Verdict{Rule: Story, Promise: "each decision is what the vendor's story says"}
	for i := range f.Results {
		m := &f.Results[i]
		if m.Revision == 0 {
			continue
		}
		v.Checked++
		turned := strings.HasSuffix(m.Reference, "-reversal") && m.Result == "false" // maybe before we asked for the first time
		if m.Result != "true" && !turned || m.Result == "true" && m.Revision > 1 {
			v.bad("revision %d of %s (%s) is %q", m.Revision, m.Verification, m.Reference, m.Result)
		}
	}
	return v
}

// orderly: services that are told to stop do, in time, and requests are answered yes or "come again".
func orderly(f *Facts) Verdict {
	v := Verdict{Rule: Calm, Promise: "who is told to stop stops in time; a request is taken or told when to come again", Checked: f.Stopped + f.Answers}
	for _, s := range append(f.Unruly[:len(f.Unruly):len(f.Unruly)], f.Odd...) {
		v.bad("%s", s)
	}
	return v
}
