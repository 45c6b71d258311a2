package sumsub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// client calls the vendor with one app token. It is immutable.
type client struct {
	http  vendorhttp.Client
	level string
	now   func() time.Time
}

func newClient(c Config, h *http.Client, now func() time.Time) *client {
	prepare := func(ctx context.Context, r *http.Request, body vendorhttp.Body) error {
		if body.Open == nil { // the vendor wants the type even where there is nothing
			r.Header.Set("Content-Type", "application/json")
		}
		return sign(ctx, r, body, c.AppToken.Reveal(), c.SecretKey.Reveal(), providers.Now(ctx, now))
	}
	return &client{
		http:  vendorhttp.Client{HTTP: h, Base: string(c.BaseURL), Provider: "sumsub", Prepare: prepare},
		level: c.LevelName, now: now,
	}
}

// talk is what one Send, Poll or Resubmit says and hears. It is used by one goroutine.
type talk struct {
	c         *client
	operation string
	attempt   int
	returnURL string
	asksAML   bool
	first     bool // nothing is known of the check yet
	ref       ref
	before    ref // of the round of checks before
	reply     providers.Reply
}

func (c *client) talk(r providers.Request) (*talk, error) {
	known, err := parseRef(r.Ref)
	if err != nil {
		return nil, err
	}
	t := &talk{c: c, operation: r.Operation, attempt: r.Attempt, returnURL: r.ReturnURL, first: known.ID == "", ref: known}
	t.ref.Asked = r.Components
	if t.first {
		if t.before, err = parseRef(r.Earlier); err != nil {
			return nil, err
		}
	}
	for _, name := range r.Components {
		t.asksAML = t.asksAML || name == "aml"
	}
	return t, nil
}

// end returns what was heard, also when it ended in an error: what exists at the vendor is not forgotten.
func (t *talk) end(err error) (providers.Reply, error) {
	if t.ref.ID != "" {
		value, merr := json.Marshal(t.ref)
		if merr != nil {
			return t.reply, fault.New(fault.Invalid, "sumsub.ref", "the reference cannot be written")
		}
		t.reply.Ref = value
	}
	return t.reply, err
}

func (t *talk) get(ctx context.Context, op, path string, accept ...int) (providers.Exchange, error) {
	return t.call(ctx, vendorhttp.Call{Op: op, Method: http.MethodGet, Path: path}, accept...)
}

func (t *talk) post(ctx context.Context, op, path string, query url.Values, body vendorhttp.Body, accept ...int) (providers.Exchange, error) {
	return t.call(ctx, vendorhttp.Call{Op: op, Method: http.MethodPost, Path: path, Query: query, Body: body}, accept...)
}

// call makes one call and keeps the answer. Statuses in accept are answers that the caller understands. Every call may
// be repeated: what exists at the vendor is found by its external id, and the same picture twice is refused.
func (t *talk) call(ctx context.Context, call vendorhttp.Call, accept ...int) (providers.Exchange, error) {
	named := call.Op
	call.Op, _, _ = strings.Cut(named, ":") // the reference of a person is not for errors
	call.Repeatable = true
	call.Keep = []string{"Date", "Retry-After", "X-Image-Id"}
	answer, err := t.c.http.Do(ctx, call)
	exchange := providers.Exchange(answer)
	exchange.Op = named
	if answer.Status != 0 && answer.Body != nil {
		t.reply.Exchanges = append(t.reply.Exchanges, exchange)
		t.reply.At = t.c.now()
	}
	for _, status := range accept {
		if answer.Status == status && answer.Body != nil {
			return exchange, nil
		}
	}
	return exchange, err
}

// named returns the operation of an exchange about a person; the subject's has no reference.
func named(op, person string) string {
	if person == "" {
		return op
	}
	return op + ":" + person
}

func applicantPath(id string) string { return "/resources/applicants/" + url.PathEscape(id) }

// boundary separates the parts of an upload. It is the same for a repetition, and nobody who made the picture knew it.
func (t *talk) boundary(n int) string {
	sum := sha256.Sum256([]byte(t.operation + "\x00" + t.ref.ID + "\x00" + string(rune('0'+n))))
	return hex.EncodeToString(sum[:20])
}
