package bus

import (
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
