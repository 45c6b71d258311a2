package chaos

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// thinking is how long a vendor takes to answer what changes something, after it has done it: the time in which a caller may die.
const thinking = 150 * time.Millisecond

// thoughtful is a vendor that takes its time.
type thoughtful struct {
	server *http.Server
	url    string
}

// newThoughtful returns a vendor that is the one at url, and thinks.
func newThoughtful(at string) (*thoughtful, error) {
	to, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	quiet := log.New(io.Discard, "", 0) // callers that die are what this is for
	t := &thoughtful{url: "http://" + ln.Addr().String(), server: &http.Server{ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet,
		Handler: &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
			ModifyResponse: func(res *http.Response) error {
				if res.Request.Method != http.MethodGet {
					pause(res.Request.Context(), thinking)
				}
				return nil
			},
			ErrorLog: quiet,
		}}}
	go func() { _ = t.server.Serve(ln) }()
	return t, nil
}

func (t *thoughtful) close() { _ = t.server.Close() }

// pause lets a process live or be away for a while: that is the fault, not a wait for something.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
