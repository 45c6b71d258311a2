package chaos

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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
// is started again by its process when there is room: see package bus. Every other time the brokers are killed meanwhile, too:
// one that is started without room says so and ends, and whoever runs it starts it again.
func (r *run) full(ctx context.Context) (string, error) {
	r.w.disk.Fill(true)
	err := r.refused(ctx)
	if err == nil && r.report.Faults["full"]%2 == 1 {
		err = r.startless(ctx)
	}
	r.w.disk.Fill(false)
	if err != nil {
		return "", err
	}
	if err := r.accepted(ctx); err != nil {
		return "", err
	}
	return strings.Join(r.w.Brokers(), ", "), r.whole(ctx)
}

// startless kills the brokers and starts them where there is no room, and returns when they have ended by themselves.
func (r *run) startless(ctx context.Context) error {
	if err := r.restart(); err != nil {
		return err
	}
	for _, name := range r.w.Brokers() {
		p := r.w.Process(name)
		if err := Await(ctx, name+" ends, as there is no room", ownPatience, p.Ended); err != nil {
			return err
		}
		if said := p.Said(); strings.Contains(said, "panic") || !strings.Contains(said, "must be free") {
			return fmt.Errorf("%s without room: it does not say that there is none", name)
		}
	}
	return nil
}

// accepted waits until a request is accepted. A broker that has ended is started again, as whoever runs it does: it may have been
// told that its disk is full at the one moment at which it does not survive that, when it recovers a stream.
func (r *run) accepted(ctx context.Context) error {
	var failed error
	err := Await(ctx, "POST is accepted", readyPatience, func() bool {
		for _, name := range r.w.Brokers() {
			if p := r.w.Process(name); p.Ended() {
				r.report.Restarts++
				if failed = p.Start(); failed != nil {
					return true
				}
			}
		}
		return r.post().Status == http.StatusAccepted
	})
	return cmp.Or(failed, err)
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
