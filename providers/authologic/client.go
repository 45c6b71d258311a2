package authologic

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// mediaType names the version of the API, in both directions.
const mediaType = "application/vnd.authologic.v1.1+json"

// ref identifies a conversation. It is stored: add members, never change one.
type ref struct {
	ID       string   `json:"id"`
	Attempt  int      `json:"attempt,omitzero"`  // which attempt of ours it is
	Products []string `json:"products"`          // that were asked for: none may be missing in the end
	Aspects  []string `json:"aspects,omitempty"` // the check's components
	Page     bool     `json:"page,omitempty"`    // somebody has to go to the vendor's page
	Watched  bool     `json:"watched,omitempty"` // the lists are watched
	Ended    bool     `json:"ended,omitempty"`   // it was finished, and what it said is ours
}

func newClient(c Config, h *http.Client, now func() time.Time) *client {
	name, password := c.Username, c.Password
	return &client{
		strategy: c.Strategy, now: now,
		http: vendorhttp.Client{
			HTTP: h, Base: string(c.BaseURL), Provider: "authologic",
			Prepare: func(_ context.Context, r *http.Request, _ vendorhttp.Body) error {
				r.SetBasicAuth(name, password.Reveal())
				return nil
			},
		},
	}
}

// Send creates the conversation: one call, which must not be made twice. What fails after it must not fail the Send, which would
// be made again: a list that could not be read is read by the next Poll, and until then its hit counts without a score. A
// conversation of this attempt that exists, because its page was made first, is read.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if t, err := c.talk(r, "authologic.create"); err == nil && t.at.Attempt == r.Attempt {
		return t.end(t.status(ctx, opStatus))
	}
	v, err := c.conversationOf(r)
	if err != nil {
		return providers.Reply{}, err
	}
	return c.create(ctx, r, v)
}

// create makes the conversation.
func (c *client) create(ctx context.Context, r providers.Request, v *conversation) (providers.Reply, error) {
	body, err := vendorhttp.JSON("authologic.create", v)
	if err != nil {
		return providers.Reply{}, err
	}
	body.MediaType = mediaType
	t := &talk{client: c}
	res, err := t.do(ctx, vendorhttp.Call{Op: opCreate, Method: http.MethodPost, Path: "/api/conversations", Body: body})
	if err != nil {
		return t.reply, err
	}
	a, err := parse(res.Body)
	if err != nil {
		return t.reply, fault.New(fault.Ambiguous, "authologic.create", "created perhaps, but the reply names no conversation")
	}
	t.at = ref{ID: a.ID, Attempt: r.Attempt, Products: v.Query.products(), Aspects: r.Components, Page: !v.Query.userless(), Watched: v.Query.AML != nil && v.Query.AML.Subscription != nil}
	t.at.Ended = t.lists(ctx, a) == nil && a.Status == "FINISHED"
	return t.end(nil)
}

