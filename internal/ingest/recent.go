package ingest

import (
	"context"
	"sync"
	"time"
)

// command is something that a caller has said about a verification and that we have acknowledged.
type command struct {
	tenant, id string
	at         time.Time
}

// How many commands are remembered, and for how long: as long as the index may be behind what they lead to.
const (
	commandsKept = 64
	commandLife  = 2 * time.Second
)

// recent remembers the last commands. It is safe for concurrent use.
type recent struct {
	mu  sync.Mutex
	all []command
}

func (r *recent) note(c command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) >= commandsKept {
		r.all = append(r.all[:0], r.all[1:]...)
	}
	r.all = append(r.all, c)
}

// of returns a tenant's that were noted since.
func (r *recent) of(tenant string, since time.Time) []command {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []command
	for _, c := range r.all {
		if c.tenant == tenant && c.at.After(since) {
			found = append(found, c)
		}
	}
	return found
}

// obeyed waits until what a tenant's last commands have led to is in the index, so that a list shows it. If their owner does
// not say, nobody waits for it.
func (s *Service) obeyed(ctx context.Context, tenant string) {
	for _, c := range s.commands.of(tenant, s.cfg.Now().Add(-commandLife)) {
		_, _ = s.known(ctx, tenant, c.id, false)
	}
}
