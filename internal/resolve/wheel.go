package resolve

import (
	"container/heap"
	"sync"
	"time"
)

// again is how long after a firing the same moment may fire once more: the stream's clock can be behind ours, and then
// a firing does nothing.
const again = 250 * time.Millisecond

// wheel knows when each verification wants to be woken. It is safe for concurrent use.
type wheel struct {
	mu    sync.Mutex
	queue moments
	at    map[string]time.Time // what is in force; the queue may hold older moments too
	fired map[string]time.Time // the moment that was fired last, until another is set
	from  map[string]string    // the traceparent that came first, of those for whom one came
	kick  chan struct{}        // something earlier than before has been set
}

func newWheel() *wheel {
	return &wheel{at: map[string]time.Time{}, fired: map[string]time.Time{}, from: map[string]string{}, kick: make(chan struct{}, 1)}
}

// set says when id wants to be woken next; ok false means never. What it is woken for belongs to the trace that was named first, not
// last: one poll after the other would be one below the other.
func (w *wheel) set(id string, at time.Time, ok bool, now time.Time, from string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !ok {
		delete(w.at, id)
		delete(w.fired, id)
		delete(w.from, id)
		return
	}
	if from != "" && w.from[id] == "" {
		w.from[id] = from
	}
	if last, was := w.fired[id]; was && !at.After(last) {
		at = now.Add(again)
	} else {
		delete(w.fired, id)
	}
	if have, is := w.at[id]; is && have.Equal(at) {
		return
	}
	w.at[id] = at
	first := len(w.queue) == 0 || at.Before(w.queue[0].at)
	heap.Push(&w.queue, moment{at: at, id: id})
	if first {
		select {
		case w.kick <- struct{}{}:
		default:
		}
	}
}

// next returns when the first of all wants to be woken.
func (w *wheel) next() (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 {
		m := w.queue[0]
		if at, ok := w.at[m.id]; ok && at.Equal(m.at) {
			return m.at, true
		}
		heap.Pop(&w.queue)
	}
	return time.Time{}, false
}

// take removes and returns what is due at now, at most n.
func (w *wheel) take(now time.Time, n int) []moment {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []moment
	for len(w.queue) > 0 && len(due) < n && !w.queue[0].at.After(now) {
		m := heap.Pop(&w.queue).(moment)
		if at, ok := w.at[m.id]; ok && at.Equal(m.at) {
			delete(w.at, m.id)
			w.fired[m.id] = m.at
			m.from = w.from[m.id]
			due = append(due, m)
		}
	}
	return due
}

type moment struct {
	at   time.Time
	id   string
	from string // traceparent, once it is due; "" for none
}

// moments is a heap by time.
type moments []moment

func (q moments) Len() int           { return len(q) }
func (q moments) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q moments) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *moments) Push(x any)        { *q = append(*q, x.(moment)) }
func (q *moments) Pop() any {
	old := *q
	m := old[len(old)-1]
	*q = old[:len(old)-1]
	return m
}
