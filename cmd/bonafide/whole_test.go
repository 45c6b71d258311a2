package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestDemoEndsAsItsStoriesSay(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, complaints := bonafide(t, nil, "demo")
	if code != 0 {
		t.Fatalf("exit %d, want 0; it printed:\n%s%s", code, out, complaints)
	}
	if complaints != "" {
		t.Errorf("nobody looks, and it shows movement on stderr:\n%s", complaints)
	}
	lines := strings.Split(out, "\n")
	if got, want := strings.Join(strings.Fields(lines[0]), " "), "id flow providers result confidence why"; got != want {
		t.Errorf("the table's head is %q, want %q", got, want)
	}
	ids := map[string]bool{}
	for i, s := range stories {
		f := strings.Fields(lines[i+1])
		if len(f) < 6 || !anID.MatchString(f[0]) || ids[f[0]] || f[1] != s.flow || f[3] != s.result {
			t.Errorf("line of %s: %q; want an id of its own, %s, %s, a confidence and a reason", s.name, lines[i+1], s.flow, s.result)
			continue
		}
		ids[f[0]] = true
		switch s.name {
		case "vendor-silent":
			for _, component := range []string{"document", "selfie", "name"} {
				if !strings.Contains(lines[i+1], component+" is missing") {
					t.Errorf("line of %s does not say that %s is missing: %q", s.name, component, lines[i+1])
				}
			}
		case "revoked-later":
			if !strings.Contains(lines[i+1], "Revision 2") {
				t.Errorf("line of %s does not name revision 2: %q", s.name, lines[i+1])
			}
		}
	}
	for _, want := range []string{"Next:", "demo --keep", "up --sandbox"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say what to type next, %q:\n%s", want, out)
		}
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "bonafide-*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind (%v)", left, err)
	}
}

func TestDemoThatIsCutShortSaysWhatDidNotEnd(t *testing.T) {
	code, out, complaints := bonafide(t, nil, "demo", "--timeout", "1s", "--json") // the deadline of vendor-silent is later
	var rows []row
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != len(stories) {
		t.Fatalf("%d rows, want %d: %v\n%s%s", len(rows), len(stories), err, out, complaints)
	}
	for _, r := range rows {
		if r.Story == "vendor-silent" && r.Expected {
			t.Errorf("%s is marked as ended: %+v", r.Story, r)
		}
	}
	if code != exitBad || !strings.Contains(complaints, "did not end as they must") {
		t.Errorf("exit %d, want %d and a word about it; got:\n%s", code, exitBad, complaints)
	}
}

func TestDemoKeepsRunningWhenAsked(t *testing.T) {
	c := start(t, nil, "demo", "--keep")
	c.out.await(t, "Still running.", "export BONAFIDE_URL=http://127.0.0.1:", "BONAFIDE_API_KEY=")
	vars := map[string]string{}
	for _, word := range strings.Fields(c.out.String()) {
		if name, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(name, "BONAFIDE_") {
			vars[name] = value
		}
	}
	if code, out, complaints := bonafide(t, vars, "show", anID.FindString(c.out.String())); code != 0 {
		t.Errorf("show, while it runs: exit %d, want 0; got:\n%s%s", code, out, complaints)
	}
	c.stop()
	if code := c.wait(t); code != 0 {
		t.Errorf("told to stop: exit %d, want 0; it said:\n%s", code, c.err)
	}
}

func TestLoadReportsHonestly(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, more := range [][]string{{"--bare"}, {"--http"}, {"--rate", "50"}} {
		t.Run(more[0], func(t *testing.T) { loadReports(t, more) })
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "bonafide-*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind (%v)", left, err)
	}
}

func loadReports(t *testing.T, more []string) {
	code, out, complaints := bonafide(t, nil, append([]string{"load", "--json", "--duration", "1s", "--warm", "500ms", "--inflight", "32", "--checks", "2"}, more...)...)
	var report map[string]any
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 {
		t.Fatalf("exit %d, want 0 and one object: %v\n%s%s", code, err, out, complaints)
	}
	for _, name := range []string{"decisionsPerSecond", "p50Ms", "p99Ms", "p999Ms", "cpuSecondsPer1000", "peakRSSMiB", "messagesPerDecision", "bytesPerDecision",
		"sync", "replicas", "shards", "accepted", "decided", "duplicates", "lost", "verified"} {
		if _, ok := report[name]; !ok {
			t.Errorf("no %s in %s", name, out)
		}
	}
	if report["verified"] != true || report["lost"] != 0.0 || report["duplicates"] != 0.0 || report["accepted"] != report["decided"] || report["accepted"] == 0.0 {
		t.Errorf("the run did not verify: %s", out)
	}
	if report["checks"] != 2.0 || report["process"] != "all" {
		t.Errorf("checks %v of process %v, want 2 of all", report["checks"], report["process"])
	}
	if _, compared := report["cpuRatio"]; compared != (more[0] == "--bare") {
		t.Errorf("with %v it is compared to the bare loop: %v", more, compared)
	}
}

// What falls behind the bare loop is an answer that is bad, though every decision was right.
func TestLoadThatIsSlowExitsOne(t *testing.T) {
	code, out, complaints := bonafide(t, nil, "load", "--duration", "1s", "--warm", "500ms", "--inflight", "32", "--checks", "2", "--least", "50")
	if code != 1 || !strings.Contains(out, "VERIFIED") || !strings.Contains(out, "to the bare loop") {
		t.Errorf("exit %d, want 1 and a report that verifies:\n%s%s", code, out, complaints)
	}
}

// A system elsewhere is driven from outside, through its API or its broker.
func TestLoadDrivesASystemElsewhere(t *testing.T) {
	vars := live(t)
	for _, intake := range []string{"http", "nats"} {
		args := []string{"load", "--json", "--flow", "bive-person", "--rate", "5", "--duration", "1s", "--warm", "200ms"}
		if intake == "http" {
			args = append(args, "--http")
		}
		code, out, complaints := bonafide(t, vars, args...)
		var report map[string]any
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 {
			t.Fatalf("exit %d, want 0 and one object: %v\n%s%s", code, err, out, complaints)
		}
		if report["verified"] != true || report["process"] != "client" || report["intake"] != intake || report["shards"] != 4.0 || report["accepted"] == 0.0 {
			t.Errorf("got %s; want a verified report of a client that sends by %s to 4 shards", out, intake)
		}
	}
}

// A vendor's flow gets the documents that it needs, and what can never start is told, not waited for.
func TestLoadOfAVendorsFlow(t *testing.T) {
	vars := live(t)
	code, out, complaints := bonafide(t, vars, "load", "--json", "--flow", "sumsub-person", "--rate", "2", "--duration", "1s", "--warm", "200ms")
	if code != 0 || !strings.Contains(out, `"verified":true`) {
		t.Errorf("sumsub-person: exit %d, want 0 and a run that verifies:\n%s%s", code, out, complaints)
	}
	began := time.Now()
	code, out, complaints = bonafide(t, vars, "load", "--flow", "sumsub-business", "--rate", "5", "--duration", "1s", "--warm", "200ms")
	if code != 1 || !strings.Contains(out, "NOT VERIFIED") || !strings.Contains(out, "the first rejection: ") || strings.Contains(out, "rejected 0") {
		t.Errorf("sumsub-business: exit %d, want 1 and why requests about persons are rejected:\n%s%s", code, out, complaints)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s: what was rejected was waited for", took)
	}
}
