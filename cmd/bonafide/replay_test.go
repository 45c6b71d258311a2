package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
)

// past is a system that has decided something: where its callers find it, and its directory.
type past struct {
	*command
	vars map[string]string
	dir  string
	id   string // of a verification that is decided
}

// decidedSystem starts a system and has it verify somebody.
func decidedSystem(t *testing.T) past {
	t.Helper()
	args := up(t)
	p := past{dir: args[3]}
	p.command = start(t, map[string]string{"POLL_INTERVAL": "1s", "BONAFIDE_API_KEY": "bfk_past"}, args...)
	p.out.await(t, "ready in")
	where := func(what string) string {
		return regexp.MustCompile(what + ` +(\S+)`).FindStringSubmatch(p.out.String())[1]
	}
	p.vars = map[string]string{"BONAFIDE_URL": where("API"), "NATS_URL": where("NATS"), "BONAFIDE_API_KEY": "bfk_past"}
	code, out, complaints := bonafide(t, p.vars, "submit", "-f", ana(t, ""), "--wait")
	if p.id = anID.FindString(out); code != 0 || p.id == "" {
		t.Fatalf("submit: exit %d\n%s%s", code, out, complaints)
	}
	return p
}

// over stops the system.
func (p past) over(t *testing.T) {
	t.Helper()
	p.stop()
	if code := p.wait(t); code != 0 {
		t.Fatalf("up, told to stop: exit %d\n%s%s", code, p.out, p.err)
	}
}

func TestReplayOfARunningSystemOfAStoppedOneAndOfAFileAreTheSame(t *testing.T) {
	p := decidedSystem(t)
	code, out, complaints := bonafide(t, p.vars, "replay")
	if code != 0 || !strings.Contains(out, "the logs hold exactly this") || !strings.Contains(out, "1 verifications") {
		t.Errorf("replay of a running system: exit %d, want 0 and that the logs hold exactly this; got:\n%s%s", code, out, complaints)
	}
	if code, _, complaints := bonafide(t, nil, "replay", "--data", p.dir); code != exitUsage || !strings.Contains(complaints, "in use") {
		t.Errorf("replay of the directory of a running system: exit %d, want %d and that it is in use; got: %s", code, exitUsage, complaints)
	}
	p.over(t)
	var stopped, offline replay.Report
	read := func(into *replay.Report, args ...string) {
		t.Helper()
		code, out, complaints := bonafide(t, nil, append([]string{"replay", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(out), into); err != nil || code != 0 {
			t.Fatalf("replay %v: exit %d, %v\n%s%s", args, code, err, out, complaints)
		}
		into.Seconds = 0
	}
	read(&stopped, "--data", p.dir)
	file := filepath.Join(t.TempDir(), "recording")
	for _, want := range []int{0, exitUsage} { // a file is never replaced
		if code, out, complaints := bonafide(t, nil, "replay", "--data", p.dir, "--export", file); code != want {
			t.Fatalf("replay --export: exit %d, want %d\n%s%s", code, want, out, complaints)
		}
	}
	read(&offline, "--from", file)
	if !offline.Same || offline.Digest != stopped.Digest || offline.Decisions < 1 || offline.Records != stopped.Records {
		t.Errorf("from the file %+v, want what the directory gives: %+v", offline, stopped)
	}
}

// forge writes a recording in which an input says something else.
func forge(t *testing.T, from, old, new string) string {
	t.Helper()
	f, err := replay.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to := filepath.Join(t.TempDir(), "forged")
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := replay.Write(t.Context(), out, forged{f, old, new}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestReplayOfAForgedHistoryIsExit1AndNamesTheInput(t *testing.T) {
	p := decidedSystem(t)
	file := filepath.Join(t.TempDir(), "recording")
	if code, _, complaints := bonafide(t, p.vars, "replay", "--export", file); code != 0 {
		t.Fatalf("replay --export: exit %d: %s", code, complaints)
	}
	p.over(t)
	code, out, _ := bonafide(t, nil, "replay", "--from", forge(t, file, `"confidence":99`, `"confidence":96`))
	if code != exitBad || !strings.Contains(out, "DIFFER") || !strings.Contains(out, p.id) || !regexp.MustCompile(`shard \d, input \d+, record \d`).MatchString(out) {
		t.Errorf("exit %d, want %d and the input of %s; got:\n%s", code, exitBad, p.id, out)
	}
}

// forged replaces words in the data of inputs.
type forged struct {
	*replay.File
	old, new string
}

func (f forged) Inputs(ctx context.Context, shard int, each func([]bus.Raw) error) error {
	return f.File.Inputs(ctx, shard, func(batch []bus.Raw) error {
		for i := range batch {
			batch[i].Data = bytes.ReplaceAll(batch[i].Data, []byte(f.old), []byte(f.new))
		}
		return each(batch)
	})
}
