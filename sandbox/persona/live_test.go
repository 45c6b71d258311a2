package persona_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestManyPeopleAtOnceOnAFastClockAreEachDecided(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) {
		c.Clock, c.Speed, c.WebhookEvents = nil, 2000, []string{"inquiry.approved", "inquiry.declined"}
	})
	const people = 24
	tags := []string{"", "+dup", "+sanctions", "+lost"}
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			body := ana(tags[i%len(tags)])
			in(body, "meta").(object)["auto-create-account-reference-id"] = fmt.Sprint("cust-", i)
			if resp, o := v.do("POST", "/api/v1/inquiries", body); resp.StatusCode != 201 {
				t.Errorf("create %d: got %d %v, want 201", i, resp.StatusCode, o)
			}
		})
	}
	wg.Wait()
	want := map[string]sandbox.WebhookCount{
		"inquiry.approved": {Queued: 24, Attempts: 18, Delivered: 18, Doubled: 6, Lost: 6}, "inquiry.declined": {Queued: 6, Attempts: 6, Delivered: 6},
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
	for i := range people {
		if got := v.box.Ledger().Creates["inquiry.create"][fmt.Sprint("cust-", i)]; got != 1 {
			t.Errorf("ledger: cust-%d has %d inquiries, want 1", i, got)
		}
	}
}
