package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/chaos"
)

func TestChaosBreaksRealProcessesAndSaysWhatCameOfIt(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := simulate(t, "chaos", "--faults", "zombie=1,stop=2", "--seed", "5", "--json")
	var r chaos.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("exit %d, want 0 and a report (%v):\n%s%s", code, err, out, errs)
	}
	if !r.Kept || r.Seed != 5 || r.Faults["stop"] != 2 || r.Faults["zombie"] != 1 || r.Accepted == 0 || r.Decided < r.Accepted {
		t.Errorf("got %+v, want a zombie and two services told to stop, and all that was accepted decided", r)
	}
	var rules []string
	for _, v := range r.Promises {
		rules = append(rules, v.Rule)
		if v.Checked == 0 {
			t.Errorf("%s: nothing was checked", v.Rule)
		}
	}
	if got := strings.Join(rules, " "); !strings.HasPrefix(got, "I1 I2 I3 I4 I5 I6") {
		t.Errorf("the promises are %q, want I1 to I6", got)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "bonafide-chaos-*")); len(left) > 0 {
		t.Errorf("%v is left though every promise was kept", left)
	}
	var human strings.Builder
	if r.Print(&human); strings.Count(human.String(), "  kept") != len(r.Promises) {
		t.Errorf("for a person it says:\n%s", human.String())
	}
}
