package bus

import (
	"context"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// How often the broker is asked for the time, and how long an answer may take to be of use.
const (
	clockEvery = 15 * time.Second
	clockAgain = time.Second
	clockMost  = time.Second
)

// clock is the broker's, as far as it is known here. What has passed since it was read is measured, not read off a clock that
// somebody may set.
type clock struct {
	mu   sync.Mutex
	read time.Duration // when, on the stopwatch
	said time.Time     // what it was then; zero: it has not been read
	told time.Time     // the latest that anybody has been told
}

// clockStill is by how much time stands still rather than go back, when a reading is better than the one before. By more it does go
// back: somebody has set the broker's clock.
const clockStill = time.Second

// started is what the stopwatch counts from.
var started = time.Now()

func stopwatch() time.Duration { return time.Since(started) }

// Now returns the time by the broker's clock, by which streams date what they take and deadlines are meant. All services agree
// on it, whatever their machines' clocks say. Until it has been read it is this machine's.
func (b *Bus) Now() time.Time {
	if now, ok := b.clock.at(stopwatch()); ok {
		return now
	}
	return b.cfg.clock()
}

// at returns what the clock is at a moment, and false if it has not been read.
func (c *clock) at(moment time.Duration) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said.IsZero() {
		return time.Time{}, false
	}
	now := c.said.Add(moment - c.read)
	if back := c.told.Sub(now); back > 0 && back <= clockStill {
		return c.told, true
	}
	c.told = now
	return now, true
}

// clock is this machine's.
func (c Config) clock() time.Time {
	if c.Clock != nil {
		return c.Clock()
	}
	return time.Now()
}

// ReadClock reads the broker's clock.
func (b *Bus) ReadClock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clockMost)
	defer cancel()
	asked := stopwatch()
	s, err := b.js.Stream(ctx, streamIn(0))
	if err != nil {
		return classify("bus.clock", err)
	}
	said := s.CachedInfo().TimeStamp
	if said.IsZero() {
		return fault.New(fault.Invalid, "bus.clock", "the broker does not say what time it is")
	}
	b.clock.set(said, asked, stopwatch())
	return nil
}

// set takes in what the clock was at some moment between two. What is known already stays as it is if it can be true, so that
// time does not tremble.
func (c *clock) set(said time.Time, from, to time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	middle := from + (to-from)/2
	if !c.said.IsZero() && c.said.Add(middle-c.read).Sub(said).Abs() <= (to-from)/2+time.Millisecond {
		return
	}
	c.said, c.read = said, middle
}

// followClock reads the broker's clock again and again until the bus ends.
func (b *Bus) followClock() {
	t := time.NewTimer(clockAgain)
	defer t.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-t.C:
		}
		next := clockEvery
		if b.ReadClock(b.ctx) != nil {
			next = clockAgain
		}
		t.Reset(next)
	}
}
