package chaos

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
)

// kept is a run in which every promise was kept: four verifications on two shards, one of them decided twice.
func kept() *Facts {
	f := &Facts{Accepted: map[string]bool{}, Unsure: map[string]bool{}, Logs: make([][]Mark, 2), Traces: map[string][]string{}, Looked: 9,
		Ledgers: map[string]map[string]map[string]int{"bive": {"person.create": {}}, "sumsub": {"applicant.create": {}}}}
	say := func(n, revision int, result string) {
		ref := fmt.Sprint("run-", n)
		if n == 3 {
			ref += "-reversal"
		}
		m := Message{Seq: uint64(len(f.Results) + 1), Subject: "bonafide.results.default.bive-person." + result, Verification: fmt.Sprint("vrf_", n), Reference: ref,
			Revision: revision, Result: result, Mark: Mark{Epoch: 1, Input: uint64(10*n + 10*revision), Ord: 0}}
		m.Sum = sha256.Sum256(fmt.Append(nil, m.Subject, m.Verification, m.Revision))
		f.Results = append(f.Results, m)
		m.Seq = 0
		f.Computed = append(f.Computed, m)
		f.Logs[n%2] = append(f.Logs[n%2], m.Mark)
		f.Accepted[ref] = true
	}
	for n := range 4 {
		say(n, 1, "true")
		f.Ledgers["bive"]["person.create"][fmt.Sprint("op-", n)] = 1
	}
	say(3, 2, "false")
	return f
}

func TestARunThatKeptItsPromisesPasses(t *testing.T) {
	for _, v := range Check(kept()) {
		if v.Broken > 0 {
			t.Errorf("%s: broken %d times: %v", v.Rule, v.Broken, v.First)
		}
		if v.Checked == 0 && v.Rule != Calm {
			t.Errorf("%s: nothing was checked", v.Rule)
		}
	}
}

func TestWhatALyingVendorWasAskedMayFail(t *testing.T) {
	f := kept()
	f.Results[1].Revision, f.Results[1].Failed, f.Lied = 0, true, true
	for _, v := range Check(f) {
		if v.Broken > 0 {
			t.Errorf("%s: broken %d times: %v", v.Rule, v.Broken, v.First)
		}
	}
}

// A checker that finds nothing proves nothing: each promise is broken here on purpose, and must be named, it alone.
func TestEachPromiseThatIsBrokenIsNamed(t *testing.T) {
	for _, p := range []struct {
		what  string
		rule  string
		plant func(*Facts)
	}{
		{"a decision is lost", I1, func(f *Facts) { f.Results = slices.Delete(f.Results, 1, 2) }},
		{"what was accepted fails though no vendor lied", I1, func(f *Facts) { f.Results[1].Revision, f.Results[1].Failed = 0, true }},
		{"a later decision is lost", I1, func(f *Facts) { f.Results = f.Results[:4] }},
		{"a revision is told twice", I1, func(f *Facts) { f.Results = slices.Insert(f.Results, 3, f.Results[2]) }},
		{"a revision is told twice, the second time much later", I1, func(f *Facts) { f.Results = append(f.Results, f.Results[0]) }},
		{"one request becomes two verifications", I1, func(f *Facts) {
			m := f.Results[0]
			m.Verification, m.Mark.Input = "vrf_twin", 500
			f.Results, f.Computed = append(f.Results, m), append(f.Computed, m)
		}},
		{"something is decided that nobody asked for", I2, func(f *Facts) { delete(f.Accepted, "run-2") }},
		{"a decision is altered", I3, func(f *Facts) { f.Results[1].Sum[0]++ }},
		{"a decision is made up", I3, func(f *Facts) { f.Computed = slices.Delete(f.Computed, 1, 2) }},
		{"a log differs from its replay", I3, func(f *Facts) { f.Differences = []string{"shard 1, input 7: content"} }},
		{"two revisions are swapped", I4, func(f *Facts) { f.Results[3], f.Results[4] = f.Results[4], f.Results[3] }},
		{"a former owner writes behind its successor", I4, func(f *Facts) { f.Logs[1][0].Epoch = 2 }},
		{"a log goes back", I4, func(f *Facts) { f.Logs[0][0], f.Logs[0][1] = f.Logs[0][1], f.Logs[0][0] }},
		{"a name lies in a file", I5, func(f *Facts) { f.Traces["/nats/msgs/1.blk"] = []string{"last name (plain)"} }},
		{"a vendor is paid twice", I6, func(f *Facts) { f.Ledgers["bive"]["person.create"]["op-2"] = 2 }},
		{"a decision is wrong, and so computed again", Story, func(f *Facts) { f.Results[1].Result = "false" }},
		{"a service does not stop", Calm, func(f *Facts) { f.Unruly = []string{"ingest still runs"} }},
		{"a request is answered 500", Calm, func(f *Facts) { f.Odd = []string{"500"} }},
	} {
		t.Run(p.what, func(t *testing.T) {
			f := kept()
			p.plant(f)
			var named []string
			for _, v := range Check(f) {
				if v.Broken > 0 {
					named = append(named, v.Rule)
				}
				if v.Rule == p.rule && (v.Broken == 0) != (len(v.First) == 0) {
					t.Errorf("%s: broken %d times, and it tells %q", v.Rule, v.Broken, v.First)
				}
			}
			if !slices.Equal(named, []string{p.rule}) {
				t.Errorf("it names %v, want %s alone", named, p.rule)
			}
		})
	}
}
