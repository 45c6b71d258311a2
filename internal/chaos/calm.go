package chaos

import (
	"slices"
	"strings"
	"time"
)

// storm is a vendor's bad time, and as long a calm time right before it.
type storm struct {
	vendor         string
	calm, from, to time.Time
}

// Weather says how the other vendors' verifications fared while one had a bad time, against the moments before. Each bad time
// has a calm time beside it, so that what the machine does besides meets both alike.
type Weather struct {
	Storms      int     `json:"storms"`
	Calm        int     `json:"calm"`   // verifications of others in the moments before
	Stormy      int     `json:"stormy"` // and meanwhile
	CalmP99Ms   float64 `json:"calmP99Ms"`
	StormyP99Ms float64 `json:"stormyP99Ms"`
	Ratio       float64 `json:"ratio"`
	// PairRatio is the median, over the storms, of how the slowest tenth begins: meanwhile to before. One hiccup of the machine
	// moves a 99th percentile of a few hundred, and not this.
	PairRatio float64 `json:"pairRatio"`
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
	var ratios []float64
	for _, s := range storms {
		var calm, stormy []time.Duration
		for _, x := range all {
			switch {
			case x.vendor == s.vendor:
			case !x.at.Before(s.from) && x.at.Before(s.to):
				stormy = append(stormy, x.took)
			case !x.at.Before(s.calm) && x.at.Before(s.from):
				calm = append(calm, x.took)
			}
		}
		if c := percentile(calm, 90); c > 0 && len(stormy) > 0 {
			ratios = append(ratios, percentile(stormy, 90)/c)
		}
		before, during = append(before, calm...), append(during, stormy...)
	}
	w := &Weather{Storms: len(storms), Calm: len(before), Stormy: len(during), CalmP99Ms: percentile(before, 99), StormyP99Ms: percentile(during, 99)}
	if w.CalmP99Ms > 0 {
		w.Ratio = w.StormyP99Ms / w.CalmP99Ms
	}
	if len(ratios) > 0 {
		slices.Sort(ratios)
		w.PairRatio = (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
	}
	return w
}

// percentile returns what 100-n of a hundred take longer than, in milliseconds.
func percentile(all []time.Duration, n int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return float64(all[(len(all)-1)*n/100].Microseconds()) / 1000
}

// samples returns how long each verification took, from its hand-in to the first decision's place on RESULTS. How long those
// take whose vendor tells late or fails first is the vendor's doing; families wait for several.
func samples(h *History, f *Facts) []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []sample
	for i := range f.Results {
		m := &f.Results[i]
		if at, ok := h.accepted[m.Reference]; ok && m.Revision == 1 && !slow(m.Reference) {
			flow := strings.Split(m.Subject, ".")[3]
			if flow == Family || strings.Contains(m.Reference, "/") {
				continue
			}
			all = append(all, sample{strings.TrimSuffix(flow, "-person"), at, m.At.Sub(at)})
		}
	}
	return all
}

func slow(reference string) bool {
	return strings.HasSuffix(reference, "-lost") || strings.HasSuffix(reference, "-shuffle") || strings.HasSuffix(reference, "-error")
}
