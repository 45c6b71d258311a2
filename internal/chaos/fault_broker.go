package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// broker kills a node. The only one is missed: requests are refused meanwhile. Of three nobody may miss it for long.
func (r *run) broker(ctx context.Context) (string, error) {
	name := r.w.Brokers()[0]
	if len(r.w.Brokers()) > 1 {
		name = r.w.Brokers()[r.rand.IntN(len(r.w.Brokers()))]
		if r.rand.IntN(2) == 0 {
			leader, err := r.bus.LogLeader(ctx, r.rand.IntN(Shards))
			if err == nil && r.w.Process(leader) != nil {
				name = leader
			}
		}
	}
	p := r.w.Process(name)
	p.Kill()
	if len(r.w.Brokers()) == 1 {
		if err := r.refused(ctx); err != nil {
			return name, err
		}
	} else {
		pause(ctx, r.between(200*time.Millisecond, 4*time.Second))
	}
	if err := p.Start(); err != nil {
		return name, err
	}
	return name, r.whole(ctx)
}

// refused waits until a request is refused with 503 and told when to come again.
func (r *run) refused(ctx context.Context) error {
	return Await(ctx, "POST is refused with 503 and Retry-After", 30*time.Second, func() bool {
		p := r.post()
		return p.Status == http.StatusServiceUnavailable && p.Header.Get("Retry-After") != ""
	})
}

// post hands in one more request, of which only its answer matters.
func (r *run) post() Reply {
	r.downs++
	ref := fmt.Sprint("while-down-", r.downs)
	r.h.Doubt(ref) // refused, or its answer was lost
	return r.w.Post(Somebody("bive-person", ref, "", 1<<20+r.downs), ref)
}

// whole waits until every broker has all that it should have, and every service is ready.
func (r *run) whole(ctx context.Context) error {
	if len(r.w.Brokers()) > 1 {
		behind, err := 0, error(nil)
		if waited := Await(ctx, "every copy of every stream is up to date", readyPatience, func() bool {
			behind, err = r.bus.Behind(ctx)
			return err == nil && behind == 0
		}); waited != nil {
			return fmt.Errorf("%w: %d streams are not (%v)", waited, behind, err)
		}
	}
	return r.w.Ready(ctx)
}

// roll restarts all nodes, each when all is well after the one before.
func (r *run) roll(ctx context.Context) (string, error) {
	for _, name := range r.w.Brokers() {
		p := r.w.Process(name)
		if err := p.Stop(); err != nil {
			r.unruly = append(r.unruly, err.Error())
			p.Kill()
		}
		r.stopped++
		if err := p.Start(); err != nil {
			return name, err
		}
		if err := r.whole(ctx); err != nil {
			return name, fmt.Errorf("after %s: %w", name, err)
		}
	}
	return strings.Join(r.w.Brokers(), ", "), nil
}
