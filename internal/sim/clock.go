package sim

import (
	"container/heap"
	"time"
)

// clock is the world's time: it jumps from one event to the next.
type clock struct {
	now    time.Time
	queue  events
	number int
}

// event is something that is going to happen. Events of one moment happen in the order in which they were planned.
type event struct {
	at     time.Time
	number int
	do     func()
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].number < q[j].number
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}

// after plans something.
func (c *clock) after(d time.Duration, do func()) { c.at(c.now.Add(max(d, 0)), do) }

func (c *clock) at(t time.Time, do func()) {
	if t.Before(c.now) {
		t = c.now
	}
	c.number++
	heap.Push(&c.queue, event{t, c.number, do})
}

// play lets everything happen that is planned. It reports whether it all came to an end.
func (c *clock) play() bool {
	for n := 0; c.queue.Len() > 0; n++ {
		if n == maxEvents {
			return false
		}
		e := heap.Pop(&c.queue).(event)
		c.now = e.at
		e.do()
	}
	return true
}

// process is something that runs, can crash and can be paused.
type process struct {
	name   string
	life   int // grows with every start: what an earlier life has planned does not happen
	up     bool
	paused bool
	missed []func() // what waits for the end of a pause
}

// then returns what happens only in this life of the process, and after its pause.
func (p *process) then(do func()) func() {
	life := p.life
	var when func()
	when = func() {
		switch {
		case !p.up || p.life != life:
		case p.paused:
			p.missed = append(p.missed, when)
		default:
			do()
		}
	}
	return when
}

func (p *process) start() { p.life, p.up, p.paused, p.missed = p.life+1, true, false, nil }
func (p *process) crash() { p.up, p.paused, p.missed = false, false, nil }
func (p *process) pause() { p.paused = true }
func (p *process) awake() bool {
	return p.up && !p.paused
}

// resume lets happen what was missed.
func (p *process) resume() {
	p.paused = false
	missed := p.missed
	p.missed = nil
	for _, do := range missed {
		do()
	}
}
