package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/backtest"
)

func TestBacktestSaysWhatWouldFlipAndEndsByHowMany(t *testing.T) {
	source, err := os.ReadFile("../../flows/bive-person.yaml")
	if err != nil {
		t.Fatal(err)
	}
	same := write(t, "renamed.yaml", "# nothing but this line is new\n"+string(source))
	stricter := strings.Replace(string(source), "confidence: 95", "confidence: 99.5", 1)
	strict := write(t, "strict.yaml", stricter)
	other := write(t, "other.yaml", strings.Replace(stricter, "flow: bive-person", "flow: bive-tried", 1))
	p := decidedSystem(t)
	file := filepath.Join(t.TempDir(), "recording")
	if code, out, complaints := bonafide(t, p.vars, "replay", "--export", file); code != 0 {
		t.Fatalf("replay --export: exit %d\n%s%s", code, out, complaints)
	}
	for _, k := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"--flow", same, "--max-flips", "0", "--max-undetermined", "0"}, 0, []string{"1 verifications of bive-person", "flips          0", "vendor calls"}},
		{[]string{"--flow", strict}, 0, []string{"flips          1", "true (all_required_true) → unknown (under_confidence)", p.id + "  true → unknown"}},
		{[]string{"--flow", strict, "--max-flips", "1"}, 0, []string{"flips          1"}},
		{[]string{"--flow", strict, "--max-flips", "0"}, exitBad, []string{"flips          1", "to be reviewed 0 → 0"}},
		{[]string{"--flow", strict, "--from", file, "--max-flips", "0"}, exitBad, []string{p.id + "  true → unknown"}},
		{[]string{"--flow", other, "--of", "bive-person", "--max-flips", "0"}, exitBad, []string{"1 verifications of bive-person under bive-tried"}},
		{[]string{"--flow", other}, exitUsage, []string{"recorded are: bive-person"}},
	} {
		code, out, complaints := bonafide(t, p.vars, append([]string{"backtest"}, k.args...)...)
		if code != k.code {
			t.Errorf("backtest %q: exit %d, want %d\n%s%s", k.args, code, k.code, out, complaints)
		}
		for _, want := range k.says {
			if !strings.Contains(out+complaints, want) {
				t.Errorf("backtest %q does not say %q:\n%s%s", k.args, want, out, complaints)
			}
		}
	}
	p.over(t)
	code, out, complaints := bonafide(t, nil, "backtest", "--flow", strict, "--data", p.dir, "--json")
	var r backtest.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Flips != 1 || len(r.Flipped) != 1 || r.Flipped[0].ID != p.id || r.Flipped[0].After != "unknown" {
		t.Errorf("backtest of a stopped one: exit %d, %v, %+v; want the flip of %s\n%s%s", code, err, r, p.id, out, complaints)
	}
	if code, out, complaints := bonafide(t, nil, "replay", "--data", p.dir); code != 0 {
		t.Errorf("replay after a backtest: exit %d, want 0: nothing was published\n%s%s", code, out, complaints)
	}
}
