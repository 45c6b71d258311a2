package chaos

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Search looks into every file below a directory of the World and returns those that hold canaries; "" is the directory
// itself without those below: the logs.
func (w *World) Search(where string) (map[string][]string, error) {
	found, _, err := w.search(where)
	return found, err
}

// replicationLogs is where brokers of a cluster keep what they tell each other: there a message lies on for a while after it
// has been removed from its stream, in clear unless the broker encrypts its files. See docs/streams.md.
const replicationLogs = "_js_"

func (w *World) search(where string) (out map[string][]string, files int, err error) {
	out = map[string][]string{}
	root := filepath.Join(w.Dir, where)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile, or never made
		}
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == replicationLogs {
			return fs.SkipDir
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
		files++
		if found := Traces(b); len(found) > 0 {
			out[strings.TrimPrefix(path, w.Dir)] = found
		}
		return nil
	})
	return out, files, err
}
