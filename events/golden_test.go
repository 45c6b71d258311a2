package events_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bonafide-id/bonafide/events"
)

var add = flag.Bool("add", false, "write golden events that do not exist yet; existing ones are never edited")

// compare ignores what Encode fills in.
var compare = cmp.Options{
	cmpopts.IgnoreFields(events.Event{}, "PartitionKey", "CorrelationID", "DataClassification"),
	cmpopts.EquateEmpty(),
}

func TestEveryTypeHasASampleThatRoundTripsInBothModes(t *testing.T) {
	left := events.Types()
	for _, e := range samples() {
		name := e.Data.Type()
		delete(left, name)
		h, body, err := events.Encode(e)
		if err != nil {
			t.Fatalf("Encode(%s): %v", name, err)
		}
		got, err := events.Decode(h, body)
		if err != nil {
			t.Fatalf("Decode(binary %s): %v", name, err)
		}
		if d := cmp.Diff(e, got, compare); d != "" {
			t.Errorf("binary %s (-want +got):\n%s", name, d)
		}
		whole, err := events.EncodeStructured(e)
		if err != nil {
			t.Fatalf("EncodeStructured(%s): %v", name, err)
		}
		got, err = events.Decode(events.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}}, whole)
		if err != nil {
			t.Fatalf("Decode(structured %s): %v\n%s", name, err, whole)
		}
		if d := cmp.Diff(e, got, compare); d != "" {
			t.Errorf("structured %s (-want +got):\n%s", name, d)
		}
	}
	for name := range left {
		t.Errorf("type %s has no sample", name)
	}
}

func TestGoldenEventsAreReadForEver(t *testing.T) {
	count := map[string]int{}
	for _, e := range samples() {
		dir := filepath.Join("testdata", e.Data.Type())
		count[dir]++
		file := filepath.Join(dir, strconv.Itoa(count[dir])+".json")
		if _, err := os.Stat(file); os.IsNotExist(err) && *add {
			b, err := events.EncodeStructured(e)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("golden event of %s: %v (go test ./events -add writes missing ones)", e.Data.Type(), err)
		}
		got, err := events.Decode(nil, b)
		if err != nil {
			t.Fatalf("Decode(%s): %v", file, err)
		}
		if d := cmp.Diff(e, got, compare); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
}

// What is written must stay the same to the byte: a replay writes records again.
func TestGoldenCompactEventsAreWrittenAndReadForEver(t *testing.T) {
	header := events.Header{"Content-Type": {"application/cloudevents+bonafide"}}
	compacts := map[string]int{}
	for _, e := range samples() {
		switch e.Data.Type() {
		case events.TypeOpened, events.TypeCheckRequested, events.TypeCheckAnswered, events.TypeChecksAnswered:
		default:
			continue
		}
		compacts[e.Data.Type()]++
		e.Compact = true
		h, body, err := events.Encode(e)
		if err != nil || cmp.Diff(h, header) != "" {
			t.Fatalf("Encode(%s) gives the header %v, %v, want %v", e.Data.Type(), h, err, header)
		}
		file := filepath.Join("testdata", e.Data.Type(), strconv.Itoa(compacts[e.Data.Type()])+".compact")
		if _, err := os.Stat(file); os.IsNotExist(err) && *add {
			if err := os.WriteFile(file, body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("golden compact event of %s: %v (go test ./events -add writes missing ones)", e.Data.Type(), err)
		}
		if !bytes.Equal(body, want) {
			t.Errorf("%s is written as\n%x, want\n%x", e.Data.Type(), body, want)
		}
		got, err := events.Decode(header, want)
		if err != nil {
			t.Fatalf("Decode(%s): %v", file, err)
		}
		if d := cmp.Diff(e, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
	if len(compacts) != 4 {
		t.Errorf("%d types have a golden compact event, want 4", len(compacts))
	}
}
