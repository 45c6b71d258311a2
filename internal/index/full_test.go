package index

import (
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// filling is a disk on which no file can be made while it is full.
type filling struct {
	vfs.FS
	full  atomic.Bool
	tries atomic.Int64
}

func (f *filling) Create(name string, kind vfs.DiskWriteCategory) (vfs.File, error) {
	if f.full.Load() && strings.HasSuffix(name, ".sst") {
		f.tries.Add(1)
		return nil, &fs.PathError{Op: "create", Path: name, Err: syscall.ENOSPC}
	}
	return f.FS.Create(name, kind)
}

// unwritten returns an index in a directory whose disk has become full, with something that is not written yet.
func unwritten(t *testing.T) (ix *Index, disk *filling, dir string) {
	t.Helper()
	disk, dir = &filling{FS: vfs.Default}, t.TempDir()
	ix, err := openOn(disk, dir, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	disk.full.Store(true)
	if err := ix.db.Set([]byte("k"), []byte("v"), pebble.NoSync); err != nil {
		t.Fatal(err)
	}
	return ix, disk, dir
}

func TestAFullDiskIsNotTriedAllTheTimeAndIsLeftInTime(t *testing.T) {
	ix, disk, _ := unwritten(t)
	began := time.Now()
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if took > closeWait+10*fullWait {
		t.Errorf("closed after %v, want no more than about %v", took, closeWait)
	}
	// Each wait has a try before it and one after.
	if n, most := disk.tries.Load(), int64(2*(took/fullWait+2)); n < 2 || n > most {
		t.Errorf("%d tries to write in %v, want 2 to %d", n, took, most)
	}
}

func TestWhatCouldNotBeWrittenIsWrittenWhenThereIsRoomAgain(t *testing.T) {
	ix, disk, dir := unwritten(t)
	written, err := ix.db.AsyncFlush()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-written:
		t.Fatal("it is written where there is no room")
	case <-time.After(fullWait / 2):
	}
	disk.full.Store(false)
	<-written
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openOn(vfs.Default, dir, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, found, err := again.get([]byte("k"))
	if err = errors.Join(err, again.Close()); err != nil || !found || string(v) != "v" {
		t.Errorf("got %q, %v, %v; want what was written", v, found, err)
	}
}
