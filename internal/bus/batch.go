package bus

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// Bounds of an atomic batch. The broker takes at most 1000 messages.
const (
	batchMessages = 500
	batchBytes    = 4 << 20
)

const (
	hExpectLast        = "Nats-Expected-Last-Sequence"
	hExpectLastSubject = "Nats-Expected-Last-Subject-Sequence"
	hExpectOfSubject   = "Nats-Expected-Last-Subject-Sequence-Subject"
	hBatchID           = "Nats-Batch-Id"
	hBatchSequence     = "Nats-Batch-Sequence"
	hBatchCommit       = "Nats-Batch-Commit"
)

// sendBatch writes all messages or none, and returns the sequence of the last. An error may mean that they are stored
// all the same: the broker's answer can be lost. It sets headers of the messages.
func sendBatch(ctx context.Context, nc *nats.Conn, msgs []*nats.Msg) (uint64, error) {
	last := len(msgs) - 1
	if last > 0 {
		id := nuid.Next()
		for i, m := range msgs {
			m.Header[hBatchID] = []string{id}
			m.Header[hBatchSequence] = []string{strconv.Itoa(i + 1)}
			if i < last {
				if err := nc.PublishMsg(m); err != nil {
					return 0, err
				}
			}
		}
		msgs[last].Header[hBatchCommit] = []string{"1"}
	}
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	answer, err := nc.RequestMsgWithContext(ctx, msgs[last])
	if err != nil {
		return 0, err
	}
	return readAck(answer)
}

// batchLen returns how many of the messages make the next batch.
func batchLen(n int, size func(i int) int) int {
	bytes := 0
	for i := range min(n, batchMessages) {
		if bytes += size(i); i > 0 && bytes > batchBytes {
			return i
		}
	}
	return min(n, batchMessages)
}

// batcher groups the messages of one stream: while one group is being synced to disk, the next gathers. A group goes as an
// atomic batch, which the broker syncs once, or message by message, each synced for itself, whichever has been cheaper: a
// batch costs the broker some files, which is much where syncing is quick and little where it is slow. See pause for how long
// they gather.
type batcher struct {
	nc   *nats.Conn
	puts *publisher
	over <-chan struct{}
	room chan struct{}
	work chan struct{}

	mu     sync.Mutex
	queue  []batched
	closed bool

	costs costs // only run touches them
}

type batched struct {
	msg  *nats.Msg
	tag  uint64
	done stored
}

func newBatcher(nc *nats.Conn, puts *publisher, over <-chan struct{}) *batcher {
	return &batcher{nc: nc, puts: puts, over: over, room: make(chan struct{}, putWindow), work: make(chan struct{}, 1)}
}

// send has the contract of publisher.send.
func (q *batcher) send(ctx context.Context, m *nats.Msg, tag uint64, done stored) error {
	select {
	case q.room <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-q.over:
		return nats.ErrConnectionClosed
	}
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		<-q.room
		return nats.ErrConnectionClosed
	}
	q.queue = append(q.queue, batched{m, tag, done})
	q.mu.Unlock()
	nudge(q.work)
	return nil
}

// run sends batches until ctx ends; what is queued then is refused.
func (q *batcher) run(ctx context.Context) {
	for {
		q.mu.Lock()
		n := batchLen(len(q.queue), func(i int) int { return q.queue[i].msg.Size() })
		items := q.queue[:n:n]
		q.queue = q.queue[n:]
		q.mu.Unlock()
		if n == 0 {
			select {
			case <-q.work:
				continue
			case <-ctx.Done():
				q.refuse()
				return
			}
		}
		begun := time.Now()
		batch := q.costs.batched(n)
		if batch {
			q.together(ctx, items)
		} else {
			q.oneByOne(ctx, items)
		}
		took := time.Since(begun)
		q.costs.took(batch, n, took)
		if batch {
			gather(ctx, pause(n, took), q.work, q.full)
		}
	}
}

// full reports whether more would not fit into the next batch.
func (q *batcher) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.queue) >= batchMessages
}

// together writes items as an atomic batch.
func (q *batcher) together(ctx context.Context, items []batched) {
	msgs := make([]*nats.Msg, len(items))
	for i := range items {
		msgs[i] = items[i].msg
	}
	seq, err := sendBatch(ctx, q.nc, msgs)
	for i, it := range items {
		if err != nil {
			it.done(it.tag, 0, err)
		} else {
			it.done(it.tag, seq-uint64(len(items)-1-i), nil)
		}
		<-q.room
	}
}

// oneByOne writes items without waiting for one before the next, and returns when all are stored.
func (q *batcher) oneByOne(ctx context.Context, items []batched) {
	var stored sync.WaitGroup
	for _, it := range items {
		stored.Add(1)
		end := func(_, seq uint64, err error) {
			it.done(it.tag, seq, err)
			<-q.room
			stored.Done()
		}
		if err := q.puts.send(ctx, it.msg, 0, end); err != nil {
			end(0, 0, err)
		}
	}
	stored.Wait()
}

// idle waits until nothing is queued or in flight.
func (q *batcher) idle(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(q.room) > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (q *batcher) refuse() {
	q.mu.Lock()
	items := q.queue
	q.queue, q.closed = nil, true
	q.mu.Unlock()
	for _, it := range items {
		it.done(it.tag, 0, nats.ErrConnectionClosed)
		<-q.room
	}
}
