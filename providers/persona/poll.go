package persona

import (
	"context"
	"net/http"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// maxReads is how many verifications and reports are read one by one.
const maxReads = 40

// Poll reads the inquiry. When the subject must come again, because a photograph was not good enough, it makes them a new
// link: their last one has been used. An inquiry that has expired is left so until somebody asks for a link: the vendor tells
// of it after every life of an inquiry, also when nobody waits for the subject any more.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.ID == "" { // the answer to the create did not come; the webhook did
		found, err := t.find(ctx)
		if err == nil && !found {
			err = fault.New(fault.Transient, "persona.inquiry", "the vendor has no inquiry of this check yet")
		}
		if err != nil {
			return t.end(err)
		}
	}
	return t.whole(ctx)
}

// whole reads the inquiry and all of it that Read will look at.
func (t *talk) whole(ctx context.Context) (providers.Reply, error) {
	res, err := t.do(ctx, vendorhttp.Call{Op: opInquiry, Method: http.MethodGet, Path: path("inquiries", t.at.ID), Query: wholeQuery})
	if err != nil {
		return t.end(err)
	}
	doc, err := parseDocument(res.Body)
	if err == nil && doc.inquiry.id != t.at.ID {
		err = fault.New(fault.Malformed, "persona.inquiry", "the inquiry is another check's")
	}
	if err != nil {
		return t.end(err)
	}
	if err := t.rest(ctx, doc); err != nil {
		return t.end(err)
	}
	v, err := newReader(t.at, t.reply.Exchanges)
	if err != nil {
		return t.end(err)
	}
	if again := v.again(); v.said() == created && t.at.Link == "" || again != nil && again.id != t.at.LinkFor {
		err = t.link(ctx)
	}
	if refusedForState(t.reply) {
		err = nil // the inquiry has moved on, or has had too many links: what was read stands
	}
	return t.end(err)
}

// rest reads by its id each verification and report that did not come with the inquiry. While the subject is at it only the
// verifications tell something.
func (t *talk) rest(ctx context.Context, doc document) error {
	status := word(doc.inquiry.Status)
	if status == created || status == expired || doc.inquiry.RedactedAt != "" {
		return nil
	}
	n := 0
	read := func(op, folder string, all []identifier) error {
		for _, one := range all {
			if doc.has(one.ID) {
				continue
			}
			if n++; n > maxReads {
				return fault.New(fault.Malformed, "persona."+op, "the inquiry has more verifications and reports than are read")
			}
			res, err := t.do(ctx, vendorhttp.Call{Op: op, Method: http.MethodGet, Path: path(folder, one.ID)})
			if err != nil {
				return err
			}
			if r, err := parseResource(res.Body); err != nil || r.ID != one.ID {
				return fault.New(fault.Malformed, "persona."+op, "the answer is not what was asked for")
			}
		}
		return nil
	}
	if err := read(opVerification, "verifications", doc.inquiry.verifications); err != nil || status == pending {
		return err
	}
	return read(opReport, "reports", doc.inquiry.reports)
}
