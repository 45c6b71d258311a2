package remap

import (
	"testing"

	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestAReadThatIsLateIsTriedAgainAndNothingElse(t *testing.T) {
	for _, x := range []struct {
		name  string
		class fault.Class
		fails int // how often
		asked int
		ok    bool
	}{
		{"late twice", fault.Transient, 2, 3, true},
		{"never there", fault.Transient, 100, patience, false},
		{"not to be had", fault.Invalid, 100, 1, false},
	} {
		asked := 0
		err := patiently(t.Context(), func() error {
			if asked++; asked <= x.fails {
				return fault.New(x.class, "test", "")
			}
			return nil
		})
		if asked != x.asked || (err == nil) != x.ok {
			t.Errorf("%s: asked %d times, %v; want %d times, no error %t", x.name, asked, err, x.asked, x.ok)
		}
	}
}
