package ingest

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// Sizes of pages.
const (
	pageUsual = 100
	pageMost  = 1000
)

// decisions serves GET /v1/decisions: the tenant's decisions in stream order. A cursor is a position in the stream.
func (s *Service) decisions(c *call) error {
	q := c.URL.Query()
	after, err := cursor(q.Get("after"))
	if err != nil {
		return err
	}
	if wantsEvents(c.Request) {
		if last := c.Header.Get("Last-Event-ID"); last != "" {
			if after, err = cursor(last); err != nil {
				return err
			}
		}
		return s.streamEvents(c, func(ctx context.Context, out *eventStream) error {
			return s.cfg.Bus.FollowDecisions(ctx, c.cred.Tenant, after, decisionsTo(out, c.cred.Tenant))
		})
	}
	limit, err := limitOf(q)
	if err != nil {
		return err
	}
	found, err := s.cfg.Bus.Decisions(c.Context(), c.cred.Tenant, after, limit)
	if err != nil {
		return err
	}
	p := page[placedDecision]{Items: []placedDecision{}}
	for _, r := range found {
		p.Next = strconv.FormatUint(r.Seq, 10)
		if d, ok := decided(r, c.cred.Tenant); ok {
			p.Items = append(p.Items, placedDecision{Cursor: p.Next, View: d.View})
		}
	}
	return answer(c.w, http.StatusOK, p)
}

// decisionsTo tells of decisions.
func decisionsTo(out *eventStream, tenant string) func([]bus.Read) error {
	return func(batch []bus.Read) error {
		for _, r := range batch {
			d, ok := decided(r, tenant)
			if !ok {
				continue
			}
			b, err := json.Marshal(d.View)
			if err != nil {
				return err
			}
			if err := out.send(strconv.FormatUint(r.Seq, 10), r.Event.Data.Type(), b); err != nil {
				return err
			}
		}
		return nil
	}
}

type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

type placedDecision struct {
	Cursor string `json:"cursor"`
	events.View
}

// decided returns the decision that lies there if it is the tenant's, without the tenant.
func decided(r bus.Read, tenant string) (events.VerificationDecided, bool) {
	d, ok := r.Event.Data.(events.VerificationDecided)
	if !ok || d.Tenant != tenant {
		return events.VerificationDecided{}, false
	}
	d.Tenant = ""
	return d, true
}

// cursor reads a position; "" is the beginning.
func cursor(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 62)
	if err != nil {
		return 0, malformed("The cursor is none of ours.")
	}
	return n, nil
}

func limitOf(q url.Values) (int, error) {
	s := q.Get("limit")
	if s == "" {
		return pageUsual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > pageMost {
		return 0, malformed("limit must be 1 to " + strconv.Itoa(pageMost) + ".")
	}
	return n, nil
}