// products names what a query asks for.
func (q *query) products() []string {
	var all []string
	for name, asked := range map[string]bool{
		"identity": q.Identity != nil, "aml": q.AML != nil, "verify": q.Verify != nil, "auth": q.Auth != nil, "bankTransactions": q.Bank != nil,
	} {
		if asked {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Poll reads the conversation and, of a finished one, who is on the lists and which accounts were shown. After the vendor has
// deleted it nothing is known any more: that is no verdict.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r, "authologic.status")
	if err != nil {
		return providers.Reply{}, err
	}
	return t.end(t.status(ctx, opStatus))
}

// Link returns the page of a conversation that the user has not finished. It is always the same. Where there is no conversation yet
// it creates one, if somebody will have to go to its page.
func (c *client) Link(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if len(r.Ref) == 0 {
		v, err := c.conversationOf(r)
		if err == nil && v.Query.userless() {
			err = fault.New(fault.Invalid, "authologic.link", "what is asked for needs no page")
		}
		if err != nil {
			return providers.Reply{}, err
		}
		return c.create(ctx, r, v)
	}
	t, err := c.talk(r, "authologic.link")
	if err != nil {
		return providers.Reply{}, err
	}
	if err := t.status(ctx, opLink); err != nil {
		return t.end(err)
	}
	a, err := parse(t.reply.Exchanges[0].Body)
	if err != nil {
		return t.end(err)
	}
	if !t.at.Page || a.Status != "CREATED" && a.Status != "IN_PROGRESS" && a.Status != "PARTIAL" {
		return t.end(fault.New(fault.Invalid, "authologic.link", "the user has nothing to do any more"))
	}
	return t.end(nil)
}

// talk is one conversation being worked on.
type talk struct {
	*client
	at    ref
	reply providers.Reply
}

func (c *client) talk(r providers.Request, op string) (*talk, error) {
	t := &talk{client: c}
	if err := json.Unmarshal(r.Ref, &t.at); err != nil || t.at.ID == "" {
		return nil, fault.New(fault.Invalid, op, "the check has no reference")
	}
	return t, nil
}

// status reads the conversation and what belongs to it.
func (t *talk) status(ctx context.Context, op string) error {
	res, err := t.do(ctx, vendorhttp.Call{Op: op, Method: http.MethodGet, Path: t.path(""), Repeatable: true})
	if err != nil {
		return err
	}
	a, err := parse(res.Body)
	if err != nil {
		return err
	}
	if a.ID != t.at.ID {
		return fault.New(fault.Malformed, "authologic."+op, "the answer is another conversation's")
	}
	err = t.lists(ctx, a)
	t.at.Ended = t.at.Ended || err == nil && a.Status == "FINISHED"
	return err
}

// most bounds the pages of a list that are kept.
const most = 4

// lists reads who is on the lists that were hit, and the accounts that were shown, of a conversation that has ended.
func (t *talk) lists(ctx context.Context, a answer) error {
	if a.Status != "FINISHED" {
		return nil
	}
	if aml := a.Result.AML; aml != nil && aml.Found != nil {
		for _, name := range *aml.Found {
			if _, known := lists[name]; !known {
				continue
			}
			if err := t.pages(ctx, opList+name, t.path("/aml/"+url.PathEscape(name))); err != nil {
				return err
			}
		}
	}
	if b := a.Result.Bank; b != nil && b.Status == "FINISHED" {
		return t.pages(ctx, "accounts", t.path("/bankTransactions/accounts"))
	}
	return nil
}

// pages reads a list to its end, or as far as is kept.
func (t *talk) pages(ctx context.Context, op, path string) error {
	for n := range most {
		res, err := t.do(ctx, vendorhttp.Call{Op: op, Method: http.MethodGet, Path: path, Query: url.Values{"page": {strconv.Itoa(n)}, "pageSize": {"50"}}, Repeatable: true})
		if err != nil {
			return err
		}
		var page struct {
			More bool `json:"more"`
		}
		if err := strictjson.Unmarshal(res.Body, &page); err != nil {
			return fault.Wrap(fault.Malformed, "authologic."+op, err)
		}
		if !page.More {
			return nil
		}
	}
	return nil
}

func (t *talk) path(rest string) string {
	return "/api/conversations/" + url.PathEscape(t.at.ID) + rest
}

// do makes a call and keeps the answer.
func (t *talk) do(ctx context.Context, call vendorhttp.Call) (vendorhttp.Response, error) {
	call.Header = http.Header{"Accept": {mediaType}, "Accept-Language": {"en"}}
	res, err := t.http.Do(ctx, call)
	if res.Status != 0 {
		t.reply.Exchanges = append(t.reply.Exchanges, providers.Exchange(res))
		t.reply.At = t.now().UTC()
	}
	op := "authologic." + call.Op
	switch {
	case err == nil:
	case res.Status == http.StatusPaymentRequired:
		err = fault.New(fault.Unauthorized, op, "status 402: the account's quota is spent; nothing was made")
	case res.Status == http.StatusNotFound, res.Status == http.StatusGone:
		err = fault.New(fault.Invalid, op, "the vendor does not have the conversation (any more)")
	case !call.Repeatable && fault.ClassOf(err) == fault.Malformed:
		err = fault.New(fault.Ambiguous, op, "done perhaps, but the answer cannot be read")
	}
	return res, err
}

// end completes a reply.
func (t *talk) end(err error) (providers.Reply, error) {
	b, e := json.Marshal(t.at)
	if e != nil {
		return t.reply, fault.New(fault.Invalid, "authologic", "the reference cannot be written")
	}
	t.reply.Ref = jsontext.Value(b)
	return t.reply, err
}
