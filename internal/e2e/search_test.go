//go:build unix

package e2e_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// search looks into every file below a directory of the world; "" is the directory itself without those below: the logs.
func (w *world) search(where string) map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	root := filepath.Join(w.dir, where)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if where == "" && path != root {
				return fs.SkipDir
			}
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if found := findings(b); len(found) > 0 {
			out[strings.TrimPrefix(path, w.dir)] = found
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// count returns how many messages of a stream have a subject that ends so.
func (w *world) count(stream, suffix string) int {
	w.t.Helper()
	n := 0
	for _, m := range w.read(stream) {
		if strings.HasSuffix(m.Subject(), suffix) {
			n++
		}
	}
	return n
}

// metrics returns what a process says of itself.
func (w *world) metrics(name string) []byte {
	w.t.Helper()
	return fetch(w.t, "http://"+w.procs[name].admin()+"/metrics")
}

// admin returns where a process has its admin port.
func (p *proc) admin() string {
	for _, v := range p.env {
		if addr, ok := strings.CutPrefix(v, "ADMIN_ADDR="); ok {
			return addr
		}
	}
	return ""
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || len(b) == 0 {
		t.Fatalf("%s answered %s with %d bytes (%v)", url, res.Status, len(b), err)
	}
	return b
}
