package chaos

import (
	"crypto/sha256"
	"time"
)

// Facts is what is there after a run: what upstream knows, and what is stored, as it lies there.
type Facts struct {
	Accepted map[string]bool // references
	Unsure   map[string]bool // references of which upstream cannot know
	Lied     bool            // vendors answered what nobody can understand: what was asked of them may fail

	Results     []Message // RESULTS, in the order of the stream
	Computed    []Message // what the inputs give of them, computed again: shard by shard, in order
	Logs        [][]Mark  // of each shard, in the order of the log
	Differences []string  // of the logs from their replay

	Ledgers map[string]map[string]map[string]int // what vendors have charged: vendor, operation, identity
	Traces  map[string][]string                  // canaries, by where they were found
	Looked  int                                  // how many places were searched for them
	Unruly  []string                             // services that did not end as they should when they were told to
	Stopped int                                  // services that were told to
	Odd     []string                             // answers to requests that are neither yes nor "come again"
	Answers int
	Late    time.Duration // from the last request to the last first decision
}

// Message is one message of RESULTS.
type Message struct {
	Seq          uint64 // 0 where it was computed
	Subject      string
	Verification string
	Reference    string
	Revision     int    // 0: it is no decision
	Result       string // of a decision
	Failed       bool   // it is the end without a decision: a technical failure
	Mark         Mark   // what caused it
	Sum          [sha256.Size]byte
	At           time.Time // when RESULTS took it; zero where it was computed
}

// Mark is where a record stands among all of its shard, and who wrote it.
type Mark struct {
	Epoch uint64 // 0 where it is not known
	Input uint64
	Ord   int
}

// before reports whether m's cause comes before that of o.
func (m Mark) before(o Mark) bool { return m.Input < o.Input || m.Input == o.Input && m.Ord < o.Ord }

// decision names one revision of a verification.
type decision struct {
	verification string
	revision     int
}

func (m *Message) decision() decision { return decision{m.Verification, m.Revision} }
