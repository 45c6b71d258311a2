package vendorhttp

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// MaxReply is how much of a reply is read unless a Call says otherwise.
const MaxReply = 1 << 20

// Client calls one vendor. It is a value that is set up once and then safe for concurrent use.
type Client struct {
	HTTP     *http.Client // redirects are never followed, whatever it says
	Base     string       // without a slash at the end
	Provider string       // begins the operation of every error
	// Prepare adds what every request needs: credentials, a signature over body. It runs last. Its errors are returned as
	// they are and must have a class. Optional.
	Prepare func(ctx context.Context, r *http.Request, body Body) error
}

// Call is one request.
type Call struct {
	Op     string // in the vendor's folder's words; part of errors and of the Response
	Method string
	Path   string // escaped, with a leading slash
	Query  url.Values
	Header http.Header
	Body   Body
	// Repeatable says that doing it twice does no harm: it reads, or the vendor makes repetitions one. When the answer
	// to a call that is not repeatable is lost, the error is Ambiguous.
	Repeatable bool
	Keep       []string // headers of the reply to keep, in canonical form
	Limit      int64    // of the reply's body, in bytes; 0 is MaxReply
}

// Response is a reply as received. Its fields are those of providers.Exchange, so that one converts to the other.
type Response struct {
	Op        string
	Status    int
	MediaType string
	Header    map[string]string
	Body      []byte
}

// Do makes a call. A status other than 2xx is an error with the class that Classify gives it, and the Response comes with
// it. Nothing is retried; no goroutine outlives Do; the reply's body is closed.
func (c *Client) Do(ctx context.Context, call Call) (Response, error) {
	op := c.Provider + "." + call.Op
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})

	r, err := c.request(ctx, op, call)
	if err != nil {
		return Response{}, err
	}
	h := *c.HTTP
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.Jar = nil
	res, err := h.Do(r)
	if err != nil {
		return Response{}, lost(ctx, op, err, sent.Load() && !call.Repeatable)
	}
	defer res.Body.Close()

	out := Response{Op: call.Op, Status: res.StatusCode, MediaType: mediaType(res.Header)}
	for _, name := range call.Keep {
		if v := res.Header.Get(name); v != "" {
			if out.Header == nil {
				out.Header = map[string]string{}
			}
			out.Header[name] = v
		}
	}
	limit := call.Limit
	if limit == 0 {
		limit = MaxReply
	}
	if res.ContentLength > limit {
		return out, tooLarge(op, res, call.Repeatable)
	}
	out.Body, err = io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		out.Body = nil
		return out, lost(ctx, op, err, !call.Repeatable)
	case int64(len(out.Body)) > limit:
		out.Body = nil
		return out, tooLarge(op, res, call.Repeatable)
	}
	return out, Classify(op, res.StatusCode, res.Header, call.Repeatable, time.Now())
}

func (c *Client) request(ctx context.Context, op string, call Call) (*http.Request, error) {
	u, err := url.Parse(c.Base + call.Path)
	if err != nil {
		return nil, fault.New(fault.Invalid, op, "the address cannot be written")
	}
	u.RawQuery = call.Query.Encode()
	r, err := http.NewRequestWithContext(ctx, call.Method, u.String(), nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, op, "the request cannot be written")
	}
	for name, values := range call.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Header.Set("User-Agent", "bonafide")
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/json")
	}
	if call.Body.Open != nil {
		r.Header.Set("Content-Type", call.Body.MediaType)
		r.ContentLength = call.Body.Size
		r.GetBody = func() (io.ReadCloser, error) { return call.Body.Open(ctx) }
	}
	if c.Prepare != nil {
		if err := c.Prepare(ctx, r, call.Body); err != nil {
			return nil, err
		}
	}
	if r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, opened(ctx, op, err)
		}
	}
	return r, nil
}

// mediaType returns the media type without parameters.
func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
