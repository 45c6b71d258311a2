package chaos

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

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

// Drag lets each sync of what lies below a name that begins so take so long, until the power fails or it is said again.
func (w *World) Drag(name string, each time.Duration) { w.disk.Drag(name, each) }

// Restore starts every process that PowerFails has ended.
func (w *World) Restore() error {
	for _, name := range slices.Concat(w.Brokers(), Services) {
		if err := w.procs[name].Start(); err != nil {
			return err
		}
	}
	return nil
}

// Before the power fails, the disk takes long to sync the files of some streams, or of none, by what a part of their path begins with.
// What others have synced meanwhile must not follow from what these have not.
var dragging = []string{"BF_IN_", "BF_LOG_", "RESULTS", "BF_TASK_", "REQUESTS", "KV_", ""}

const (
	dragEach = time.Second
	dragMost = 4 * time.Second
)

// power lets the power fail, and come back.
func (r *run) power(ctx context.Context) (string, error) {
	what := dragging[r.rand.IntN(len(dragging))]
	if what != "" {
		r.w.Drag(what, dragEach)
		pause(ctx, r.between(dragEach, dragMost))
	}
	lost, err := r.w.PowerFails()
	if err != nil {
		return "", err
	}
	r.w.Drag("", 0)
	if r.report.Lost == nil {
		r.report.Lost = &disk.Lost{}
	}
	r.report.Lost.Files += lost.Files
	r.report.Lost.Bytes += lost.Bytes
	if err := r.w.Restore(); err != nil {
		return "", err
	}
	said := fmt.Sprintf("%d files went back to what was synced, by %d bytes", lost.Files, lost.Bytes)
	if what != "" {
		said += ", and the disk had been slow with " + what
	}
	return said, r.whole(ctx)
}
