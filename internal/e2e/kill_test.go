//go:build unix

package e2e_test

import (
	"flag"
	"testing"

	"github.com/bonafide-id/bonafide/internal/chaos"
	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

var (
	kills       = flag.Int("kills", 12, "service processes to kill")
	brokerKills = flag.Int("brokerkills", 3, "times to kill the broker")
	zombies     = flag.Int("zombies", 3, "times to pause an owner past its lease")
	seed        = flag.Uint64("seed", 1, "which ones, and when")
)

// broken carries out a plan in a World of nodes brokers, wants every promise kept, and returns the report.
func broken(t *testing.T, nodes int, faults map[string]int) chaos.Report {
	t.Helper()
	c := config(t)
	c.Nodes, c.Power, c.Full = nodes, faults["power"] > 0, faults["full"] > 0
	c.Sync = c.Power
	report, err := chaos.Run(t.Context(), chaos.Plan{Config: c, Faults: faults, Seed: *seed, Progress: t.Output()})
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

func TestKilledServicesLoseNothingAndRepeatNothing(t *testing.T) {
	t.Parallel()
	broken(t, 1, map[string]int{"kill": *kills})
}

func TestAKilledBrokerRefusesAndThenGoesOn(t *testing.T) {
	t.Parallel()
	r := broken(t, 1, map[string]int{"broker": *brokerKills})
	if r.Refused == 0 || r.Retry != r.Refused {
		t.Errorf("%d requests were refused, and %d were told when to come again; want some, and all of them", r.Refused, r.Retry)
	}
}

// A resolver that was stopped past its lease, and goes on when another owns its shards, writes nothing. The log itself says
// so: see I4.
func TestAZombieWritesNothing(t *testing.T) {
	t.Parallel()
	r := broken(t, 1, map[string]int{"zombie": *zombies})
	if r.Taken < chaos.Shards {
		t.Errorf("%d shards changed hands, want at least %d: nothing was shown", r.Taken, chaos.Shards)
	}
}

func TestToldToStopServicesStopInOrder(t *testing.T) {
	t.Parallel()
	r := broken(t, 1, map[string]int{"stop": len(chaos.Services)})
	if r.Broken > 0 {
		t.Errorf("%d clients that were let in got no answer", r.Broken)
	}
}

func TestACrowdOfBrokersLosesNothingWhenNodesDieOrAreCutOff(t *testing.T) {
	t.Parallel()
	r := broken(t, 3, map[string]int{"broker": 3, "roll": 1, "cut": 3, "zombie": 1, "kill": 3})
	if r.Taken == 0 {
		t.Error("no shard changed hands under a stopped owner: nothing was shown")
	}
}

func TestWaysThatAreCutAndAFullDiskAreSurvived(t *testing.T) {
	t.Parallel()
	faults := map[string]int{"cut": 3, "disk": 1}
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
