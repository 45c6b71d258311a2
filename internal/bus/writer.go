package bus

import (
	"context"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// run is the only goroutine that sends records.
func (l *Log) run() {
	defer close(l.done)
	ctx, cancel := context.WithCancel(l.bus.ctx)
	defer cancel()
	l.bus.tasks.Go(func() {
		select {
		case <-l.stop:
			cancel()
		case <-ctx.Done():
		}
	})
	claimed := strconv.FormatUint(l.claimSeq, 10)
	for ctx.Err() == nil {
		l.mu.Lock()
		dead, trouble, flying := l.err != nil, l.trouble != nil, l.flying
		l.mu.Unlock()
		switch {
		case dead:
			return
		case trouble && flying == 0:
			l.reconcile(ctx)
			continue
		case trouble: // every message that is out must have come to its end
		case l.synced && flying > 0: // a group is alone on its way
		case l.synced:
			if l.sendCheapest(ctx, claimed) {
				continue
			}
		case l.grouped:
			if l.sendGroup(ctx) {
				continue
			}
		default:
			if l.sendPipe(ctx, claimed) {
				continue
			}
		}
		select {
		case <-l.work:
		case <-ctx.Done():
		}
	}
	l.fail(fault.New(fault.Stopping, "bus.log", "the log is closed"))
}

// sendPipe sends what has not been sent, up to the window, and reports whether there was anything.
func (l *Log) sendPipe(ctx context.Context, claimed string) bool {
	l.mu.Lock()
	n := min(len(l.pending), pipeWindow) - l.sent
	if n <= 0 {
		l.mu.Unlock()
		return false
	}
	records := l.pending[l.sent : l.sent+n : l.sent+n]
	follows := l.base + uint64(l.sent)
	l.sent += n
	l.flying += n
	l.mu.Unlock()
	claim, of := []string{claimed}, []string{l.claimSubject} // nobody writes to what a header holds
	msgs, last := make([]nats.Msg, n), make([]string, n)
	for i := range records {
		h := records[i].Header
		last[i] = strconv.FormatUint(follows, 10)
		h[hExpectLast], h[hExpectLastSubject], h[hExpectOfSubject] = last[i:i+1:i+1], claim, of
		msgs[i].Subject, msgs[i].Header, msgs[i].Data = records[i].Subject, nats.Header(h), records[i].Data
		err := l.bus.logs.send(ctx, &msgs[i], follows, l.ended)
		if err != nil {
			l.mu.Lock()
			l.flying -= n - i
			l.suspect(err)
			l.mu.Unlock()
			return true
		}
		follows++
	}
	return true
}

// sendCheapest sends all there is in one way or the other; it reports whether there was anything. Nothing is in flight.
func (l *Log) sendCheapest(ctx context.Context, claimed string) bool {
	if l.landed != nil {
		l.landed()
		l.landed = nil
	}
	l.mu.Lock()
	n := min(len(l.pending), batchMessages)
	l.mu.Unlock()
	if n == 0 {
		return false
	}
	begun := time.Now()
	if l.costs.batched(n) {
		sent := l.sendGroup(ctx)
		took := time.Since(begun)
		l.costs.took(true, n, took)
		gather(ctx, pause(n, took), l.work, l.full)
		return sent
	}
	l.landed = func() { l.costs.took(false, n, time.Since(begun)) }
	return l.sendPipe(ctx, claimed)
}

// full reports whether more would not fit into the next batch, or that there will be none.
func (l *Log) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending) >= batchMessages || l.err != nil || l.trouble != nil
}

// ended is told what came of one piped record. Acknowledgements of one stream come in order.
func (l *Log) ended(follows, seq uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying--
	switch {
	case err != nil:
		l.suspect(err)
	case l.trouble != nil || l.err != nil:
	case follows != l.base || seq != l.base+1:
		l.suspect(fault.New(fault.Transient, "bus.log", "an acknowledgement is missing"))
	default:
		l.drop(1)
		l.base = seq
		l.sent--
		if len(l.pending)%wakeEvery == 0 {
			l.progress()
		}
		if l.sent%wakeEvery == 0 && len(l.pending) > l.sent || l.synced && l.flying == 0 {
			nudge(l.work)
		}
		return
	}
	nudge(l.work)
}

// sendGroup sends one atomic batch and waits for its end; it reports whether there was anything to send.
func (l *Log) sendGroup(ctx context.Context) bool {
	l.mu.Lock()
	n := batchLen(len(l.pending), func(i int) int { return len(l.pending[i].Data) + 512 })
	records := l.pending[:n:n]
	follows := l.base
	l.mu.Unlock()
	if n == 0 {
		return false
	}
	msgs := make([]*nats.Msg, n)
	for i := range records {
		for _, k := range []string{hExpectLast, hExpectLastSubject, hExpectOfSubject, hBatchID, hBatchSequence, hBatchCommit} {
			delete(records[i].Header, k)
		}
		msgs[i] = &nats.Msg{Subject: records[i].Subject, Header: nats.Header(records[i].Header), Data: records[i].Data}
	}
	msgs[0].Header[hExpectLast] = []string{strconv.FormatUint(follows, 10)}
	last, err := sendBatch(ctx, l.bus.own, msgs)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.suspect(err)
	case last != follows+uint64(n):
		l.suspect(fault.New(fault.Transient, "bus.log", "the batch lies elsewhere"))
	default:
		l.drop(n)
		l.base = last
		l.progress()
	}
	return true
}

// suspect notes that the writer does not know what the log looks like. The lock is held.
func (l *Log) suspect(err error) {
	if l.trouble == nil {
		l.trouble = err
	}
}

// drop forgets the first n pending records: they are stored. The lock is held.
func (l *Log) drop(n int) {
	clear(l.pending[:n])
	l.pending = l.pending[n:]
	if len(l.pending) == 0 {
		l.pending = nil
	}
}

// reconcile looks at the log as its leader has it: first the last record, then the last claim, so that a claim which
// comes in between makes the next write fail. Nothing is in flight.
func (l *Log) reconcile(ctx context.Context) {
	for pause := 20 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, time.Second) {
		last, err := l.lastRecord(ctx)
		if err == nil {
			var seq uint64
			if _, seq, err = l.lastClaim(ctx); err == nil {
				l.settle(last, seq)
				return
			}
		}
		if fault.ClassOf(err) == fault.Malformed {
			l.fail(err)
			return
		}
		rest(ctx, pause)
	}
}

// settle decides what the log's tail means for what is pending.
func (l *Log) settle(last *Record, claimSeq uint64) {
	if claimSeq != l.claimSeq || last != nil && last.Epoch > l.epoch {
		l.fail(ErrFenced)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.base = claimSeq
	if last != nil {
		l.base = max(l.base, last.Seq)
		n := 0
		for n < len(l.pending) && l.pending[n].notAfter(last.InSeq, last.Ord) {
			n++
		}
		l.drop(n)
	}
	l.sent, l.trouble = 0, nil
	l.progress()
}
