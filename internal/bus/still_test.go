package bus

import (
	"testing"
	"time"
)

// A reading that took long may be wrong by half of that. A better one corrects it, and nobody sees time go back.
func TestTimeStandsStillRatherThanGoBack(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	var c clock
	at := func(moment time.Duration, want time.Duration) {
		t.Helper()
		if got, ok := c.at(moment); !ok || !got.Equal(noon.Add(want)) {
			t.Errorf("at %v: got %v (%v), want %v", moment, got.Sub(noon), ok, want)
		}
	}
	if _, ok := c.at(0); ok {
		t.Error("a clock that has not been read says what time it is")
	}
	c.set(noon.Add(400*time.Millisecond), 0, 400*time.Millisecond) // right at the end, so 200 ms too much
	at(500*time.Millisecond, 700*time.Millisecond)
	c.set(noon.Add(510*time.Millisecond), 509*time.Millisecond, 511*time.Millisecond) // and a good one
	at(520*time.Millisecond, 700*time.Millisecond)
	at(701*time.Millisecond, 701*time.Millisecond)
	c.set(noon.Add(-time.Hour), 799*time.Millisecond, 801*time.Millisecond) // somebody has set it
	at(time.Second, 200*time.Millisecond-time.Hour)
}
