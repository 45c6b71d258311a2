package ingest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ask"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// linkLook is the time between two looks for a page where no signal comes.
const linkLook = 250 * time.Millisecond

// wanted is which page is asked for.
type wanted struct {
	Check    string `json:"check"`
	Provider string `json:"provider"`
	Fresh    bool   `json:"fresh"`
}

type hostedPage struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	Provider  string    `json:"provider"`
}

// link serves POST …/links: a page of a vendor for this subject, on hold too. One that can still be handed out is; else the vendor
// is asked to make one, which is waited for.
func (s *Service) link(c *call) error {
	var w wanted
	if err := s.small(c, s.explain.link, true, &w); err != nil {
		return err
	}
	word, err := s.dedupe(c)
	if err != nil {
		return err
	}
	v, err := s.about(c, "completed", "failed", "cancelled", "erased")
	if err != nil {
		return err
	}
	c.id = v.ID
	if !w.Fresh {
		page, err := s.page(c, v.ID, w)
		if err != nil {
			return err
		}
		if page != nil && page.Lasts {
			return handOut(c, page)
		}
	}
	more, stop := s.watch(v.ID)
	defer stop()
	e := events.Event{ID: v.ID + "/link/" + word, Source: source, Subject: v.ID, Time: s.cfg.Now(), TraceParent: c.from,
		Data: events.LinkRequested{ID: v.ID, Tenant: c.cred.Tenant, Check: w.Check, Provider: w.Provider, Makers: s.cfg.Pages, Fresh: w.Fresh, Dedupe: word}}
	if err := s.put(c.Context(), e); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context(), s.cfg.PageWait)
	defer cancel()
	for {
		page, err := s.page(c, v.ID, w)
		switch {
		case err != nil:
			return err
		case page == nil:
			return conflict("no-link", "No check of this verification is at a vendor that has a page for the subject.")
		case page.URL != "":
			return handOut(c, page)
		case !page.Making:
			return refusal(page)
		}
		select {
		case <-more:
		case <-time.After(linkLook):
		case <-ctx.Done():
			return slowPage(c.Context())
		}
	}
}

// page returns what the owner of a verification knows of its page; nil for nothing.
func (s *Service) page(c *call, id string, w wanted) (*ask.Page, error) {
	shard := events.ShardOf(id, s.cfg.Shards)
	a, err := s.askOwner(c.Context(), shard, ask.Question{ID: id, Tenant: c.cred.Tenant, AtLeast: s.acked[shard].Load(), Page: &ask.Page{Check: w.Check, Provider: w.Provider}})
	if err != nil {
		return nil, err
	}
	if over := []string{"completed", "failed", "cancelled", "erased"}; slices.Contains(over, a.View.Status) {
		return nil, conflict("state", "The verification is "+a.View.Status+".")
	}
	return a.Page, nil
}

// watch tells when something has happened to a verification; never where there is no index.
func (s *Service) watch(id string) (more <-chan struct{}, stop func()) {
	if s.cfg.Index == nil {
		return nil, func() {}
	}
	return s.cfg.Index.Watch(id)
}

func handOut(c *call, p *ask.Page) error {
	return answer(c.w, http.StatusCreated, hostedPage{URL: p.URL, ExpiresAt: p.ExpiresAt, Provider: p.Provider})
}

// refusal says why there is no page: because there is none to be had, or not now.
func refusal(p *ask.Page) error {
	switch fault.Class(p.Class) {
	case fault.Invalid, fault.Malformed:
		why := "The vendor " + p.Provider + " has no page for the subject now."
		if p.Why != "" {
			why = "The vendor " + p.Provider + " makes no page: " + p.Why + "."
		}
		return conflict("no-link", why)
	}
	gone := unavailable(5 * time.Second)
	gone.Title, gone.Detail = "No page was made; try again", "The vendor "+p.Provider+" could not be reached, or refused us."
	return gone
}

// slowPage is the answer when a vendor takes its time. The page goes on being made and is there for who asks again.
func slowPage(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	p := unavailable(2 * time.Second)
	p.Type, p.Title, p.Detail = problemBase+"link-pending", "The page is not there yet; ask again", "The vendor is still making it."
	return p
}
