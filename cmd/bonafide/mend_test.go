package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func TestAStoppedSystemIsMendedAndReplaySaysWhatItLost(t *testing.T) {
	p := decidedSystem(t)
	p.over(t)
	var inputs []string
	for s := range 4 {
		inputs = append(inputs, fmt.Sprint("BF_IN_", s))
	}
	if code, out, complaints := bonafide(t, nil, "streams", "mend", "--data", p.dir); code != 0 || !strings.Contains(out, "nothing to mend") {
		t.Fatalf("mend of what is whole: exit %d, want 0 and nothing to mend; got:\n%s%s", code, out, complaints)
	}
	back := bustest.Keep(t, filepath.Join(p.dir, "nats"), inputs...)
	args := up(t)
	args[3] = p.dir
	p.command = start(t, map[string]string{"POLL_INTERVAL": "1s", "BONAFIDE_API_KEY": "bfk_past"}, args...)
	p.out.await(t, "ready in")
	vars := map[string]string{"BONAFIDE_URL": regexp.MustCompile(`API +(\S+)`).FindStringSubmatch(p.out.String())[1], "BONAFIDE_API_KEY": "bfk_past"}
	code, out, complaints := bonafide(t, vars, "submit", "-f", ana(t, ""), "--wait")
	id := anID.FindString(out)
	if code != 0 || id == "" {
		t.Fatalf("submit: exit %d\n%s%s", code, out, complaints)
	}
	p.over(t)
	back()
	if code, out, _ := bonafide(t, nil, "streams", "mend", "--data", p.dir); code != exitBad || !strings.Contains(out, "inputs were lost") || !strings.Contains(out, id) {
		t.Errorf("mend: exit %d, want %d and that %s is told of from lost inputs; got:\n%s", code, exitBad, id, out)
	}
	if code, out, complaints := bonafide(t, nil, "streams", "mend", "--apply", "--data", p.dir); code != 0 || !strings.Contains(out, "mended") {
		t.Errorf("mend --apply: exit %d, want 0; got:\n%s%s", code, out, complaints)
	}
	if code, out, complaints := bonafide(t, nil, "streams", "mend", "--apply", "--data", p.dir); code != 0 || !strings.Contains(out, "nothing to mend") {
		t.Errorf("mend --apply a second time: exit %d, want 0 and nothing to mend; got:\n%s%s", code, out, complaints)
	}
	if code, out, _ := bonafide(t, nil, "replay", "--data", p.dir); code != exitBad || !strings.Contains(out, "inputs were lost with the power") ||
		!strings.Contains(out, "computed from an input that was lost") {
		t.Errorf("replay: exit %d, want %d and that inputs were lost; got:\n%s", code, exitBad, out)
	}
	for _, command := range [][]string{ // others read over what was lost
		{"backtest", "--flow", "../../flows/bive-person.yaml", "--data", p.dir},
		{"remap", "--provider", "bive", "--data", p.dir},
	} {
		if code, out, complaints := bonafide(t, nil, command...); code != 0 {
			t.Errorf("%v: exit %d, want 0; got:\n%s%s", command, code, out, complaints)
		}
	}
}
