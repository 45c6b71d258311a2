package providers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
)

// rateOf returns the rate of a connection: what <VENDOR>_RATE says, "100/60s", for an account whose limit the vendor has
// changed, or the Spec's. "0" is no limit.
func rateOf(s Spec, l envconfig.Lookuper) (Rate, error) {
	name := s.Prefix() + "RATE"
	v, ok := l.Lookup(name)
	if !ok {
		return s.Rate, nil
	}
	if v == "0" {
		return Rate{}, nil
	}
	calls, per, cut := strings.Cut(v, "/")
	n, err := strconv.Atoi(calls)
	window, err2 := time.ParseDuration(per)
	if !cut || err != nil || err2 != nil || n < 1 || window <= 0 {
		return Rate{}, fmt.Errorf("%s: not a number of calls and a time, such as 100/60s, nor 0", name)
	}
	return Rate{Calls: n, Per: window}, nil
}
