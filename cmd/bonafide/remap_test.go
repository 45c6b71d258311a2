package main

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/remap"
)

// What is kept opens with the keyset of a running system and of a stopped one, and the mapping that read it finds the same in it.
func TestRemapWithTheSameMappingChangesNothing(t *testing.T) {
	p := decidedSystem(t)
	vars := map[string]string{"NATS_URL": p.vars["NATS_URL"], "KEYSET_FILE": p.dir + "/keyset.json", "BLOB_URL": "file://" + p.dir + "/blobs"}
	code, out, complaints := bonafide(t, vars, "remap", "--provider", "bive")
	for _, want := range []string{"1 answers of 1 verifications read again with mapping bive/", "findings that change    0", "decisions superseded    0"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("remap of a running system: exit %d, want 0 and %q; got:\n%s%s", code, want, out, complaints)
		}
	}
	p.over(t)
	var r remap.Report
	code, out, complaints = bonafide(t, nil, "remap", "--provider", "bive", "--data", p.dir, "--apply", "--json")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Read != 1 || r.Applied != 0 || len(r.Changes) != 0 {
		t.Errorf("remap of a stopped system: exit %d, %v, %+v; want 1 answer read and none put; it said: %s", code, err, r, complaints)
	}
}

func TestRemapNeedsAProviderAndItsKeys(t *testing.T) {
	for args, want := range map[string]string{"nobody": "none of", "bive": "KEYSET_FILE"} {
		if code, _, complaints := bonafide(t, nil, "remap", "--provider", args); code != exitUsage || !strings.Contains(complaints, want) {
			t.Errorf("remap --provider %s: exit %d, want %d and %q; got: %s", args, code, exitUsage, want, complaints)
		}
	}
}
