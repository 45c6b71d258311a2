package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// id names a file or a directory for as long as it is there, under whatever name. Numbers are used again, births are not.
type id struct {
	inode uint64
	born  int64
}

// file is what of a file has been synced.
type file struct {
	kept string // a path of the Disk's own
	size int64  // of that
	tail bool   // not all of it is of the last sync: what was there before was taken to be unchanged
}

// small is the size up to which a file is copied whole at each sync. Of a larger one that has become no shorter only what is new is:
// else a file that grows costs more with each sync, and holds up its program. Fail makes sure that the rest is what it was.
const small = 128 << 10

// folder is what of a directory has been synced: the names in it.
type folder map[string]entry

// What a program is watched for: that it syncs, or also that it writes, which makes it slower.
const (
	Syncs  = "syncs"
	Writes = "writes"
)

type entry struct {
	who id
	dir bool
}

// Disk notes what is synced below its directories. Its methods are safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	shelf   string // a directory of the Disk's own, with what has been synced
	count   int
	roots   []string
	files   map[id]*file
	folders map[id]folder
	direct  map[string]bool // paths that were opened with O_SYNC: each write is synced
	full    atomic.Bool
	slow    atomic.Pointer[drag]
}

// Lost is what a failure of the power took.
type Lost struct {
	Files int   `json:"files"` // that are shorter, different, back under an old name, or not there any more
	Bytes int64 `json:"bytes"` // by which they are shorter
}

// New returns a Disk of the directories named, all of whose content is synced. It keeps its own things in shelf, which must
// not be among them and is made.
func New(shelf string, roots ...string) (*Disk, error) {
	d := &Disk{shelf: shelf}
	for _, r := range roots {
		whole, err := filepath.Abs(r)
		if err != nil {
			return nil, err
		}
		d.roots = append(d.roots, filepath.Clean(whole))
	}
	return d, d.adopt()
}

// adopt notes everything as synced.
func (d *Disk) adopt() error {
	d.files, d.folders, d.direct = map[id]*file{}, map[id]folder{}, map[string]bool{}
	if err := errors.Join(os.RemoveAll(d.shelf), os.MkdirAll(d.shelf, 0o700)); err != nil {
		return err
	}
	for _, root := range d.roots {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() {
				return d.syncFolder(path)
			}
			return d.syncFile(path, path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Synced notes that what is open at handle, a path that leads to it, and is named path, is synced now.
func (d *Disk) Synced(handle, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rootOf(path) == "" {
		return nil
	}
	info, err := os.Stat(handle)
	switch {
	case gone(err):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return d.syncFolder(path)
	case !info.Mode().IsRegular():
		return nil
	}
	return d.syncFile(handle, path)
}

// Opened notes that a file is about to be opened for writing, and whether each write through it is synced.
func (d *Disk) Opened(path string, direct bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rootOf(path) == "" {
		return nil
	}
	if direct {
		d.direct[path] = true
		return nil
	}
	return d.settle(path)
}

// Renamed notes that a file is about to have another name, which is not synced by that.
func (d *Disk) Renamed(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.settle(path)
}

// settle notes what has been written through O_SYNC.
func (d *Disk) settle(path string) error {
	if !d.direct[path] {
		return nil
	}
	delete(d.direct, path)
	return d.syncFile(path, path)
}

// syncFile notes the bytes of a file and the way to it.
func (d *Disk) syncFile(handle, path string) error {
	who, err := identify(handle)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	f := d.files[who]
	if f == nil {
		d.count++
		f = &file{kept: filepath.Join(d.shelf, fmt.Sprint(d.count))}
	}
	if err := f.take(handle); err != nil {
		if gone(err) { // since it was identified: nothing of it is kept that was not before
			return nil
		}
		return err
	}
	d.files[who] = f
	if now, err := identify(path); err != nil || now != who {
		return nil // it has lost its name, which is where it was until that is synced
	}
	return d.lead(path, entry{who, false})
}

// take copies what is open at handle, or what of it is new.
func (f *file) take(handle string) error {
	r, err := os.Open(handle)
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return err
	}
	from := int64(0)
	if f.size > small && info.Size() >= f.size {
		from = f.size
	}
	w, err := os.OpenFile(f.kept, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.NewOffsetWriter(w, from), io.NewSectionReader(r, from, info.Size()-from))
	f.size, f.tail = from+n, from > 0
	return errors.Join(err, w.Truncate(f.size), w.Close())
}

// lead notes the names that lead from a root to a path.
func (d *Disk) lead(path string, e entry) error {
	root := d.rootOf(path)
	for path != root {
		dir := filepath.Dir(path)
		above, err := identify(dir)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		names := d.folders[above]
		if names == nil {
			names = folder{}
			d.folders[above] = names
		}
		for name, other := range names { // a new name takes the place of the old one
			if other == e && name != filepath.Base(path) {
				delete(names, name)
			}
		}
		names[filepath.Base(path)] = e
		path, e = dir, entry{above, true}
	}
	return nil
}

// syncFolder notes the names in a directory and the way to it.
func (d *Disk) syncFolder(path string) error {
	who, err := identify(path)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	names := folder{}
	for _, e := range list {
		inside, err := identify(filepath.Join(path, e.Name()))
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		names[e.Name()] = entry{inside, e.IsDir()}
	}
	d.folders[who] = names
	return d.lead(path, entry{who, true})
}

// Fill leaves no room on the disk, or makes it again. It matters to who is watched for Writes.
func (d *Disk) Fill(full bool) { d.full.Store(full) }

// Drag lets each sync of a file take so long whose path has a part that begins with name, for those who are watched already: a disk may
// be done with one file long after another. Nothing is kept of a sync that the failure of the power comes before. 0 ends that for
// syncs to come.
func (d *Disk) Drag(name string, each time.Duration) { d.slow.Store(&drag{name, each}) }

type drag struct {
	name string
	each time.Duration
}

// lasts returns how long it takes to sync what is open at handle.
func (d *Disk) lasts(handle string) time.Duration {
	slow := d.slow.Load()
	if slow == nil || slow.each <= 0 {
		return 0
	}
	path, err := os.Readlink(handle)
	if err != nil || d.rootOf(path) == "" || !strings.Contains(path, string(filepath.Separator)+slow.name) {
		return 0
	}
	return slow.each
}

// room reports whether what is open at handle can be written to.
func (d *Disk) room(handle string) bool {
	if !d.full.Load() {
		return true
	}
	path, err := os.Readlink(handle)
	return err != nil || d.rootOf(path) == ""
}

// rootOf returns the root that a path lies below, or "".
func (d *Disk) rootOf(path string) string {
	for _, r := range d.roots {
		if path == r || strings.HasPrefix(path, r+string(filepath.Separator)) {
			return r
		}
	}
	return ""
}

func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
