package authologic

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
)

// screen looks a user up in the lists, by the story or, as the vendor's own sandbox does, by a last name.
func (s *Sandbox) screen(c *conversation) {
	asked := c.Query.AML.Checks
	if len(asked) == 0 {
		asked = lists
	}
	on := named[strings.ToLower(c.claims().who().Name.LastName)]
	if c.story.Outcome == sandbox.Sanctions {
		on = []string{"SANCTIONS", "PEP"}
	}
	s.listed(c, intersect(asked, on))
	if c.story.Outcome == sandbox.Reversal && c.monitored {
		s.after(sandbox.ReversalDelay, func() {
			if c.monitored && !c.gone {
				s.listed(c, intersect(asked, []string{"SANCTIONS"}))
				s.tell(c, "SUBSCRIPTION", "NEW_DATA")
			}
		})
	}
}

// named are the last names that the vendor's own sandbox has on lists.
var named = map[string][]string{
	"putin": lists, "shoygu": {"SANCTIONS"}, "kwaśniewski": {"SIP"}, "biden": {"PEP"}, "trzaskowski": {"ADVERSE_MEDIA"},
}

func intersect(asked, on []string) []string {
	out := []string{}
	for _, l := range asked {
		if slices.Contains(on, l) {
			out = append(out, l)
		}
	}
	return out
}

// listed says which lists a user is on, from now.
func (s *Sandbox) listed(c *conversation, hits []string) {
	c.hits, c.changed = hits, s.stage.Clock.Now()
	m := map[string]any{"status": finished, "found": hits}
	if c.Query.AML.Subscription != nil {
		m["subscription"] = map[string]any{"active": c.monitored, "lastChanged": stamp(c.changed)}
	}
	c.products["aml"] = m
}

// list shows who is on a list, a page at a time.
func (s *Sandbox) list(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	name := r.PathValue("list")
	if !slices.Contains(lists, name) || c.Query.AML == nil {
		return wrong(http.StatusNotFound, "", "Item not found")
	}
	page, size, ok := paging(r)
	if !ok {
		return invalid("page", "is out of range")
	}
	s.stage.Ledger.Read("aml.list")
	items := []any{}
	if slices.Contains(c.hits, name) {
		kind := "PERSON"
		if s.config.Associate {
			kind = "RCA"
		}
		item := map[string]any{"type": kind, "score": 0.98, "reason": "Listed\r\nin the sandbox", "entryType": name,
			"user": map[string]any{"person": map[string]any{"name": map[string]any{"lastName": c.claims().who().Name.LastName}}}}
		if name == "ADVERSE_MEDIA" {
			item = map[string]any{"date": "2026-01-02", "url": "https://news.example.test/1", "categories": []string{"Sanction"}, "entryType": name}
		}
		items = append(items, item)
	}
	from := min(page*size, len(items))
	to := min(from+size, len(items))
	return found(map[string]any{"more": to < len(items), "items": items[from:to]})
}

func paging(r *http.Request) (page, size int, ok bool) {
	size = 50
	var err error
	if v := r.URL.Query().Get("page"); v != "" {
		if page, err = strconv.Atoi(v); err != nil || page < 0 || page > 1e6 {
			return 0, 0, false
		}
	}
	if v := r.URL.Query().Get("pageSize"); v != "" {
		if size, err = strconv.Atoi(v); err != nil || size < 1 {
			return 0, 0, false
		}
	}
	return page, min(size, 200), true
}

// unsubscribe ends the monitoring of the lists.
func (s *Sandbox) unsubscribe(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	switch {
	case refused != nil:
		return *refused
	case c.Query.AML == nil || c.Query.AML.Subscription == nil:
		return wrong(http.StatusNotFound, "", "Item not found")
	case !c.monitored:
		return wrong(http.StatusBadRequest, "", "The subscription is not active")
	}
	c.monitored = false
	if sub, ok := c.products["aml"]["subscription"].(map[string]any); ok {
		sub["active"] = false
	}
	s.stage.Ledger.Other("subscription.delete")
	return answer{status: http.StatusNoContent}
}
