package providers

import (
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
)

func TestAConnectionMayHaveARateOfItsOwn(t *testing.T) {
	spec := Spec{Name: "acme", Rate: Rate{Calls: 10, Per: time.Second}}
	for v, want := range map[string]Rate{"100/60s": {100, time.Minute}, "0": {}, "1/1ms": {1, time.Millisecond}} {
		if got, err := rateOf(spec, envconfig.MapLookuper(map[string]string{"ACME_RATE": v})); err != nil || got != want {
			t.Errorf("rateOf(%q) = %v, %v; want %v", v, got, err, want)
		}
	}
	if got, err := rateOf(spec, envconfig.MapLookuper(nil)); err != nil || got != spec.Rate {
		t.Errorf("rateOf without the variable = %v, %v; want the vendor's %v", got, err, spec.Rate)
	}
	for _, v := range []string{"", "100", "x/1s", "10/", "-1/1s", "10/0s"} {
		if _, err := rateOf(spec, envconfig.MapLookuper(map[string]string{"ACME_RATE": v})); err == nil || !strings.Contains(err.Error(), "ACME_RATE") {
			t.Errorf("rateOf(%q) = %v, want an error that names ACME_RATE", v, err)
		}
	}
}
