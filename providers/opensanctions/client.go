package opensanctions

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// ref says what was asked, without saying of whom. It is stored: add members, never change one.
type ref struct {
	Asked []asked `json:"asked"`
}

// asked is one query of a search.
type asked struct {
	Query string `json:"query"`
	Exact bool   `json:"exact,omitempty"` // more than a name was searched for
}

// authorize adds the key that the hosted service wants; without one nothing is added.
func authorize(key providers.Secret) func(context.Context, *http.Request, vendorhttp.Body) error {
	return func(_ context.Context, r *http.Request, _ vendorhttp.Body) error {
		if !key.IsZero() {
			r.Header.Set("Authorization", "ApiKey "+key.Reveal())
		}
		return nil
	}
}

// Send searches for the subject and, of a business, for each associated person, in one request.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	s, err := searchOf(r)
	if err != nil {
		return providers.Reply{}, err
	}
	body, err := vendorhttp.JSON("opensanctions.match", s.body)
	if err != nil {
		return providers.Reply{}, err
	}
	q := url.Values{}
	if s.params.Threshold != 0 {
		q.Set("threshold", strconv.FormatFloat(s.params.Threshold, 'f', -1, 64))
	}
	if s.params.Algorithm != "" {
		q.Set("algorithm", s.params.Algorithm)
	}
	res, err := c.http.Do(ctx, vendorhttp.Call{
		Op: "match", Method: http.MethodPost, Path: "/match/" + s.params.Dataset, Query: q, Body: body, Repeatable: true,
	})
	reply := providers.Reply{}
	if res.Status != 0 {
		reply.Exchanges = []providers.Exchange{providers.Exchange(res)}
		reply.At = c.now().UTC()
	}
	if err != nil {
		return reply, err
	}
	at, err := json.Marshal(s.ref)
	if err != nil {
		return reply, fault.New(fault.Invalid, "opensanctions.match", "the reference cannot be written")
	}
	reply.Ref = jsontext.Value(at)
	return reply, nil
}

// Poll searches again: the lists may have changed.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return c.Send(ctx, r)
}
