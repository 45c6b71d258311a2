package bive

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// How much Look reads: the newest come first, and what it looks for is minutes old.
const (
	lookPages = 5
	lookSize  = 50
	lookSkew  = time.Minute // between our clock and the vendor's
)

// Look searches for a workflow of this name that was created since. The vendor knows nothing of ours, and its records
// have no time but the one inside an id that is a UUID of version 7. So: one such workflow that is not taken is ours; none is none;
// several, or one whose age cannot be told, is Ambiguous, because taking somebody else's result is worse than stopping. The
// attempt before is taken, too, and r.Ref says nothing of whose a workflow is: it may be that of a try before.
func (c *client) Look(ctx context.Context, r providers.Request, since time.Time, taken providers.Taken) (providers.Reply, bool, error) {
	p, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, false, err
	}
	var mine []string
	token := ""
	reply := providers.Reply{}
	for range lookPages {
		q := url.Values{"workflow_type": {p.kind}, "object_search_phrase": {p.phrase()}, "page_size": {strconv.Itoa(lookSize)}}
		if token != "" {
			q.Set("next_page_token", token)
		}
		res, err := c.http.Do(ctx, vendorhttp.Call{Op: "look", Method: http.MethodGet, Path: "/identity/workflow", Query: q, Repeatable: true})
		c.add(&reply, res)
		if err != nil {
			return reply, false, err
		}
		var page struct {
			Next string   `json:"next_page_token"`
			Data []record `json:"data"`
		}
		if err := strictjson.Unmarshal(res.Body, &page); err != nil {
			return reply, false, fault.Wrap(fault.Malformed, "bive.look", err)
		}
		for _, rec := range page.Data {
			id := rec.id()
			if !p.isFor(rec.Input) {
				continue
			}
			born, ok := bornAt(id)
			if !ok {
				return reply, false, fault.New(fault.Ambiguous, "bive.look", "the age of a workflow of that name cannot be told")
			}
			if born.Before(since.Add(-lookSkew)) {
				continue
			}
			others, err := taken(ctx, id)
			if err != nil {
				return reply, false, err
			}
			if !others {
				mine = append(mine, id)
			}
		}
		if token = page.Next; token == "" {
			break
		}
	}
	switch len(mine) {
	case 0:
		return providers.Reply{}, false, nil
	case 1:
	default:
		return reply, false, fault.New(fault.Ambiguous, "bive.look", "several workflows of that name were created lately")
	}
	again, err := json.Marshal(refOf(mine[0], p, r))
	if err != nil {
		return reply, false, fault.New(fault.Invalid, "bive.look", "the reference cannot be written")
	}
	r.Ref = again
	reply, err = c.Poll(ctx, r) // the one record, by its id: that is what is kept
	reply.Made = mine[0]
	return reply, err == nil, err
}

// bornAt returns the time inside an id.
func bornAt(id string) (time.Time, bool) {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}, false
	}
	s, ns := u.Time().UnixTime()
	return time.Unix(s, ns), true
}

// phrase is what to search for.
func (p *plan) phrase() string {
	if p.kind == "business" {
		return p.business.Name
	}
	return p.person.FirstName + " " + p.person.LastName
}

// isFor says whether a workflow was created with p's name.
func (p *plan) isFor(in *input) bool {
	if in == nil {
		return false
	}
	if p.kind == "business" {
		return same(in.BusinessName, p.business.Name)
	}
	return same(in.FirstName, p.person.FirstName) && same(in.LastName, p.person.LastName)
}

func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
