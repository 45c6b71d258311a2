//go:build unix

package e2e_test

import (
	"bytes"
	"flag"
	"testing"

	"github.com/bonafide-id/bonafide/internal/chaos"
	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

var (
	kills       = flag.Int("kills", 200, "service processes to kill")
	powers      = flag.Int("powers", 3, "times to let the power fail")
	brokerKills = flag.Int("brokerkills", 6, "times to kill the broker")
	cuts        = flag.Int("cuts", 4, "ways to cut")
	zombies     = flag.Int("zombies", 20, "times to pause an owner past its lease")
	storms      = flag.Int("storms", 6, "bad times of a vendor")
	seed        = flag.Uint64("seed", 1, "which ones, and when")
)

// progress tells what is broken, and of kills, of which there are hundreds, only to who asks for everything: what comes after
// them should not be lost in them.
type progress struct{ t *testing.T }

func (p progress) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte("kill: ")) && !testing.Verbose() {
		return len(line), nil
	}
	return p.t.Output().Write(line)
}

// broken carries out a plan in a World of nodes brokers, wants every promise kept, and returns the report.
func broken(t *testing.T, nodes int, faults map[string]int) chaos.Report {
	t.Helper()
	c := config(t)
	c.Nodes, c.Power, c.Full = nodes, faults["power"] > 0, faults["full"] > 0
	c.Sync = c.Power
	report, err := chaos.Run(t.Context(), chaos.Plan{Config: c, Faults: faults, Seed: *seed, Progress: progress{t}})
	if err != nil {
		t.Fatal(err)
	}
	report.Print(t.Output())
	for _, v := range report.Promises {
		if v.Broken > 0 {
			t.Errorf("%s: %s: broken %d times: %q", v.Rule, v.Promise, v.Broken, v.First)
		}
		if v.Checked == 0 {
			t.Errorf("%s: nothing was checked", v.Rule)
		}
	}
	if report.Accepted < 20 {
		t.Errorf("only %d requests were accepted: nothing was shown", report.Accepted)
	}
	return report
}

// Services die all the time, and in between everything does, and the disk forgets what was not synced.
func TestKilledServicesAndALossOfPowerLoseNothingAndRepeatNothing(t *testing.T) {
	t.Parallel()
	faults := map[string]int{"kill": *kills}
	if err := disk.Possible(); err != nil {
		t.Log("without a loss of power:", err)
	} else {
		faults["power"] = *powers
	}
	r := broken(t, 1, faults)
	if faults["power"] > 0 && (r.Lost == nil || r.Lost.Files == 0) {
		t.Errorf("%+v went back to what was synced: nothing was shown", r.Lost)
	}
}

func TestWithoutABrokerCutOffOrWithoutRoomRequestsAreRefusedAndThenAllGoesOn(t *testing.T) {
	t.Parallel()
	faults := map[string]int{"broker": *brokerKills, "cut": *cuts, "disk": 1}
	if err := disk.Possible(); err != nil {
		t.Log("without a disk that is really full:", err)
	} else {
		faults["full"] = 3
	}
	r := broken(t, 1, faults)
	if r.Refused == 0 || r.Retry != r.Refused {
		t.Errorf("%d requests were refused, and %d were told when to come again; want some, and all of them", r.Refused, r.Retry)
	}
}

// Services that are told to stop do. A resolver that was stopped past its lease, and goes on when another owns its shards,
// writes nothing. The log itself says so: see I4.
func TestToldToStopServicesStopAndAZombieWritesNothing(t *testing.T) {
	t.Parallel()
	r := broken(t, 1, map[string]int{"stop": len(chaos.Services), "zombie": *zombies})
	if r.Broken > 0 {
		t.Errorf("%d clients that were let in got no answer", r.Broken)
	}
	if r.Taken < chaos.Shards {
		t.Errorf("%d shards changed hands, want at least %d: nothing was shown", r.Taken, chaos.Shards)
	}
}

func TestACrowdOfBrokersLosesNothingWhenNodesDieOrAreCutOff(t *testing.T) {
	t.Parallel()
	r := broken(t, 3, map[string]int{"broker": 4, "roll": 1, "cut": 3, "zombie": 2, "kill": 5})
	if r.Taken == 0 {
		t.Error("no shard changed hands under a stopped owner: nothing was shown")
	}
}

// It runs alone: what is compared is time.
func TestABadTimeOfOneVendorIsNoneOfTheOthers(t *testing.T) {
	w := broken(t, 1, map[string]int{"storm": *storms}).Weather
	if w == nil || w.Storms < *storms || w.Calm < 100 || w.Stormy < 100 {
		t.Fatalf("%+v: nothing was shown", w)
	}
	if w.PairRatio > 1.2 {
		t.Errorf("storm by storm, the others' slowest tenth begins at %.2f times what it is before; want at most 1.2 for half of the storms", w.PairRatio)
	}
}
