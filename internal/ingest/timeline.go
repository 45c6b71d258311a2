package ingest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/index"
)

// seen is how far somebody has read a timeline: an input of the shard and a record of its log. A cursor is both.
type seen struct{ input, log uint64 }

func (p seen) String() string {
	return strconv.FormatUint(p.input, 10) + "." + strconv.FormatUint(p.log, 10)
}

// seenOf reads a cursor of a timeline; "" is the beginning.
func seenOf(cursor string) (p seen, err error) {
	if cursor == "" {
		return p, nil
	}
	in, log, ok := strings.Cut(cursor, ".")
	if p.input, err = strconv.ParseUint(in, 10, 62); err == nil {
		p.log, err = strconv.ParseUint(log, 10, 62)
	}
	if !ok || err != nil {
		return seen{}, malformed("The cursor is none of ours.")
	}
	return p, nil
}

// covers reports whether what lies at p has been read.
func (s seen) covers(p index.Place) bool {
	if p.Log != 0 {
		return p.Log <= s.log
	}
	return p.Input <= s.input
}

func (s *seen) pass(p index.Place) {
	if p.Log != 0 {
		s.log = max(s.log, p.Log)
	} else {
		s.input = max(s.input, p.Input)
	}
}

// timeline serves GET /v1/verifications/{id}/timeline.
func (s *Service) timeline(c *call) error {
	var after seen
	live := wantsEvents(c.Request)
	if live {
		var err error
		if after, err = seenOf(c.Header.Get("Last-Event-ID")); err != nil {
			return err
		}
	}
	a, err := s.known(c.Context(), c.cred.Tenant, c.PathValue("id"), false)
	if err != nil {
		return err
	}
	if err := s.caughtUp(c.Context()); err != nil {
		return err
	}
	t := told{s: s, tenant: c.cred.Tenant, id: a.View.ID, shard: events.ShardOf(a.View.ID, s.cfg.Shards), seen: after}
	if !live {
		items, err := t.news(c.Context())
		if err != nil {
			return err
		}
		return answer(c.w, http.StatusOK, page[item]{Items: items})
	}
	return s.streamEvents(c, t.follow)
}

// told is a timeline that somebody is told of, as far as it has been told.
type told struct {
	s          *Service
	tenant, id string
	shard      int
	seen       seen
}

// follow tells what there is and what comes, until ctx ends.
func (t *told) follow(ctx context.Context, out *eventStream) error {
	more, stop := t.s.cfg.Index.Watch(t.id)
	defer stop()
	for {
		items, err := t.news(ctx)
		if err != nil {
			return err
		}
		for _, i := range items {
			if err := sendItem(out, i); err != nil {
				return err
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil
		}
	}
}

// news returns what has not been told yet: each input, then what it has led to. The last item of each event has the cursor.
func (t *told) news(ctx context.Context) ([]item, error) {
	places, err := t.s.cfg.Index.Places(ctx, t.id)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fault.New(fault.Unknown, "ingest.timeline", "the index cannot be read")
	}
	places = slices.DeleteFunc(places, t.seen.covers)
	found := make([][]item, len(places))
	errs := make([]error, len(places))
	room := make(chan struct{}, askedAtOnce)
	var reading sync.WaitGroup
	for i, p := range places {
		room <- struct{}{}
		reading.Go(func() {
			defer func() { <-room }()
			found[i], errs[i] = t.itemsAt(ctx, p)
		})
	}
	reading.Wait()
	all := []item{}
	for i, p := range places {
		if errs[i] != nil {
			return nil, errs[i]
		}
		t.seen.pass(p)
		if n := len(found[i]); n > 0 {
			found[i][n-1].Cursor = t.seen.String()
		}
		all = append(all, found[i]...)
	}
	return all, nil
}

// itemsAt reads what lies somewhere. What another tenant claims of the verification is nothing.
func (t *told) itemsAt(ctx context.Context, p index.Place) ([]item, error) {
	if p.Log != 0 {
		r, err := t.s.cfg.Bus.Logged(ctx, t.shard, p.Log)
		if err != nil || r.Err != nil {
			return nil, err
		}
		return recordItems(r.Event, t.id), nil
	}
	e, at, err := t.s.cfg.Bus.Input(ctx, t.shard, p.Input)
	if c := fault.ClassOf(err); c == fault.Malformed || c == fault.Invalid {
		return nil, nil // the resolver has skipped it too; or it is not there, see bus.Mend
	}
	if err != nil || tenantOf(e.Data) != "" && tenantOf(e.Data) != t.tenant {
		return nil, err
	}
	return itemsOf(t.id, e.Data, at), nil
}

func sendItem(out *eventStream, i item) error {
	b, err := json.Marshal(i, json.Deterministic(true))
	if err != nil {
		return err
	}
	return out.send(i.Cursor, i.Type, b)
}
