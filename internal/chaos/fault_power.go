package chaos

import (
	"context"
	"fmt"
	"slices"
	"syscall"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

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
