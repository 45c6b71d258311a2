package main

import (
	"strings"
	"testing"
)

func TestSimSaysWhatItHasSeen(t *testing.T) {
	code, out, errs := simulate(t, "sim", "--seed", "7", "--seeds", "20")
	if code != 0 || !strings.HasPrefix(out, "20 lives of ") || !strings.HasSuffix(out, "; 0 promises broken\n") {
		t.Errorf("got exit %d, %q, %q; want 0 and a summary without broken promises", code, out, errs)
	}
	_, again, _ := simulate(t, "sim", "--seed", "7", "--seeds", "20")
	if again != out {
		t.Errorf("the same seeds: got %q, want %q", again, out)
	}
	if code, out, _ = simulate(t, "sim", "--seeds", "3", "--json"); code != 0 || !strings.Contains(out, `"seeds":`) {
		t.Errorf("--json: got exit %d, %q; want 0 and an object", code, out)
	}
	if code, _, errs = simulate(t, "sim", "--seeds", "0"); code != exitUsage || !strings.Contains(errs, "--seeds") {
		t.Errorf("--seeds 0: got exit %d, %q; want %d and the flag's name", code, errs, exitUsage)
	}
}

func simulate(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	code = run(&env{ctx: t.Context(), out: &o, err: &e}, args)
	return code, o.String(), e.String()
}
