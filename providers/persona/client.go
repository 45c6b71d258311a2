package persona

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// The calls, as exchanges name them.
const (
	opCreate       = "create"
	opInquiry      = "inquiry"
	opVerification = "verification"
	opReport       = "report"
	opLook         = "look"
	opLink         = "link"
	opResume       = "resume"
	opConclude     = "conclude"
	opErase        = "erase"
)

// client is a Provider, a Linker, a Concluder and an Eraser. It is immutable.
type client struct {
	http     vendorhttp.Client
	template string
	now      func() time.Time
}

func newClient(c Config, h *http.Client, now func() time.Time) *client {
	key, version := c.APIKey, c.Version
	return &client{template: c.TemplateID, now: now, http: vendorhttp.Client{
		HTTP: h, Base: string(c.BaseURL), Provider: "persona",
		Prepare: func(_ context.Context, r *http.Request, _ vendorhttp.Body) error {
			r.Header.Set("Authorization", "Bearer "+key.Reveal())
			r.Header.Set("Persona-Version", version)
			r.Header.Set("Key-Inflection", "kebab") // an API key can have another default
			return nil
		},
	}}
}

// talk is one Send, Poll, Link or Conclude: what was said so far.
type talk struct {
	client *client
	r      providers.Request
	at     ref
	reply  providers.Reply
}

// talk begins with what is remembered, brought up to date with what the flow wants now.
func (c *client) talk(r providers.Request) (*talk, error) {
	at, err := parseRef(r.Ref)
	if err != nil {
		return nil, err
	}
	p, err := paramsOf(r)
	if err != nil {
		return nil, err
	}
	at.All, at.Workflow, at.AML = p.AllAttempts, p.Workflow, false
	for _, wanted := range r.Components {
		at.AML = at.AML || wanted == "aml"
	}
	return &talk{client: c, r: r, at: at}, nil
}

func paramsOf(r providers.Request) (p params, err error) {
	if len(r.Params) > 0 && json.Unmarshal(r.Params, &p, json.RejectUnknownMembers(true)) != nil {
		return p, fault.New(fault.Invalid, "persona.params", "the params are not those of the schema")
	}
	return p, nil
}

// wholeQuery asks for everything that Read looks at; which of it comes without asking differs between versions.
var wholeQuery = url.Values{"include": {"verifications,reports"}}

// maxReply leaves room for an inquiry with all that belongs to it.
const maxReply = 4 << 20

// do makes a call and keeps the answer.
func (t *talk) do(ctx context.Context, call vendorhttp.Call) (vendorhttp.Response, error) {
	call.Repeatable, call.Limit, call.Keep = true, maxReply, []string{"Ratelimit-Reset", "Quota-Reset"}
	res, err := t.client.http.Do(ctx, call)
	if res.Status != 0 {
		t.reply.Exchanges = append(t.reply.Exchanges, providers.Exchange(res))
		t.reply.At = t.client.now().UTC()
	}
	return res, limited(res, err)
}

// limited makes a refusal for too many calls say when to come again. The vendor documents no Retry-After but the seconds to
// the reset of its window, and that a quota can also show as 403.
func limited(res vendorhttp.Response, err error) error {
	quota, header := quotaSpent(res.Body), "Ratelimit-Reset"
	switch {
	case res.Status == http.StatusForbidden && quota:
	case res.Status == http.StatusTooManyRequests && fault.RetryAfter(err) == 0:
	default:
		return err
	}
	if quota {
		header = "Quota-Reset"
	}
	wait := 5 * time.Second // where the vendor says nothing it wants 5 s, then more
	if n, err := strconv.ParseUint(strings.TrimSpace(res.Header[header]), 10, 16); err == nil {
		wait = min(time.Duration(n)*time.Second, time.Hour)
	}
	return &fault.Error{Class: fault.RateLimited, Op: "persona." + res.Op, Reason: "status " + strconv.Itoa(res.Status), RetryAfter: wait}
}

// path escapes an id; the vendor calls its ids opaque.
func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// Send makes an inquiry under an idempotency key that follows from the operation, so that a repetition is the same inquiry. The
// vendor keeps a key for a day and repeats its first answer under it whatever that was, a 500 too. Such a key is spoiled: the
// Ref of the failed Send says so, and the next one looks the inquiry up before it uses another key.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	return t.send(ctx)
}

func (t *talk) send(ctx context.Context) (providers.Reply, error) {
	r := t.r
	if t.at.Attempt != r.Attempt {
		t.at = ref{Attempt: r.Attempt, All: t.at.All, Workflow: t.at.Workflow, AML: t.at.AML}
	}
	body, err := t.client.body(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.at.ID != "" {
		return t.whole(ctx)
	}
	if t.at.Keys > 0 {
		if found, err := t.find(ctx); err != nil || found {
			return t.after(ctx, err)
		}
	}
	key := r.Operation
	if t.at.Keys > 0 {
		key += "." + strconv.Itoa(t.at.Keys)
	}
	res, err := t.do(ctx, vendorhttp.Call{
		Op: opCreate, Method: http.MethodPost, Path: "/inquiries", Query: wholeQuery, Body: body, Header: http.Header{"Idempotency-Key": {key}},
	})
	switch {
	case res.Status == http.StatusConflict: // the key was used for something else, or somebody was faster
		t.at.Keys++
		found, lookErr := t.find(ctx)
		if lookErr == nil && !found {
			lookErr = fault.New(fault.Transient, "persona.create", "the vendor names a conflict and has no such inquiry")
		}
		return t.after(ctx, lookErr)
	case res.Status >= 400 && res.Status != http.StatusUnauthorized && res.Status != http.StatusTooManyRequests:
		t.at.Keys++
	}
	if err != nil {
		return t.end(err)
	}
	doc, err := parseDocument(res.Body)
	if err != nil {
		return t.end(err)
	}
	t.at.ID = doc.inquiry.id
	t.linked(doc.meta)
	return t.end(nil)
}

// after reads the whole of what was found, or ends with an error.
func (t *talk) after(ctx context.Context, err error) (providers.Reply, error) {
	if err != nil {
		return t.end(err)
	}
	return t.whole(ctx)
}

// find looks for the inquiry of this attempt: by our external id, which all attempts share, and the note that Send gave it.
func (t *talk) find(ctx context.Context) (bool, error) {
	res, err := t.do(ctx, vendorhttp.Call{
		Op: opLook, Method: http.MethodGet, Path: "/inquiries", Query: url.Values{"filter[reference-id]": {t.r.ExternalID}, "page[size]": {"100"}},
	})
	if err != nil {
		return false, err
	}
	all, err := parseList(res.Body)
	if err != nil {
		return false, err
	}
	for _, i := range all {
		if i.Note == t.r.Operation {
			t.at.ID = i.id
			return true, nil
		}
	}
	return false, nil
}

// end completes the reply.
func (t *talk) end(err error) (providers.Reply, error) {
	if b, merr := json.Marshal(t.at); merr == nil {
		t.reply.Ref = jsontext.Value(b)
	}
	return t.reply, err
}
