package personr

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// ref identifies an applicant. It is stored: add members, never change one.
type ref struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`               // person or business
	Link     string   `json:"link,omitempty"`     // the page that the subject was sent to
	Images   []string `json:"images,omitempty"`   // TYPE/SIDE of what was handed in
	Warned   bool     `json:"warned,omitempty"`   // the vendor took an image with warnings
	Answered int64    `json:"answered,omitempty"` // of the verdict that a resubmission answers: that one is old news
	Aspects  []string `json:"aspects,omitempty"`  // what was asked for
	Verdict  int64    `json:"verdict,omitempty"`  // the one that was read last
	Of       int      `json:"of,omitempty"`       // the attempt of ours that read it
}

// talk is one check being worked on.
type talk struct {
	*client
	at    ref
	reply providers.Reply
}

func (c *client) talk(r providers.Request) (*talk, error) {
	t := &talk{client: c}
	if len(r.Ref) > 0 {
		if err := json.Unmarshal(r.Ref, &t.at); err != nil || t.at.ID == "" {
			return nil, fault.New(fault.Invalid, "personr", "the reference cannot be read")
		}
	}
	return t, nil
}

// Send creates the applicant, unless an earlier try has, and has it checked: by what was handed in, or on the vendor's page.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	p, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, err
	}
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.ID != "" {
		return t.end(t.goOn(ctx, p))
	}
	if err := t.create(ctx, p); err != nil {
		return t.end(err)
	}
	return t.end(t.start(ctx, p))
}

// Look goes on with an applicant that an earlier try has created. Whether a create whose answer was lost was done cannot be
// found out: the vendor has no search.
func (c *client) Look(ctx context.Context, r providers.Request, _ time.Time, _ providers.Taken) (providers.Reply, bool, error) {
	if len(r.Ref) == 0 {
		return providers.Reply{}, false, fault.New(fault.Invalid, "personr.look", "whether the vendor has the applicant cannot be known, and it must not be paid for twice")
	}
	reply, err := c.Send(ctx, r)
	return reply, err == nil, err
}

// Poll reads the applicant's state.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.known(r, "personr.status")
	if err != nil {
		return providers.Reply{}, err
	}
	s, err := t.status(ctx)
	if err == nil {
		t.saw(s, r)
	}
	return t.end(err)
}

// saw remembers a verdict, and which attempt it is an answer to.
func (t *talk) saw(s state, r providers.Request) {
	if m := s.modified(); m != 0 {
		t.at.Verdict, t.at.Of = m, r.Attempt
	}
}

// Resubmit hands in better images and asks for the check again, unless an earlier try has: then it is under way, or there is a
// verdict that no attempt before this one has seen.
func (c *client) Resubmit(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.known(r, "personr.upload")
	if err != nil {
		return providers.Reply{}, err
	}
	images, err := imagesOf(r)
	if err != nil {
		return providers.Reply{}, err
	}
	s, err := t.status(ctx)
	if err != nil {
		return t.end(err)
	}
	if s.running() {
		return t.end(nil)
	}
	if t.at.Verdict != 0 && (t.at.Of == r.Attempt || s.modified() > t.at.Verdict) {
		t.saw(s, r)
		return t.end(nil)
	}
	t.at.Answered = max(t.at.Answered, s.modified())
	return t.end(t.check(ctx, images))
}

// Link makes the page of the vendor for a subject who has something to do there. Where there is no applicant yet it creates one; a
// business is looked up in its register, and nobody goes anywhere.
func (c *client) Link(ctx context.Context, r providers.Request) (providers.Reply, error) {
	p, err := c.plan(r)
	if err == nil && p.business != nil {
		err = fault.New(fault.Invalid, "personr.link", "the register needs no page")
	}
	if err != nil {
		return providers.Reply{}, err
	}
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.ID == "" {
		if err := t.create(ctx, p); err != nil {
			return t.end(err)
		}
	}
	before := t.at.Link
	if err := t.link(ctx); err != nil {
		return t.end(err)
	}
	s, err := t.status(ctx)
	if err == nil && s.Applicant != "Created" && !s.retry() { // it leads nowhere
		t.at.Link = before
	}
	return t.end(err)
}

// known is a talk about an applicant that exists.
func (c *client) known(r providers.Request, op string) (*talk, error) {
	t, err := c.talk(r)
	if err == nil && t.at.ID == "" {
		err = fault.New(fault.Invalid, op, "the check has no reference")
	}
	return t, err
}

// goOn finishes what an earlier try has begun. What that one has done is not done again: asking for a check twice would cost
// an attempt.
func (t *talk) goOn(ctx context.Context, p *plan) error {
	if p.business == nil && !p.link {
		status, err := t.details(ctx)
		if err != nil {
			return err
		}
		if status != "Created" {
			_, err = t.status(ctx)
			return err
		}
	}
	return t.start(ctx, p)
}

// start has a new applicant checked.
func (t *talk) start(ctx context.Context, p *plan) error {
	if p.business == nil && !p.link {
		return t.check(ctx, p.images)
	}
	if p.link && t.at.Link == "" {
		if err := t.link(ctx); err != nil {
			return err
		}
	}
	_, err := t.status(ctx)
	return err
}

// check hands images in, asks for the check and reads how it stands.
func (t *talk) check(ctx context.Context, images []image) error {
	for _, i := range images {
		if err := t.upload(ctx, i); err != nil {
			return err
		}
	}
	body, err := vendorhttp.JSON("personr.check", applicant{t.at.ID})
	if err != nil {
		return err
	}
	res, err := t.do(ctx, vendorhttp.Call{Op: "check", Path: "/api-request-applicant-check", Body: body})
	if err != nil {
		return err
	}
	var a struct {
		Response string `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil {
		return fault.New(fault.Ambiguous, "personr.check", "asked for perhaps, but the answer cannot be read")
	}
	if a.Response != "success" {
		return fault.New(fault.Ambiguous, "personr.check", "asked for perhaps, but the answer does not say so")
	}
	_, err = t.status(ctx)
	return err
}

// applicant is the only parameter of many workflows.
type applicant struct {
	ID string `json:"applicantId"`
}

// do makes a call and keeps the answer. A token that somebody else's has killed is replaced once: a refused call was not made.
func (t *talk) do(ctx context.Context, call vendorhttp.Call) (vendorhttp.Response, error) {
	call.Method = http.MethodPost
	used, err := t.keeper.current(ctx)
	if err != nil {
		return vendorhttp.Response{}, err
	}
	res, err := t.http.Do(ctx, call)
	if res.Status == http.StatusUnauthorized && t.keeper.refused(ctx, used) {
		res, err = t.http.Do(ctx, call)
	}
	if res.Status != 0 && res.Status != http.StatusUnauthorized { // what a 401 says repeats the token
		t.reply.Exchanges = append(t.reply.Exchanges, providers.Exchange(res))
		t.reply.At = t.now().UTC()
	}
	if err != nil && !call.Repeatable && fault.ClassOf(err) == fault.Malformed {
		err = fault.New(fault.Ambiguous, "personr."+call.Op, "done perhaps, but the answer cannot be read")
	}
	return res, err
}

// end completes a reply: what is known of the applicant is in it, also when a step has failed.
func (t *talk) end(err error) (providers.Reply, error) {
	if t.at.ID == "" {
		return t.reply, err
	}
	b, e := json.Marshal(t.at)
	if e != nil {
		return t.reply, fault.New(fault.Invalid, "personr", "the reference cannot be written")
	}
	t.reply.Ref = jsontext.Value(b)
	return t.reply, err
}
