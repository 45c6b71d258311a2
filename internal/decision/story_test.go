package decision_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/bonafide-id/bonafide/internal/decision"
)

var update = flag.Bool("update", false, "write what the stories give into testdata")

// TestStoriesEndAsWritten plays the scripts in testdata: a command, "----", and everything that it must give.
func TestStoriesEndAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("stories: got %d files (%v), want at least 20", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := play(string(text))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(text) {
				t.Errorf("%s: %s", file, firstDifference(got, string(text)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

// start is when stories begin.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A theatre is a verification under test.
type theatre struct {
	policy *Policy
	state  State
	seq    uint64
	at     time.Duration
}

// play runs a script and returns it with the results filled in.
func play(text string) (string, error) {
	var out strings.Builder
	var block []string
	th := &theatre{policy: &Policy{Flow: "story", Digest: "sha256:00", Subject: "person"}}
	skipping := false
	flush := func() error {
		result, err := th.run(block)
		if err != nil {
			return err
		}
		out.WriteString(strings.Join(block, "\n") + "\n----\n" + result + "\n")
		block = nil
		return nil
	}
	in := bufio.NewScanner(strings.NewReader(text))
	for in.Scan() {
		line := in.Text()
		switch {
		case skipping:
			skipping = line != ""
		case strings.HasPrefix(line, "#"):
			out.WriteString(line + "\n")
		case line == "----":
			if err := flush(); err != nil {
				return "", err
			}
			skipping = true
		case line != "":
			block = append(block, line)
		case block == nil:
			out.WriteString("\n")
		}
	}
	if block != nil {
		if err := flush(); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

func (th *theatre) run(lines []string) (string, error) {
	var b strings.Builder
	for _, line := range lines {
		words := strings.Fields(line)
		if ok, err := th.configure(words); ok || err != nil {
			if err != nil {
				return "", fmt.Errorf("%q: %w", line, err)
			}
			continue
		}
		in, known, err := th.input(words)
		if err != nil {
			return "", fmt.Errorf("%q: %w", line, err)
		}
		p := th.policy
		if !known {
			p = nil
		}
		var fx []Effect
		th.state, fx = Step(p, th.state, in)
		for _, e := range fx {
			b.WriteString("> " + th.effect(e) + "\n")
		}
		b.WriteString(th.summary() + "\n")
	}
	if b.Len() == 0 {
		b.WriteString("ok\n")
	}
	return b.String(), nil
}
