package sandbox

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock runs a vendor's delays in vendor time.
//
// A clock of NewClock follows the wall and divides every delay by its speed; one
// of NewManualClock moves only by Advance. All methods are safe for concurrent
// use. Close ends everything the clock has started and waits for it.
type Clock struct {
	speed  float64
	now    func() time.Time
	began  time.Time
	manual bool

	ctx    context.Context
	cancel context.CancelFunc
	moving sync.Mutex     // held while Advance runs
	wg     sync.WaitGroup // tasks that wait or run, when not manual

	mu     sync.Mutex
	closed bool
	at     time.Duration // manual: vendor time since the start
	seq    uint64
	queue  taskQueue          // manual
	timers map[*task]struct{} // not manual
}

// NewClock returns a clock on which a vendor's second lasts 1/speed seconds. A
// speed that is not positive means 1. A nil now means time.Now.
func NewClock(speed float64, now func() time.Time) *Clock {
	if !(speed > 0) {
		speed = 1
	}
	if now == nil {
		now = time.Now
	}
	c := &Clock{speed: speed, now: now, began: time.Now(), timers: make(map[*task]struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// NewManualClock returns a clock that shows start and stands still until Advance.
func NewManualClock(start time.Time) *Clock {
	c := &Clock{speed: 1, began: start, manual: true}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Now returns the time to write on the wire. It is not sped up: timestamps and
// signature windows stay comparable with the client's own clock.
func (c *Clock) Now() time.Time {
	if c.manual {
		return c.began.Add(c.Elapsed())
	}
	return c.now()
}

// Elapsed returns the vendor time since the clock was made.
func (c *Clock) Elapsed() time.Duration {
	if !c.manual {
		return time.Duration(float64(time.Since(c.began)) * c.speed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Scale returns how long the vendor's d lasts for the client.
func (c *Clock) Scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

// After runs do when d of vendor time has passed, each on its own goroutine (on
// a manual clock: inside Advance, one after the other). The context ends with the
// clock. The returned function takes the task back if it has not begun. After
// Close nothing is run any more.
func (c *Clock) After(d time.Duration, do func(context.Context)) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return func() {}
	}
	c.seq++
	t := &task{due: c.at + max(d, 0), seq: c.seq, do: do}
	if c.manual {
		heap.Push(&c.queue, t)
		return func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			t.do = nil
		}
	}
	c.wg.Add(1)
	c.timers[t] = struct{}{}
	t.timer = time.AfterFunc(c.Scale(max(d, 0)), func() {
		if c.take(t) {
			defer c.wg.Done()
			do(c.ctx)
		}
	})
	return func() {
		if c.take(t) {
			t.timer.Stop()
			c.wg.Done()
		}
	}
}

// take claims a task for whoever comes first: its timer, its stop or Close.
func (c *Clock) take(t *task) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, waiting := c.timers[t]
	delete(c.timers, t)
	return waiting
}

// Advance moves a manual clock on by d and runs what falls due, in order, before
// it returns; that includes what the tasks themselves schedule within d. On a
// clock that follows the wall it does nothing.
func (c *Clock) Advance(d time.Duration) {
	if !c.manual {
		return
	}
	c.moving.Lock()
	defer c.moving.Unlock()
	c.mu.Lock()
	end := c.at + d
	for len(c.queue) > 0 && c.queue[0].due <= end && !c.closed {
		t := heap.Pop(&c.queue).(*task)
		if t.do == nil {
			continue
		}
		c.at = t.due
		c.mu.Unlock()
		t.do(c.ctx)
		c.mu.Lock()
	}
	c.at = end
	c.mu.Unlock()
}

// Close cancels what has not begun, tells the rest through its context to end,
// and waits for it. It must not be called from inside a task.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	c.queue = nil
	waiting := c.timers
	c.timers = make(map[*task]struct{})
	c.mu.Unlock()

	c.cancel()
	for t := range waiting {
		t.timer.Stop()
		c.wg.Done()
	}
	c.wg.Wait()
	c.moving.Lock()
	defer c.moving.Unlock()
}

// task is something to do at a moment of vendor time.
type task struct {
	due   time.Duration
	seq   uint64
	do    func(context.Context)
	timer *time.Timer
}

// taskQueue is a heap: earliest first, then in the order of scheduling.
type taskQueue []*task

func (q taskQueue) Len() int { return len(q) }
func (q taskQueue) Less(i, j int) bool {
	if q[i].due != q[j].due {
		return q[i].due < q[j].due
	}
	return q[i].seq < q[j].seq
}
func (q taskQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *taskQueue) Push(x any)   { *q = append(*q, x.(*task)) }
func (q *taskQueue) Pop() any {
	old := *q
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return t
}
