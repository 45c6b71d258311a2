package load

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a run came to. Durations are milliseconds.
type Report struct {
	DecisionsPerSecond  float64 `json:"decisionsPerSecond"`
	P50                 float64 `json:"p50Ms"`
	P99                 float64 `json:"p99Ms"`
	P999                float64 `json:"p999Ms"`
	CPUSecondsPer1000   float64 `json:"cpuSecondsPer1000"`   // of the process named in Process
	PeakRSSMiB          float64 `json:"peakRSSMiB"`          // likewise
	Process             string  `json:"process"`             // what this process is: "all", or "client" of a system elsewhere
	MessagesPerDecision float64 `json:"messagesPerDecision"` // stored on any stream, those removed since included
	BytesPerDecision    float64 `json:"bytesPerDecision"`    // stored at the end
	Sync                string  `json:"sync"`                // default: survives kill -9; always: survives power loss too
	Index               bool    `json:"index"`               // the index of the read side was fed in this process
	Replicas            int     `json:"replicas"`
	Shards              int     `json:"shards"`
	Intake              string  `json:"intake"` // nats, http
	Checks              int     `json:"checks"`
	Rate                float64 `json:"rate"`     // offered per second; 0 is a closed loop
	InFlight            int     `json:"inflight"` // bound of the closed loop
	Seconds             float64 `json:"seconds"`
	Accepted            int     `json:"accepted"`
	Decided             int     `json:"decided"`
	Duplicates          int     `json:"duplicates"` // decisions that came twice
	Lost                int     `json:"lost"`       // accepted and not decided
	Misordered          int     `json:"misordered"` // a revision before its predecessor
	Wrong               int     `json:"wrong"`      // decided otherwise than the provider said
	Rejected            int     `json:"rejected"`   // taken in, and told that they can never start
	Rejection           string  `json:"rejection,omitempty"`
	Verified            bool    `json:"verified"`

	// With a reference loop in the same minutes: ours to its. Of processor time less is better, so there it is its to ours.
	Ratio    float64 `json:"ratio,omitzero"`
	CPURatio float64 `json:"cpuRatio,omitzero"`
}

// Compare notes how the run compares to the means of reference loops.
func (r *Report) Compare(refs ...Reference) {
	var rate, cpu float64
	for _, f := range refs {
		rate += f.DecisionsPerSecond / float64(len(refs))
		cpu += f.CPUSecondsPer1000 / float64(len(refs))
	}
	if rate > 0 && r.CPUSecondsPer1000 > 0 {
		r.Ratio, r.CPURatio = r.DecisionsPerSecond/rate, cpu/r.CPUSecondsPer1000
	}
}

// latencies are recorded up to two minutes with three digits.
func latencies() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(2*time.Minute/time.Microsecond), 3)
}

func ms(h *hdrhistogram.Histogram, q float64) float64 {
	return float64(h.ValueAtQuantile(q)) / 1000
}

// Print writes the report for a person.
func (r Report) Print(w io.Writer) {
	loop := fmt.Sprintf("closed loop, %d in flight", r.InFlight)
	if r.Rate > 0 {
		loop = fmt.Sprintf("open loop, %.0f/s offered, corrected for coordinated omission", r.Rate)
	}
	fmt.Fprintf(w, "by %s, %s; %d checks each; %d shards, %d replicas, sync %s; %.1f s\n", strings.ToUpper(r.Intake), loop, r.Checks, r.Shards, r.Replicas, r.Sync, r.Seconds)
	fmt.Fprintf(w, "  %-22s %10.0f\n", "decisions/s", r.DecisionsPerSecond)
	fmt.Fprintf(w, "  %-22s %10.2f / %.2f / %.2f ms\n", "p50 / p99 / p99.9", r.P50, r.P99, r.P999)
	fmt.Fprintf(w, "  %-22s %10.3f s (%s)\n", "CPU per 1,000", r.CPUSecondsPer1000, r.Process)
	fmt.Fprintf(w, "  %-22s %10.0f MiB\n", "peak memory", r.PeakRSSMiB)
	fmt.Fprintf(w, "  %-22s %10.1f, %.0f bytes\n", "stored per decision", r.MessagesPerDecision, r.BytesPerDecision)
	if r.Ratio > 0 {
		fmt.Fprintf(w, "  %-22s %10.2f of its decisions/s, %.2f of its decisions per CPU second\n", "to the bare loop", r.Ratio, r.CPURatio)
	}
	verdict := "VERIFIED"
	if !r.Verified {
		verdict = "NOT VERIFIED"
	}
	fmt.Fprintf(w, "  %s: accepted %d, decided %d, twice %d, lost %d, misordered %d, wrong %d, rejected %d\n", verdict, r.Accepted, r.Decided, r.Duplicates, r.Lost, r.Misordered, r.Wrong, r.Rejected)
	if r.Rejection != "" {
		fmt.Fprintf(w, "  the first rejection: %s\n", r.Rejection)
	}
}
