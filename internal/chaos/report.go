package chaos

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// Report is what was broken and what came of it.
type Report struct {
	Kept      bool           `json:"kept"` // every promise
	Seed      uint64         `json:"seed"`
	Brokers   int            `json:"brokers"`
	Seconds   float64        `json:"seconds"`
	Faults    map[string]int `json:"faults"`
	Taken     int            `json:"taken"` // shards that changed hands while their owner was stopped
	Accepted  int            `json:"accepted"`
	Unsure    int            `json:"unsure"`         // requests whose answer was lost
	Refused   int            `json:"refused"`        // answered 503
	Retry     int            `json:"retry"`          // of them those that were told when to come again
	Decided   int            `json:"decided"`        // verifications
	Decisions int            `json:"decisions"`      // revisions
	Failed    int            `json:"failed"`         // verifications that ended without a decision
	Late      float64        `json:"lateSeconds"`    // from the last request until all were decided
	Broken    int            `json:"broken"`         // clients that were let in and got no answer
	Restarts  int            `json:"restarts"`       // of brokers that ended by themselves: for want of room
	Lost      *disk.Lost     `json:"lost,omitempty"` // what was not synced when the power failed
	Weather   *Weather       `json:"weather,omitempty"`
	Promises  []Verdict      `json:"promises"`
	Dir       string         `json:"dir,omitempty"`
}

// conclude judges.
func (r *run) conclude(f *Facts) {
	p := &r.report
	p.Accepted, p.Unsure = len(f.Accepted), len(f.Unsure)
	p.Refused, p.Retry = r.h.Refused()
	broken, _ := r.h.Broken()
	p.Broken, p.Late = len(broken), f.Late.Seconds()
	ids := map[string]bool{}
	for i := range f.Results {
		if f.Results[i].Revision > 0 {
			ids[f.Results[i].Verification] = true
			p.Decisions++
		}
	}
	p.Decided = len(ids)
	for i := range f.Results {
		if f.Results[i].Failed {
			p.Failed++
		}
	}
	p.Weather = weather(r.storms, samples(r.h, f))
	p.Promises, p.Kept = Check(f), true
	for _, v := range p.Promises {
		p.Kept = p.Kept && v.Broken == 0
	}
}

// Print writes the report for a person.
func (p *Report) Print(w io.Writer) {
	var done []string
	for _, name := range slices.Sorted(maps.Keys(p.Faults)) {
		done = append(done, fmt.Sprintf("%d × %s", p.Faults[name], name))
	}
	fmt.Fprintf(w, "seed %d, %d broker(s), %.0f s: %s\n", p.Seed, p.Brokers, p.Seconds, strings.Join(done, ", "))
	fmt.Fprintf(w, "%d accepted, %d never, %d answers were 503 and %d lost; %d verifications decided in %d revisions, %d failed, the last %.1f s after the last request; %d shards changed hands under a stopped owner\n\n",
		p.Accepted, p.Unsure, p.Refused, p.Broken, p.Decided, p.Decisions, p.Failed, p.Late, p.Taken)
	for _, v := range p.Promises {
		verdict := "kept"
		if v.Broken > 0 {
			verdict = fmt.Sprintf("BROKEN %d times", v.Broken)
		}
		fmt.Fprintf(w, "%-5s  %-66s  %6d checked  %s\n", v.Rule, v.Promise, v.Checked, verdict)
		for _, what := range v.First {
			fmt.Fprintf(w, "         %s\n", what)
		}
	}
	if p.Restarts > 0 {
		fmt.Fprintf(w, "\n%d times a broker that had no room had ended and was started again\n", p.Restarts)
	}
	if x := p.Lost; x != nil {
		fmt.Fprintf(w, "\nwhen the power failed, %d files went back to what was synced of them, by %d bytes\n", x.Files, x.Bytes)
	}
	if x := p.Weather; x != nil {
		fmt.Fprintf(w, "\nwhile a vendor had a bad time, the others' p99 was %.0f ms, before %.0f ms: %.2f times (%d and %d verifications); storm by storm the p90 was %.2f times, half of them less\n",
			x.StormyP99Ms, x.CalmP99Ms, x.Ratio, x.Stormy, x.Calm, x.PairRatio)
	}
	if !p.Kept && p.Dir != "" {
		fmt.Fprintf(w, "\neverything is still in %s\n", p.Dir)
	}
}
