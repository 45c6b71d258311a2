package chaos

import (
	"testing"
	"time"
)

func TestWeatherComparesTheOthersBeforeAndMeanwhile(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	var all []sample
	add := func(vendor string, from, to, ms int) {
		for s := from; s < to; s++ {
			all = append(all, sample{vendor, at(s), time.Duration(ms) * time.Millisecond})
		}
	}
	add("bive", 0, 10, 9000) // long before
	add("bive", 10, 20, 100)
	add("bive", 20, 30, 150)
	add("sumsub", 10, 30, 60_000) // whose bad time it is
	add("bive", 30, 40, 9000)     // after
	got := *weather([]storm{{"sumsub", at(10), at(20), at(30)}}, all)
	if want := (Weather{Storms: 1, Calm: 10, Stormy: 10, CalmP99Ms: 100, StormyP99Ms: 150, Ratio: 1.5, PairRatio: 1.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if weather(nil, all) != nil {
		t.Error("there is weather without a storm")
	}
}

func TestOneHiccupIsNoBadWeather(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	var all []sample
	var storms []storm
	for n := range 5 {
		storms = append(storms, storm{"sumsub", at(20 * n), at(20*n + 10), at(20*n + 20)})
		for s := range 20 {
			took := 100 * time.Millisecond
			if n == 2 && s >= 10 {
				took = time.Second // the machine was busy
			}
			all = append(all, sample{"bive", at(20*n + s), took})
		}
	}
	if got := weather(storms, all); got.PairRatio != 1 || got.Ratio != 10 {
		t.Errorf("got %+v, want 1 storm by storm and 10 of all", got)
	}
	for i := range all {
		if i%20 >= 10 {
			all[i].took *= 2
		}
	}
	if got := weather(storms, all); got.PairRatio != 2 {
		t.Errorf("got %+v, want 2 storm by storm", got)
	}
}

func TestFaultsAreReadWithTheirNumbers(t *testing.T) {
	got, err := Counts([]string{"kill=7", "zombie", "roll"})
	if err != nil || len(got) != 3 || got["kill"] != 7 || got["zombie"] != 3 || got["roll"] != 1 {
		t.Errorf("got %v, %v; want 7 kills, 3 zombies and 1 roll", got, err)
	}
	for _, bad := range []string{"kil", "kill=0", "kill=-1", "kill=x", ""} {
		if got, err := Counts([]string{bad}); err == nil {
			t.Errorf("%q is read as %v, want an error", bad, got)
		}
	}
}
