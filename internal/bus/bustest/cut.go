package bustest

import (
	"os"
	"path/filepath"
	"testing"
)

// Keep copies streams of a broker that has stopped, as a disk has synced them. What it returns puts them back, when the broker has
// stopped again: then the power has taken what came since.
func Keep(t testing.TB, dir string, streams ...string) (back func()) {
	t.Helper()
	copies := t.TempDir()
	where := func(stream string) string { return filepath.Join(dir, "jetstream", "$G", "streams", stream) }
	for _, s := range streams {
		if err := os.CopyFS(filepath.Join(copies, s), os.DirFS(where(s))); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		t.Helper()
		for _, s := range streams {
			if err := os.RemoveAll(where(s)); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(where(s), os.DirFS(filepath.Join(copies, s))); err != nil {
				t.Fatal(err)
			}
		}
	}
}
