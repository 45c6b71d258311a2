package persona

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// linkLife is how long a link leads to the vendor's page. It works once, with a few minutes of grace.
const linkLife = 24 * time.Hour

// Link makes a new one-time link to the inquiry, which is resumed when it has expired. Where there is no inquiry yet one is made as
// Send does it, with a link.
func (c *client) Link(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.ID == "" {
		reply, err := t.send(ctx)
		if err != nil || t.at.Link != "" {
			return reply, err
		}
	}
	err = t.link(ctx)
	if refusedForState(t.reply) {
		err = t.resume(ctx)
		if refusedForState(t.reply) {
			err = fault.New(fault.Invalid, "persona.link", "the subject has nothing to do any more")
		}
	}
	return t.end(err)
}

// refusedForState says that the last call was refused because of the state that the inquiry is in.
func refusedForState(r providers.Reply) bool {
	if len(r.Exchanges) == 0 {
		return false
	}
	status := r.Exchanges[len(r.Exchanges)-1].Status
	return status == http.StatusConflict || status == http.StatusUnprocessableEntity
}

// link asks for a one-time link.
func (t *talk) link(ctx context.Context) error {
	body, err := vendorhttp.JSON("persona.link", struct {
		Meta struct {
			ExpiresIn int `json:"expires-in-seconds"`
		} `json:"meta"`
	}{struct {
		ExpiresIn int `json:"expires-in-seconds"`
	}{int(linkLife.Seconds())}})
	if err != nil {
		return err
	}
	res, err := t.do(ctx, vendorhttp.Call{
		Op: opLink, Method: http.MethodPost, Path: path("inquiries", t.at.ID, "generate-one-time-link"), Query: wholeQuery, Body: body,
	})
	if err != nil {
		return err
	}
	made, err := parseMeta(res.Body)
	if err != nil {
		return err
	}
	t.linked(made)
	if t.at.Link != made.Link || made.Link == "" {
		return fault.New(fault.Malformed, "persona.link", "the answer holds no page of the vendor")
	}
	return nil
}

// linked remembers a link to a page, and what it is for.
func (t *talk) linked(m meta) {
	if u, err := url.Parse(m.Link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	t.at.Link, t.at.LinkUntil, t.at.LinkFor = m.Link, t.reply.At.Add(linkLife), ""
	if v, err := newReader(t.at, t.reply.Exchanges); err == nil {
		if again := v.again(); again != nil {
			t.at.LinkFor = again.id
		}
	}
}

// resume opens an expired inquiry again and makes a link to it.
func (t *talk) resume(ctx context.Context) error {
	if _, err := t.do(ctx, vendorhttp.Call{
		Op: opResume, Method: http.MethodPost, Path: path("inquiries", t.at.ID, "resume"), Query: wholeQuery,
	}); err != nil {
		return err
	}
	return t.link(ctx)
}
