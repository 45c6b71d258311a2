package bive_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/bive"
)

func TestManyPeopleAtOnceOnAFastClockAreEachAnnounced(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.Clock, c.Speed = nil, 2000 })
	const people = 24
	tags := []string{"", "+dup", "+shuffle", "+lost"}
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			status, o := v.post("person", object{
				"first_name": "Jan", "last_name": fmt.Sprint("Kowalski", i), "webhook_url": v.hooks,
				"email": fmt.Sprintf("jan%d%s@example.test", i, tags[i%len(tags)]),
			})
			if status != 200 {
				t.Errorf("create %d: got %d %v, want 200", i, status, o)
			}
		})
	}
	wg.Wait()
	want := map[string]sandbox.WebhookCount{
		bive.EventCompleted:     {Queued: 30, Attempts: 24, Delivered: 24, Doubled: 6, Lost: 6},
		bive.EventStatusChanged: {Queued: 24, Attempts: 24, Delivered: 24},
	}
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		got := v.box.Ledger()
		if fmt.Sprint(got.Webhooks) == fmt.Sprint(want) {
			break
		}
		select {
		case <-deadline.C:
			t.Fatalf("after 10 s the ledger has\n%+v\nwant\n%+v", got.Webhooks, want)
		case <-tick.C:
		}
	}
	if got := strings.Count(v.news(), "completed Completed"); got != 24 {
		t.Errorf("received %d completions, want 24", got)
	}
	if ids, _ := v.ids("status=Completed&page_size=100"); len(ids) != people {
		t.Errorf("completed records: %d, want %d", len(ids), people)
	}
}
