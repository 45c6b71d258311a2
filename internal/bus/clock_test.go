package bus_test

import (
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// Two services on machines whose clocks are wrong, each in its own way, agree on the time: the broker's.
func TestTheTimeIsTheBrokers(t *testing.T) {
	s := bustest.Run(t)
	for _, wrong := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		c := s.Config()
		c.Clock = func() time.Time { return time.Now().Add(wrong) }
		b := bustest.Connect(t, c, bus.Layout{Shards: 1, Providers: []string{"sumsub"}})
		if err := b.ReadClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(b.Now()).Abs(); off > 250*time.Millisecond {
			t.Errorf("a clock that is wrong by %v: the time is off by %v, want the broker's", wrong, off)
		}
		was := b.Now()
		for range 3 {
			if err := b.ReadClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if now := b.Now(); now.Before(was) {
				t.Errorf("time goes back by %v", was.Sub(now))
			} else {
				was = now
			}
		}
	}
}
