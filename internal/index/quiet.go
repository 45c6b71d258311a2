package index

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// complainEvery is how long pebble's complaints wait for each other: where nothing can be written it tries, and complains,
// thousands of times a second.
const complainEvery = time.Second

// quiet gives pebble's complaints to our log, at most one each complainEvery. It tells nothing of what it does otherwise. Its
// methods are safe for concurrent use.
type quiet struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex
	last   time.Time
	unsaid int // complaints since
}

// Infof does nothing.
func (*quiet) Infof(string, ...any) {}

// Errorf logs, with the number of complaints that were not logged since the last one that was.
func (q *quiet) Errorf(format string, args ...any) {
	q.mu.Lock()
	at := q.now()
	if !q.last.IsZero() && at.Sub(q.last) < complainEvery {
		q.unsaid++
		q.mu.Unlock()
		return
	}
	unsaid := q.unsaid
	q.last, q.unsaid = at, 0
	q.mu.Unlock()
	q.log.Error("index", "cause", fmt.Sprintf(format, args...), "unsaid", unsaid)
}

// Fatalf ends the process: what pebble cannot go on from, we cannot either.
func (*quiet) Fatalf(format string, args ...any) { panic("index: " + fmt.Sprintf(format, args...)) }
