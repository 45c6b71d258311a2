package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// stores are the directories in which brokers and services keep what they must not lose.
var stores = []string{"nats", "blobs", "index"}

// plug makes a World one whose power can fail.
func (w *World) plug(can bool) error {
	if !can {
		return nil
	}
	if err := disk.Possible(); err != nil {
		return err
	}
	var roots []string
	for _, s := range stores {
		dir := filepath.Join(w.Dir, s)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		roots = append(roots, dir)
	}
	var err error
	w.disk, err = disk.New(filepath.Join(w.Dir, "synced"), roots...)
	return err
}

// PowerFails ends every process at once and takes from the disk what was not synced. Restore starts them again.
func (w *World) PowerFails() (disk.Lost, error) {
	for _, name := range w.names {
		w.procs[name].Signal(syscall.SIGKILL)
	}
	for _, name := range w.names {
		<-w.procs[name].Exited()
		if err := w.procs[name].Missed(); err != nil {
			return disk.Lost{}, err
		}
	}
	return w.disk.Fail()
}

// Restore starts every process that PowerFails has ended.
func (w *World) Restore() error {
	for _, name := range slices.Concat(w.Brokers(), Services) {
		if err := w.procs[name].Start(); err != nil {
			return err
		}
	}
	return nil
}

// power lets the power fail, and come back.
func (r *run) power(ctx context.Context) (string, error) {
	lost, err := r.w.PowerFails()
	if err != nil {
		return "", err
	}
	if r.report.Lost == nil {
		r.report.Lost = &disk.Lost{}
	}
	r.report.Lost.Files += lost.Files
	r.report.Lost.Bytes += lost.Bytes
	if err := r.w.Restore(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d files went back to what was synced, by %d bytes", lost.Files, lost.Bytes), r.whole(ctx)
}
