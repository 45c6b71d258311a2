package persona

import (
	"context"
	"net/http"
	"net/url"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// ours is the comment of a decision that we told the vendor. An inquiry that is decided with it is read as if it were not:
// our own word is no evidence.
const ours = "Decided by Bonafide."

// conclusions are the calls, and the status that each leads to.
var conclusions = map[string]struct{ call, status string }{
	"true":    {"approve", approved},
	"false":   {"decline", declined},
	"unknown": {"mark-for-review", needsReview},
}

// unmarkable are the states in which an inquiry is not marked for review: somebody at the vendor has decided it and their word
// stands; or its subject has not come or is not done, and the mark would lock them out before there is anything to review.
var unmarkable = map[string]bool{approved: true, declined: true, created: true, expired: true, pending: true}

// Conclude approves or declines the inquiry, or marks it for review when the result is unknown. An inquiry that is there
// already stays as it is, and so does one that has nothing to review.
func (c *client) Conclude(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	to, known := conclusions[r.Conclusion]
	if t.at.ID == "" || !known {
		return providers.Reply{}, fault.New(fault.Invalid, "persona.conclude", "the check has no reference, or the conclusion is not known")
	}
	if _, err := t.whole(ctx); err != nil {
		return t.end(err)
	}
	v, err := newReader(t.at, t.reply.Exchanges)
	if err != nil || v.said() == to.status || to.status == needsReview && unmarkable[v.said()] {
		return t.end(err)
	}
	call := vendorhttp.Call{Op: opConclude, Method: http.MethodPost, Path: path("inquiries", t.at.ID, to.call), Query: wholeQuery}
	if to.status != needsReview {
		type comment struct {
			Comment string `json:"comment"`
		}
		if call.Body, err = vendorhttp.JSON("persona.conclude", struct {
			Meta comment `json:"meta"`
		}{comment{ours}}); err != nil {
			return t.end(err)
		}
	}
	res, err := t.do(ctx, call)
	if err != nil {
		return t.end(err)
	}
	t.at.Told = to.status
	doc, err := parseDocument(res.Body)
	if err == nil {
		err = t.rest(ctx, doc)
	}
	return t.end(err)
}

// Erase redacts every inquiry of the check: those of earlier attempts hold the same person. One that is redacted already is
// as good as redacted.
func (c *client) Erase(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	res, err := t.do(ctx, vendorhttp.Call{
		Op: opLook, Method: http.MethodGet, Path: "/inquiries", Query: url.Values{"filter[reference-id]": {r.ExternalID}, "page[size]": {"100"}},
	})
	if err != nil {
		return t.end(err)
	}
	all, err := parseList(res.Body)
	if err != nil {
		return t.end(err)
	}
	ids := map[string]bool{}
	for _, i := range all {
		ids[i.id] = true
	}
	if t.at.ID != "" && !ids[t.at.ID] {
		all = append(all, inquiry{id: t.at.ID})
	}
	for _, i := range all {
		res, err := t.do(ctx, vendorhttp.Call{Op: opErase, Method: http.MethodDelete, Path: path("inquiries", i.id)})
		if err != nil && res.Status != http.StatusConflict && res.Status != http.StatusNotFound {
			return t.end(err)
		}
	}
	return t.end(nil)
}
