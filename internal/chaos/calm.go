package chaos

import (
	"slices"
	"strings"
	"time"
)

// storm is a vendor's bad time.
type storm struct {
	vendor   string
	from, to time.Time
}

// Weather says how the other vendors' verifications fared while one had a bad time, against the moments before.
type Weather struct {
	Storms      int     `json:"storms"`
	Calm        int     `json:"calm"`   // verifications of others in the moments before
	Stormy      int     `json:"stormy"` // and meanwhile
	CalmP99Ms   float64 `json:"calmP99Ms"`
	StormyP99Ms float64 `json:"stormyP99Ms"`
	Ratio       float64 `json:"ratio"`
}

// sample is one verification: which vendor it is about, when it was handed in, and how long its decision took.
type sample struct {
	vendor string
	at     time.Time
	took   time.Duration
}

// weather compares. It is pure.
func weather(storms []storm, all []sample) *Weather {
	if len(storms) == 0 {
		return nil
	}
	var before, during []time.Duration
	for _, s := range storms {
		for _, x := range all {
			switch {
			case x.vendor == s.vendor:
			case !x.at.Before(s.from) && x.at.Before(s.to):
				during = append(during, x.took)
			case !x.at.Before(s.from.Add(-s.to.Sub(s.from))) && x.at.Before(s.from):
				before = append(before, x.took)
			}
		}
	}
	w := &Weather{Storms: len(storms), Calm: len(before), Stormy: len(during), CalmP99Ms: p99(before), StormyP99Ms: p99(during)}
	if w.CalmP99Ms > 0 {
		w.Ratio = w.StormyP99Ms / w.CalmP99Ms
	}
	return w
}

// p99 returns what one of a hundred takes longer than, in milliseconds.
func p99(all []time.Duration) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return float64(all[(len(all)-1)*99/100].Microseconds()) / 1000
}

// samples returns how long each verification took, from its hand-in to the first decision's place on RESULTS.
func samples(h *History, f *Facts) []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []sample
	for i := range f.Results {
		m := &f.Results[i]
		if at, ok := h.accepted[m.Reference]; ok && m.Revision == 1 {
			flow := strings.Split(m.Subject, ".")[3]
			all = append(all, sample{strings.TrimSuffix(flow, "-person"), at, m.At.Sub(at)})
		}
	}
	return all
}
