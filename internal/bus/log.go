package bus

import (
	"context"
	"strings"
	"sync"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const (
	pipeWindow = 1024 // records in flight at once
	logQueue   = 4096 // records appended and not stored
	wakeEvery  = 256  // acknowledgements after which those who wait for room are woken
)

// Log is the right to write a shard's log, from Claim until another owner's. It is safe for concurrent use, but the
// order of records is the order of Append calls.
//
// On one replica records are pipelined, and each names the claim it was written under and the sequence it follows. On
// several replicas records go in atomic batches, one in flight, that name the sequence they follow. On one replica that
// syncs every write each group goes in the way that has been cheaper, alone, and after a batch the next one gathers for a
// while. After any error the writer reads the tail of the log and the last claim from the leader, and either stops for ever
// or sends again what is not stored.
type Log struct {
	bus          *Bus
	shard        int
	stream       string
	prefix       string // of the subjects
	claimSubject string
	grouped      bool // atomic batches instead of the pipeline
	synced       bool // the broker syncs every write and there is one replica: whichever is cheaper, group by group
	epoch        uint64
	claimSeq     uint64
	tail         tail

	costs  costs // only run touches these two
	landed func()

	work chan struct{} // the writer has something to look at
	stop chan struct{}
	done chan struct{} // the writer has ended
	once sync.Once

	mu      sync.Mutex
	pending []Record // appended, not stored, in order
	sent    int      // how many of pending are in flight
	flying  int      // messages whose end is not known
	base    uint64   // sequence of what lies before pending[0]
	trouble error    // why the writer must look at the log
	err     error    // why nothing can be written any more
	passed  uint64   // all records of inputs up to this have been appended
	moved   chan struct{}
	waiters int
}

type tail struct {
	inSeq uint64
	ord   int
	ok    bool
}

func newLog(b *Bus, shard int) *Log {
	claim := events.LogClaimSubject(shard)
	return &Log{
		bus: b, shard: shard, stream: streamLog(shard), claimSubject: claim, prefix: strings.TrimSuffix(claim, "claim"),
		work: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), moved: make(chan struct{}),
	}
}

// Epoch returns the number of this ownership: one more than that of the owner before.
func (l *Log) Epoch() uint64 { return l.epoch }

// Tail returns the position of the last record before this ownership; ok is false when there was none. Every record up
// to that position is in the log.
func (l *Log) Tail() (inSeq uint64, ord int, ok bool) { return l.tail.inSeq, l.tail.ord, l.tail.ok }

// Append writes records after all that were appended before. It returns when they are on their way, waiting only for
// room. All records of one input go in one call. Their headers belong to the log from then on. It returns ErrFenced
// when another owner has claimed the shard.
func (l *Log) Append(ctx context.Context, records []Record) error {
	if err := l.check(records); err != nil {
		return err
	}
	for len(records) > 0 {
		l.mu.Lock()
		if l.err != nil {
			err := l.err
			l.mu.Unlock()
			return err
		}
		n := min(len(records), logQueue-len(l.pending))
		l.pending = append(l.pending, records[:n]...)
		if records = records[n:]; len(records) == 0 && n > 0 {
			l.passed = max(l.passed, l.pending[len(l.pending)-1].InSeq)
		}
		l.mu.Unlock()
		nudge(l.work)
		if len(records) == 0 {
			return nil
		}
		if err := l.wait(ctx, func() bool { return len(l.pending) < logQueue }); err != nil {
			return err
		}
	}
	return nil
}

// check refuses records that could never be stored, and gives the others their place.
func (l *Log) check(records []Record) error {
	limit := int(l.bus.own.MaxPayload()) - 1024
	for i := range records {
		r := &records[i]
		if kind, ok := strings.CutPrefix(r.Subject, l.prefix); !ok || kind == "claim" {
			return fault.New(fault.Invalid, "bus.append", "a record's subject is not one of the shard's log")
		}
		size := len(r.Data)
		for k, vs := range r.Header {
			for _, v := range vs {
				size += len(k) + len(v) + 4
			}
		}
		if limit > 0 && size > limit {
			return fault.New(fault.Invalid, "bus.append", "a record is too large")
		}
		if r.Header == nil {
			r.Header = events.Header{}
		}
		r.Epoch = l.epoch
		r.Header[hAt] = []string{formatAt(r.Epoch, r.InSeq, r.Ord)}
	}
	return nil
}

// Pass says that every record of inputs up to inSeq has been appended, inputs without records included. It makes
// Stored exact; without it Stored speaks of the last input that had records.
func (l *Log) Pass(inSeq uint64) {
	l.mu.Lock()
	l.passed = max(l.passed, inSeq)
	l.mu.Unlock()
}

// Flush returns when every record appended so far is stored.
func (l *Log) Flush(ctx context.Context) error {
	return l.wait(ctx, func() bool { return len(l.pending) == 0 })
}

// Stored returns the greatest input that is known to be done: everything that inputs up to it caused is stored. See
// Pass.
func (l *Log) Stored() (inSeq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) > 0 {
		return l.pending[0].InSeq - 1
	}
	return l.passed
}

// Close ends the writer without waiting for records that are not stored yet: Flush first. The claim stays.
func (l *Log) Close() {
	l.once.Do(func() { close(l.stop) })
	<-l.done
}

// wait waits until ok, which is called under the lock.
func (l *Log) wait(ctx context.Context, ok func() bool) error {
	l.mu.Lock()
	for l.err == nil && !ok() {
		moved := l.moved
		l.waiters++
		l.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return classify("bus.log", ctx.Err())
		}
		l.mu.Lock()
	}
	defer l.mu.Unlock()
	return l.err
}

// progress wakes those who wait. The lock is held.
func (l *Log) progress() {
	if l.waiters > 0 {
		l.waiters = 0
		close(l.moved)
		l.moved = make(chan struct{})
	}
}

// fail ends the log for ever.
func (l *Log) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.pending, l.sent = nil, 0
	}
	l.progress()
}
