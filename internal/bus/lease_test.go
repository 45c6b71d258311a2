package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// A standby takes over soon after a holder that died without a word would have had to renew.
func TestALeaseThatEndsIsTakenSoon(t *testing.T) {
	b := bustest.Connect(t, bustest.Run(t).Config(), small)
	ctx := within(t, 30*time.Second)
	if err := bus.LeaveLease(ctx, b, "shard.0", "dead"); err != nil {
		t.Fatal(err)
	}
	held := make(chan time.Time, 1)
	ended := make(chan error, 1)
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ended <- b.Lease("shard.0", "standby").Run(waiting, func(context.Context) error {
			held <- time.Now()
			return nil
		})
	}()
	var left time.Time
	for range 3 { // it renews a few times, while the other looks on
		select {
		case <-held:
			t.Fatal("the lease was taken while its holder renewed it")
		case <-time.After(bus.LeaseTTL / 4):
		}
		left = time.Now()
		if err := bus.LeaveLease(ctx, b, "shard.0", "dead"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case at := <-held:
		after := at.Sub(left.Add(bus.LeaseTTL))
		t.Logf("taken %v after its end", after)
		if after < -50*time.Millisecond || after > time.Second { // half of that where nobody else uses the machine
			t.Errorf("the lease was taken %v after its end, want soon", after)
		}
	case <-ctx.Done():
		t.Fatal("nobody took the lease")
	}
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}
