package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Fail is the power going: the directories hold what was synced and nothing else. Nobody may have anything open there.
func (d *Disk) Fail() (Lost, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var lost Lost
	for path := range d.direct {
		if err := d.settle(path); err != nil {
			return lost, err
		}
	}
	for _, root := range d.roots {
		who, err := identify(root)
		if err != nil {
			return lost, err
		}
		if err := d.grown(root); err != nil {
			return lost, err
		}
		after := root + ".after"
		if err := d.restore(after, who); err != nil {
			return lost, err
		}
		if err := lost.compare(root, after); err != nil {
			return lost, err
		}
		if err := errors.Join(os.RemoveAll(root), os.Rename(after, root)); err != nil {
			return lost, err
		}
	}
	return lost, d.adopt()
}

// grown makes sure that files of which only what was new has been copied have not changed before that.
func (d *Disk) grown(root string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		who, err := identify(path)
		if err != nil {
			return err
		}
		f := d.files[who]
		if f == nil || !f.tail {
			return nil
		}
		is, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		kept, err := os.ReadFile(f.kept)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(is, kept) {
			return fmt.Errorf("disk: %s was not only written to at its end: what of it is synced is not known", filepath.Base(path))
		}
		return nil
	})
}

// restore writes what is kept of a directory.
func (d *Disk) restore(to string, who id) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for name, e := range d.folders[who] {
		path, err := filepath.Join(to, name), error(nil)
		switch f := d.files[e.who]; {
		case e.dir:
			err = d.restore(path, e.who)
		case f != nil:
			err = copyFile(f.kept, path)
		default:
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compare counts what is not as it was.
func (l *Lost) compare(before, after string) error {
	return filepath.WalkDir(before, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rest, err := filepath.Rel(before, path)
		if err != nil {
			return err
		}
		was, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		is, err := os.ReadFile(filepath.Join(after, rest))
		if err != nil && !gone(err) {
			return err
		}
		if err != nil && len(was) > 0 || string(was) != string(is) {
			l.Files++
			l.Bytes += max(int64(len(was)-len(is)), 0)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}
