package chaos

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// stores are the directories in which brokers and services keep what they must not lose.
var stores = []string{"nats", "blobs", "index"}

// plug makes the disk of a World one to which something can happen.
func (w *World) plug(c Config) error {
	w.power, w.full = c.Power, c.Full
	if !w.power && !w.full {
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

// watched says for what the disk watches a part; "" is for nothing.
func (w *World) watched(p Part) string {
	switch {
	case w.full && p == Broker:
		return disk.Writes
	case w.power:
		return disk.Syncs
	}
	return ""
}

// disk starts the brokers with no room for another byte, and then with room again.
func (r *run) disk(ctx context.Context) (string, error) {
	if err := r.restart("BROKER_MAX_STORE=1"); err != nil {
		return "", err
	}
	if err := r.refused(ctx); err != nil {
		return "", err
	}
	if err := r.restart("BROKER_MAX_STORE=0"); err != nil {
		return "", err
	}
	return strings.Join(r.w.Brokers(), ", "), r.whole(ctx)
}

// full takes all room from the disk of the brokers while they run. A broker that was told by the system that it cannot write
// is started again by its process when there is room: see package bus.
func (r *run) full(ctx context.Context) (string, error) {
	r.w.disk.Fill(true)
	err := r.refused(ctx)
	r.w.disk.Fill(false)
	if err != nil {
		return "", err
	}
	return strings.Join(r.w.Brokers(), ", "), r.whole(ctx)
}

// restart kills all brokers and starts them, with another environment.
func (r *run) restart(env ...string) error {
	for _, name := range r.w.Brokers() {
		r.w.Process(name).Kill()
		r.w.Process(name).With(env...)
	}
	for _, name := range r.w.Brokers() {
		if err := r.w.Process(name).Start(); err != nil {
			return err
		}
	}
	return nil
}
