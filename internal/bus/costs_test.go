package bus

import (
	"context"
	"testing"
	"time"
)

func TestGroupsGoTheWayThatHasBeenCheaper(t *testing.T) {
	var c costs
	if c.batched(1) {
		t.Error("one message alone goes as a batch")
	}
	if c.batched(batchFew) || !c.batched(batchFew+1) {
		t.Error("while nothing is known, a few go one by one and more go as a batch")
	}
	for range 20 { // syncing is quick: a batch costs as much as a hundred messages
		c.took(true, 50, 5*time.Millisecond)
		c.took(false, 50, 50*50*time.Microsecond)
	}
	if c.batched(50) || !c.batched(200) {
		t.Errorf("with %+v: 50 go as a batch: %v, 200: %v; want only the latter", c, c.batched(50), c.batched(200))
	}
	for range 40 { // syncing is slow: a batch costs as much as two messages
		c.took(true, 50, 10*time.Millisecond)
		c.took(false, 50, 50*5*time.Millisecond)
	}
	if !c.batched(3) {
		t.Errorf("with %+v three messages go one by one", c)
	}
}

func TestWhatIsNotCheaperIsTriedAgain(t *testing.T) {
	c := costs{batch: int64(time.Second), single: int64(time.Microsecond)}
	tried := 0
	for range 10 * tryAgainIn {
		if c.batched(100) {
			tried++
		}
	}
	if tried != 10 {
		t.Errorf("the dearer way was tried %d times in %d, want 10", tried, 10*tryAgainIn)
	}
}

func TestTheMoreComeTheLongerTheNextBatchGathers(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		n          int
		took, want time.Duration
	}{
		{2, 30 * ms, 0}, {batchFew, time.Hour, 0}, // few
		{2 * batchFew, 8 * ms, 8 * ms}, {3 * batchFew, 8 * ms, 16 * ms},
		{4 * batchFew, 8 * ms, 24 * ms}, {batchMessages, 8 * ms, 24 * ms}, // three times at most
		{batchMessages, time.Hour, 100 * ms}, {batchMessages, 0, 0},
	} {
		if got := pause(c.n, c.took); got != c.want {
			t.Errorf("after a batch of %d that took %v the next one gathers for %v, want %v", c.n, c.took, got, c.want)
		}
	}
}

// groups returns how many come in a batch in the end, where so many come in the time that a batch takes.
func groups(each float64) int {
	const took = 10 * time.Millisecond
	n := each
	for range 100 {
		n = each * float64(took+pause(int(n), took)) / float64(took)
	}
	return int(n)
}

func TestWhereFewComeNobodyWaitsInTheEnd(t *testing.T) {
	if n := groups(batchFew - 2); pause(n, time.Second) != 0 {
		t.Errorf("with %d in the time of a batch groups are %d and wait, want none to", batchFew-2, n)
	}
	if n := groups(batchFew + 4); n < 4*batchFew {
		t.Errorf("with %d in the time of a batch groups are %d, want four times as many", batchFew+4, n)
	}
}

func TestNobodyGathersLongerThanUntilABatchIsFull(t *testing.T) {
	work, queued := make(chan struct{}, 1), 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		gather(t.Context(), time.Hour, work, func() bool { queued++; return queued > 3 })
	}()
	for range 3 { // each is news of one more
		select {
		case work <- struct{}{}:
		case <-time.After(10 * time.Second):
			t.Fatal("news of more is not listened to")
		}
	}
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("with a full batch the writer goes on waiting for more")
	}
}

func TestWhoGathersEndsInTimeAndWhenTold(t *testing.T) {
	never := func() bool { return false }
	begun := time.Now()
	gather(t.Context(), 10*time.Millisecond, nil, never)
	if d := time.Since(begun); d < 10*time.Millisecond {
		t.Errorf("gathered for %v, want 10 ms", d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gather(ctx, time.Hour, nil, never) // or the test ends by its deadline
}
