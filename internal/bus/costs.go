package bus

import (
	"context"
	"time"
)

// costs are what writing has taken of late, in nanoseconds; 0 is not known.
type costs struct {
	batch  int64 // of a batch, whatever is in it
	single int64 // of one message that is written with others
	turns  int
}

// Until it is known what is cheaper, few messages go one by one. What is not cheaper is tried again now and then, as disks
// and neighbours change.
const (
	batchFew   = 8
	tryAgainIn = 128
)

// batched says how to write n messages.
func (c *costs) batched(n int) bool {
	if n == 1 {
		return false
	}
	c.turns++
	better := n > batchFew
	if c.batch > 0 && c.single > 0 {
		better = c.batch < int64(n)*c.single
	}
	if c.turns%tryAgainIn == 0 {
		return !better
	}
	return better
}

// took notes what writing n messages has taken.
func (c *costs) took(batch bool, n int, d time.Duration) {
	to, cost := &c.batch, int64(d)
	if !batch {
		to, cost = &c.single, int64(d)/int64(n)
	}
	if *to == 0 {
		*to = cost
	}
	*to = max(*to+(cost-*to)/8, 1)
}

// After a batch its writer waits up to so many times as long as it took, while the next one gathers, and never longer than
// pauseMost. A batch costs the disk the same whatever is in it, and the broker syncs the copies that it makes of the log's
// records one by one: what batches leave of the disk is theirs.
const (
	pauseTimes = 3
	pauseMost  = 100 * time.Millisecond
)

// pause is how long to wait after a batch of n that took so long. The more came while the last one was written, the longer:
// where no more than a few come meanwhile waits die away, and where more do they grow until they are pauseTimes.
func pause(n int, took time.Duration) time.Duration {
	over := max(n-batchFew, 0)
	return min(took*time.Duration(min(over, pauseTimes*batchFew))/batchFew, pauseMost)
}

// gather waits for d, or until full. Work says that there may be more than before; what it has said is forgotten.
func gather(ctx context.Context, d time.Duration, work <-chan struct{}, full func() bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	for !full() {
		select {
		case <-work:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
