package replay_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/resolve"
	"github.com/bonafide-id/bonafide/internal/sign"
)

const twoChecks = `flow: two
subject: person
deadline: 1m
checks:
  one: {components: [document], providers: [first]}
  two: {components: [selfie], providers: [second]}
decide:
  require: [document, selfie]
`

// file writes a recording to a file and opens it.
func file(t *testing.T, r replay.Recording) (*replay.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	var b bytes.Buffer
	if err := replay.Write(t.Context(), &b, r, time.Unix(1_760_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := replay.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, path
}

func run(t *testing.T, r replay.Recording) replay.Report {
	t.Helper()
	report, err := replay.Run(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestTheLogsAreWhatTheInputsGiveHereAndFromAFileElsewhere(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	w.open(50)
	w.decided(50)
	here := run(t, w.recording())
	if !here.Same || here.Verifications != 50 || here.Decisions != 50 || here.Records < 100 || len(here.First) > 0 {
		t.Fatalf("%+v, want 50 verifications and decisions, all the same", here)
	}
	f, _ := file(t, w.recording())
	for _, procs := range []int{1, 4} {
		before := runtime.GOMAXPROCS(procs)
		elsewhere := run(t, f)
		runtime.GOMAXPROCS(before)
		if elsewhere.Seconds = here.Seconds; !elsewhere.Same || elsewhere.Digest != here.Digest || elsewhere.Records != here.Records || elsewhere.Inputs != here.Inputs {
			t.Errorf("from the file with %d processors: %+v, want %+v", procs, elsewhere, here)
		}
	}
}

// Who replays has no key to sign with, and needs none; what was changed is found beside the signature.
func TestSignedDecisionsAreComputedAgainWithoutTheKey(t *testing.T) {
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, twoChecks, valid, func(c *resolve.Config) { c.Sign = key.Sign })
	ids := w.open(10)
	w.decided(10)
	if got := run(t, w.recording()); !got.Same || got.Decisions != 10 {
		t.Fatalf("%+v, want 10 decisions, all the same", got)
	}
	signed := 0
	over := errors.New("over")
	if err := w.bus.ReadResults(t.Context(), 0, func(batch []bus.Read) error {
		for _, r := range batch {
			_, data, err := events.Encode(r.Event)
			if err != nil {
				return err
			}
			for _, v := range sign.Check(data, sign.Keys{key.Public(time.Unix(0, 0))}) {
				if signed++; len(v.Wrong) > 0 {
					t.Errorf("%s: %+v, want nothing wrong", data, v.Wrong)
				}
			}
		}
		if signed >= 10 {
			return over
		}
		return nil
	}); err != over {
		t.Fatal(err)
	}
	forged := altered{Recording: w.recording(), input: func(_ int, r bus.Raw) *bus.Raw {
		if _, about := events.Gist(r.Header, r.Data); about == ids[0] {
			r.Data = bytes.Replace(r.Data, []byte(`"confidence":98`), []byte(`"confidence":97`), 1)
		}
		return &r
	}}
	if got := run(t, forged); got.Different != 1 || len(got.First[0].Fields) == 0 || slices.ContainsFunc(got.First[0].Fields, func(f replay.Field) bool { return strings.HasPrefix(f.Pointer, "/signature") }) {
		t.Errorf("%+v, want one difference in other fields than the signature", got)
	}
}

func TestTheFirstInputThatDiffersIsNamedWithWhatDiffers(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	ids := w.open(20)
	w.decided(20)
	id := ids[7]
	shard := events.ShardOf(id, layout.Shards)
	var seq uint64 // of the later answer, which decides
	forged := altered{Recording: w.recording(), input: func(_ int, r bus.Raw) *bus.Raw {
		if kind, about := events.Gist(r.Header, r.Data); about == id && kind == events.TypeCheckAnswered {
			seq = r.Seq
			r.Data = bytes.Replace(r.Data, []byte(`"result":"true"`), []byte(`"result":"false"`), 1)
		}
		return &r
	}}
	got := run(t, forged)
	if got.Same || got.Different == 0 || len(got.First) != 1 {
		t.Fatalf("%+v, want one shard that differs", got)
	}
	d := got.First[0]
	if d.Shard != shard || d.Input == 0 || d.Input > seq || d.Verification != id || d.What != replay.Content || d.Says != events.TypeCheckAnswered || d.At.IsZero() {
		t.Errorf("the first difference is %+v, want content of shard %d, at most input %d, %s", d, shard, seq, id)
	}
	if !slices.ContainsFunc(d.Fields, func(f replay.Field) bool {
		return f.Pointer == "/decision/result" && f.Log == `"true"` && f.Computed == `"false"`
	}) {
		t.Errorf("the fields are %+v, want /decision/result of true and false among them", d.Fields)
	}
	f, _ := file(t, forged)
	if d := run(t, f).First; len(d) != 1 || d[0].Verification != id || !strings.Contains(d[0].Log, ".true "+id+".1 sha256:") || !strings.Contains(d[0].Computed, ".false "+id+".1 sha256:") {
		t.Errorf("from a file the first difference is %+v, want both sides of %s", d, id)
	}
}

func TestRecordsThatAreMissingOrTooManyAreFound(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	one := w.open(20)[3]
	w.decided(20)
	w.open(20) // so that the log goes on after it: its last record would be pending, not missing
	w.decided(40)
	of := func(l replay.Line, rev string) bool { return l.ID == one+rev }
	dropped := false
	for _, k := range []struct {
		name string
		rec  altered
		want string
	}{
		{"a decision is cut out of the log", altered{line: func(_ int, l replay.Line) []replay.Line {
			if of(l, ".1") {
				return nil
			}
			return []replay.Line{l}
		}}, replay.Missing},
		{"a decision is there twice", altered{line: func(_ int, l replay.Line) []replay.Line {
			if of(l, ".1") {
				again := l
				again.Ord++
				return []replay.Line{l, again}
			}
			return []replay.Line{l}
		}}, replay.Additional},
		{"an input is cut out", altered{input: func(_ int, r bus.Raw) *bus.Raw {
			if kind, id := events.Gist(r.Header, r.Data); id == one && kind == events.TypeCheckAnswered && !dropped {
				dropped = true
				return nil
			}
			return &r
		}}, ""},
		{"the opening is cut out", altered{input: func(_ int, r bus.Raw) *bus.Raw {
			if kind, id := events.Gist(r.Header, r.Data); id == one && kind == events.TypeOpened {
				return nil
			}
			return &r
		}}, replay.NoInput},
	} {
		k.rec.Recording = w.recording()
		got := run(t, k.rec)
		if got.Same || len(got.First) != 1 || k.want != "" && got.First[0].What != k.want || got.First[0].Shard != events.ShardOf(one, layout.Shards) {
			t.Errorf("%s: %+v, want %q in shard %d", k.name, got, k.want, events.ShardOf(one, layout.Shards))
		}
	}
	if got := run(t, altered{Recording: w.recording(), line: func(int, replay.Line) []replay.Line { return nil }}); !got.Same || got.Pending < 40 {
		t.Errorf("a log that is not written yet: %+v, want no difference and its records pending", got)
	}
}

func TestAFileThatIsNoRecordingIsRefused(t *testing.T) {
	w := newWorld(t, twoChecks, valid)
	w.open(5)
	w.decided(5)
	_, path := file(t, w.recording())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"empty": nil, "text": []byte("hello"), "cut": whole[:len(whole)-10]} {
		bad := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := replay.Open(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: error %v, want one that names the file", name, err)
		}
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/3] ^= 1
	bad := filepath.Join(t.TempDir(), "flipped")
	if err := os.WriteFile(bad, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := replay.Open(bad)
	if err != nil {
		return // found at once
	}
	defer f.Close()
	if got, err := replay.Run(t.Context(), f); err == nil && got.Same {
		t.Errorf("a flipped bit went unnoticed: %+v", got)
	}
}
