package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot"
)

// api is a running Bonafide, over its public HTTP API.
type api struct {
	base, key string
	http      *http.Client
}

// apiConfig says where the API is.
type apiConfig struct {
	URL string `env:"BONAFIDE_URL, default=http://127.0.0.1:8080"`
	Key string `env:"BONAFIDE_API_KEY"`
}

// Validate names what is missing.
func (c apiConfig) Validate() error {
	if c.Key == "" {
		return fmt.Errorf("BONAFIDE_API_KEY: not set; `bonafide up` prints one")
	}
	return nil
}

func newAPI(ctx context.Context, l envconfig.Lookuper) (*api, error) {
	c, err := boot.Load[apiConfig](ctx, l)
	if err != nil {
		return nil, err
	}
	return &api{base: strings.TrimSuffix(c.URL, "/"), key: c.Key, http: &http.Client{}}, nil
}

// call makes one call and decodes the answer into out, unless out is nil. A problem is an error that says all of it.
func (a *api) call(ctx context.Context, method, path string, in []byte, out any) error {
	res, err := a.do(ctx, method, path, "application/json", in, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.UnmarshalRead(io.LimitReader(res.Body, 16<<20), out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what the API promises: %w", method, path, err)
	}
	return nil
}

// do makes one call and returns its answer if it is a 2xx.
func (a *api) do(ctx context.Context, method, path, accept string, in []byte, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Accept", accept)
	if in != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("is Bonafide running? %w", err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	var p events.Problem
	if err := json.UnmarshalRead(io.LimitReader(res.Body, 1<<20), &p); err != nil {
		return nil, fmt.Errorf("%s %s: %s", method, path, res.Status)
	}
	return nil, problemError{p}
}

// problemError is a problem document as an error.
type problemError struct{ events.Problem }

// Error says all of it, a fault on a line.
func (p problemError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Title)
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, f := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", f.Pointer, f.Detail)
	}
	return b.String()
}

// follow reads server-sent events from path and gives each one's data to f, until f returns false or the stream ends.
func (a *api) follow(ctx context.Context, path string, f func(data []byte) bool) error {
	res, err := a.do(ctx, http.MethodGet, path, "text/event-stream", nil, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var data []byte
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "":
			if data != nil && !f(data) {
				return nil
			}
			data = nil
		case strings.HasPrefix(line, "data:"):
			data = append(data, strings.TrimPrefix(strings.TrimPrefix(line, "data:"), " ")...)
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("follow %s: %w", path, err)
	}
	return nil
}
