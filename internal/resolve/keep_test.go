package resolve

import "testing"

func TestASnapshotIsTakenWhenItSavesWhatItCosts(t *testing.T) {
	for _, c := range []struct {
		inputs        uint64
		verifications int
		want          bool
	}{
		{0, 0, false}, // nothing has come since the last one
		{0, 1_000_000, false},
		{1, 0, true},
		{1, 2, true},
		{99, 200, false},
		{100, 200, true},
		{199_999, 10_000_000, false},
		{200_000, 10_000_000, true}, // a restart is bounded whatever has grown
	} {
		if got := worthwhile(c.inputs, c.verifications); got != c.want {
			t.Errorf("worthwhile(%d inputs, %d verifications) = %v, want %v", c.inputs, c.verifications, got, c.want)
		}
	}
}
