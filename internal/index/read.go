package index

import (
	"bytes"
	"context"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bonafide-id/bonafide/events"
)

// Find returns the row of a tenant's verification by any of its ids; ok is false when there is none.
func (ix *Index) Find(tenant, id string) (r Row, ok bool, err error) {
	r, ok, err = ix.find(events.IdentityOf(id))
	return r, ok && r.Tenant == tenant, err
}

func (ix *Index) find(identity string) (Row, bool, error) {
	v, found, err := ix.get(keyRow(identity))
	if err != nil || !found {
		return Row{}, false, err
	}
	r, err := readRow(v)
	return r, err == nil, err
}

// Erased reports whether the person of a verification is erased, as far as has been read.
func (ix *Index) Erased(id string) bool {
	r, found, err := ix.find(events.IdentityOf(id))
	return err == nil && found && r.erased != 0
}

// Opened returns the input that began a verification; 0 where that has not been read.
func (ix *Index) Opened(id string) uint64 {
	r, _, err := ix.find(events.IdentityOf(id))
	if err != nil {
		return 0
	}
	return r.Opened
}

// Filter says which verifications of a tenant are wanted; "" is any.
type Filter struct {
	Tenant, Status, Result, Flow, Reference string
	Oldest                                  bool // oldest first, not newest; of what is in review, who has been longest
}

// queue reports whether f asks for the queue of reviewers, which has an order of its own.
func (f Filter) queue() bool { return f.Oldest && f.Status == "in_review" }

// ValidCursor reports whether a cursor may be one of f's: the id of the last one seen, and in the queue of reviewers since when
// that has been in review.
func (f Filter) ValidCursor(after string) bool {
	if f.queue() {
		since, id, _ := strings.Cut(after, ".")
		return len(since) == 16 && strings.Trim(since, "0123456789abcdef") == "" && events.ValidID(id)
	}
	return events.ValidID(after)
}

// words returns the shortest list that has all that f wants.
func (f Filter) words() []byte {
	switch {
	case f.queue():
		return listed(kindQueue, f.Tenant)
	case f.Reference != "":
		return listed(kindRefer, f.Tenant, referHash(f.Reference))
	case f.Status != "" && f.Status != "completed":
		return listed(kindStatus, f.Tenant, f.Status)
	case f.Flow != "":
		return listed(kindFlow, f.Tenant, f.Flow)
	case f.Result != "":
		return listed(kindResult, f.Tenant, f.Result)
	case f.Status != "":
		return listed(kindStatus, f.Tenant, f.Status)
	}
	return listed(kindList, f.Tenant)
}

// Wants reports whether a verification of the tenant is one of those that f asks for.
func (f Filter) Wants(status, result, flow, reference string) bool {
	return (f.Status == "" || f.Status == status) && (f.Result == "" || f.Result == result) && (f.Flow == "" || f.Flow == flow) &&
		(f.Reference == "" || f.Reference == reference)
}

// looked bounds how many verifications one List looks at.
const looked = 20_000

// List returns rows that f wants, newest first, from those that come after a cursor ("" is from the first), at most
// limit. Next is where to go on, or "" when there is no more. A page may hold fewer than limit, and even none, and go on. What is
// in a list keeps its place there, so what comes in meanwhile neither moves nor repeats anything.
func (ix *Index) List(f Filter, after string, limit int) (rows []Row, next string, err error) {
	prefix := f.words()
	first, end := prefix, beyond(prefix)
	if f.queue() {
		after = strings.Replace(after, ".", "\x00", 1)
	}
	switch place := append(bytes.Clone(prefix), after...); {
	case after == "":
	case f.Oldest:
		first = append(place, 0)
	default:
		end = place
	}
	it, err := ix.db.NewIter(&pebble.IterOptions{LowerBound: first, UpperBound: end})
	if err != nil {
		return nil, "", err
	}
	defer it.Close()
	n := 0
	last := ""
	start, step := it.Last, it.Prev
	if f.Oldest {
		start, step = it.First, it.Next
	}
	for ok := start(); ok; ok = step() {
		if len(rows) == limit || n == looked {
			return rows, last, it.Error()
		}
		n++
		last = string(it.Key()[len(prefix):])
		id := last
		if f.queue() {
			_, id, _ = strings.Cut(last, "\x00")
			last = strings.Replace(last, "\x00", ".", 1)
		}
		r, found, err := ix.find(events.IdentityOf(id))
		if err != nil {
			return nil, "", err
		}
		if found && r.ID == id && r.Tenant == f.Tenant && f.Wants(r.Status, r.Result, r.Flow, r.Reference) {
			rows = append(rows, r)
		}
	}
	return rows, "", it.Error()
}

// Wait returns once an input of a shard has been read, or ctx ends.
func (ix *Index) Wait(ctx context.Context, shard int, in uint64) error {
	s := ix.shards[shard]
	for {
		s.mu.Lock()
		done, moved := s.at.in >= in, s.moved
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settle returns once the index is Ready, or ctx ends: then it returns what Ready does.
func (ix *Index) Settle(ctx context.Context) error {
	for _, s := range ix.shards {
		for {
			s.mu.Lock()
			done, moved := s.caughtUp(s.at), s.moved
			s.mu.Unlock()
			if done {
				break
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return ix.Ready()
			}
		}
	}
	return nil
}

// Watch returns a channel that is told whenever there is something new about a verification, and what ends that. What
// comes while nobody listens is told once.
func (ix *Index) Watch(id string) (<-chan struct{}, func()) {
	identity := events.IdentityOf(id)
	ch := make(chan struct{}, 1)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.watchers[identity] == nil {
		ix.watchers[identity] = map[chan struct{}]struct{}{}
	}
	ix.watchers[identity][ch] = struct{}{}
	return ch, func() {
		ix.mu.Lock()
		defer ix.mu.Unlock()
		if delete(ix.watchers[identity], ch); len(ix.watchers[identity]) == 0 {
			delete(ix.watchers, identity)
		}
	}
}

// tell tells those who watch.
func (ix *Index) tell(touched []*held) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if len(ix.watchers) == 0 {
		return
	}
	for _, h := range touched {
		for ch := range ix.watchers[h.identity] {
			nudge(ch)
		}
	}
}

func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Await returns once ok holds of a tenant's verification, or ctx ends.
func (ix *Index) Await(ctx context.Context, tenant, id string, ok func(Row) bool) error {
	news, stop := ix.Watch(id)
	defer stop()
	for {
		r, found, err := ix.Find(tenant, id)
		if err != nil || found && ok(r) {
			return err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
