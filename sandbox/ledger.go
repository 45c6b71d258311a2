package sandbox

import (
	"maps"
	"strconv"
	"sync"
)

// Ledger counts what a vendor was asked to do, so that a test can prove that
// nobody was billed twice and nothing was forgotten. It holds no personal data:
// identities are external identifiers or fingerprints. It is safe for concurrent
// use.
type Ledger struct {
	mu sync.Mutex
	s  Snapshot
}

// Snapshot is the ledger at one moment. Operations are named by the vendor's
// folder, for example "person.create".
type Snapshot struct {
	// Creates counts billable creations: operation, then identity.
	Creates map[string]map[string]int `json:"creates"`
	// Uploads counts stored files, Reads counts answered questions, Others all
	// other operations, each by operation.
	Uploads map[string]int `json:"uploads"`
	Reads   map[string]int `json:"reads"`
	Others  map[string]int `json:"others"`
	// Webhooks counts deliveries by event.
	Webhooks map[string]WebhookCount `json:"webhooks"`
	// Answers counts the HTTP answers of the vendor's paths by status code; an
	// answer that was never given (a hanging fault) counts as "0".
	Answers map[string]int `json:"answers"`
	// Faults counts the requests that met a fault, by mode.
	Faults map[string]int `json:"faults"`
}

// WebhookCount is what became of the deliveries of one event.
type WebhookCount struct {
	Queued    int `json:"queued"`    // deliveries, doubles included
	Attempts  int `json:"attempts"`  // requests sent
	Delivered int `json:"delivered"` // attempts answered with 2xx
	Failed    int `json:"failed"`    // attempts answered otherwise or not at all
	Doubled   int `json:"doubled"`   // deliveries that repeat another, as the story says
	Lost      int `json:"lost"`      // deliveries not sent, as the story says
	Refused   int `json:"refused"`   // deliveries whose target is not allowed
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{s: Snapshot{
		Creates: map[string]map[string]int{}, Uploads: map[string]int{}, Reads: map[string]int{},
		Others: map[string]int{}, Webhooks: map[string]WebhookCount{}, Answers: map[string]int{}, Faults: map[string]int{},
	}}
}

// Create counts a billable creation for an identity.
func (l *Ledger) Create(op, identity string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s.Creates[op] == nil {
		l.s.Creates[op] = map[string]int{}
	}
	l.s.Creates[op][identity]++
}

// Upload counts a stored file.
func (l *Ledger) Upload(op string) { l.count(l.s.Uploads, op) }

// Read counts an answered question.
func (l *Ledger) Read(op string) { l.count(l.s.Reads, op) }

// Other counts an operation that is neither a creation, an upload nor a read.
func (l *Ledger) Other(op string) { l.count(l.s.Others, op) }

func (l *Ledger) answer(status int) { l.count(l.s.Answers, strconv.Itoa(status)) }
func (l *Ledger) fault(mode string) { l.count(l.s.Faults, mode) }

func (l *Ledger) count(m map[string]int, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m[key]++
}

func (l *Ledger) webhook(event string, change func(*WebhookCount)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.s.Webhooks[event]
	change(&n)
	l.s.Webhooks[event] = n
}

// Snapshot returns a copy of the counts.
func (l *Ledger) Snapshot() Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.s
	s.Creates = make(map[string]map[string]int, len(l.s.Creates))
	for op, by := range l.s.Creates {
		s.Creates[op] = maps.Clone(by)
	}
	s.Uploads, s.Reads, s.Others = maps.Clone(s.Uploads), maps.Clone(s.Reads), maps.Clone(s.Others)
	s.Webhooks, s.Answers, s.Faults = maps.Clone(s.Webhooks), maps.Clone(s.Answers), maps.Clone(s.Faults)
	return s
}
