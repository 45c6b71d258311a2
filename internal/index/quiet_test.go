package index

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestAComplaintThatComesAgainAndAgainDoesNotFillTheLog(t *testing.T) {
	var log bytes.Buffer
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	q := &quiet{log: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return at }}
	for range 1000 {
		q.Errorf("no room for %s", "a")
		at = at.Add(2500 * time.Microsecond)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 3 { // at 0, 1 and 2 s
		t.Fatalf("%d lines for 1000 complaints in 2.5 s, want 3:\n%s", len(lines), log.String())
	}
	if want := "cause=\"no room for a\" unsaid=399"; !strings.Contains(lines[2], want) {
		t.Errorf("got %q, want %q in it: what was left out is counted", lines[2], want)
	}
}
