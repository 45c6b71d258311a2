package ingest

import (
	"context"
	"errors"
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

var errEnough = errors.New("enough")

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
			return s.cfg.Bus.ReadResults(ctx, after, func(batch []bus.Read) error {
				for _, r := range batch {
					if d, ok := decided(r, c.cred.Tenant); ok {
						b, err := json.Marshal(d.View)
						if err != nil {
							return err
						}
						if err := out.send(strconv.FormatUint(r.Seq, 10), r.Event.Data.Type(), b); err != nil {
							return err
						}
					}
				}
				return nil
			})
		})
	}
	limit, err := limitOf(q)
	if err != nil {
		return err
	}
	p, err := s.decisionPage(c.Context(), c.cred.Tenant, after, limit)
	if err != nil {
		return err
	}
	return answer(c.w, http.StatusOK, p)
}

type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

type placedDecision struct {
	Cursor string `json:"cursor"`
	events.View
}

// decisionPage returns the decisions after a position, at most limit of those that are stored now. Next is the position
// that has been read to, as long as there was anything.
func (s *Service) decisionPage(ctx context.Context, tenant string, after uint64, limit int) (page[placedDecision], error) {
	p := page[placedDecision]{Items: []placedDecision{}}
	u, err := s.cfg.Bus.Usage(ctx)
	if err != nil {
		return p, err
	}
	if after >= u.LastResult {
		return p, nil
	}
	err = s.cfg.Bus.ReadResults(ctx, after, func(batch []bus.Read) error {
		for _, r := range batch {
			if r.Seq > u.LastResult {
				return errEnough
			}
			if d, ok := decided(r, tenant); ok {
				p.Next = strconv.FormatUint(r.Seq, 10)
				p.Items = append(p.Items, placedDecision{Cursor: p.Next, View: d.View})
			}
			if len(p.Items) == limit || r.Seq == u.LastResult {
				return errEnough
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return p, err
	}
	return p, nil
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
