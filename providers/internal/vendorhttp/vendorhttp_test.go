package vendorhttp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStatusesHaveClasses(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		status     int
		retryAfter string
		repeatable bool
		want       fault.Class
		wait       time.Duration
	}{
		{200, "", false, fault.None, 0},
		{204, "", false, fault.None, 0},
		{302, "", false, fault.Malformed, 0},
		{400, "", false, fault.Invalid, 0},
		{401, "", false, fault.Unauthorized, 0},
		{403, "", false, fault.Unauthorized, 0},
		{404, "", false, fault.Invalid, 0},
		{409, "", false, fault.Invalid, 0},
		{408, "", false, fault.Transient, 0},
		{429, "7", false, fault.RateLimited, 7 * time.Second},
		{429, "Fri, 02 Jan 2026 03:04:35 GMT", false, fault.RateLimited, 30 * time.Second},
		{429, "Fri, 02 Jan 2026 03:04:00 GMT", false, fault.RateLimited, 0},
		{429, "99999999", false, fault.RateLimited, time.Hour},
		{429, "-5", false, fault.RateLimited, 0},
		{429, "soon", false, fault.RateLimited, 0},
		{429, "", false, fault.RateLimited, 0},
		{500, "", true, fault.Transient, 0},
		{500, "", false, fault.Ambiguous, 0},
		{504, "", false, fault.Ambiguous, 0},
		{503, "3", false, fault.Transient, 3 * time.Second},
		{999, "", false, fault.Malformed, 0},
	} {
		h := http.Header{}
		if tt.retryAfter != "" {
			h.Set("Retry-After", tt.retryAfter)
		}
		err := vendorhttp.Classify("op", tt.status, h, tt.repeatable, now)
		if got := fault.ClassOf(err); got != tt.want || fault.RetryAfter(err) != tt.wait {
			t.Errorf("%d %q repeatable %v: got %q after %v, want %q after %v", tt.status, tt.retryAfter, tt.repeatable, got, fault.RetryAfter(err), tt.want, tt.wait)
		}
	}
}

func client(base string) *vendorhttp.Client {
	return &vendorhttp.Client{HTTP: &http.Client{Transport: vendorhttp.NewTransport(4)}, Base: base, Provider: "acme"}
}

// What cannot have been sent is never ambiguous.
func TestNoConnectionIsTransient(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err := client(srv.URL).Do(t.Context(), vendorhttp.Call{Op: "create", Method: "POST", Path: "/x", Query: url.Values{"name": {"Xanarydel"}}, Body: vendorhttp.Bytes("text/plain", []byte("x"))})
	if fault.ClassOf(err) != fault.Transient || strings.Contains(err.Error(), "Xanarydel") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("got %v, want class transient, silent about the address", err)
	}
}

func TestAnAnswerIsKeptAsReceived(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Kept", "yes")
		w.Header().Set("X-Dropped", "no")
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, `{"x": 1}`)
	}))
	defer srv.Close()
	res, err := client(srv.URL).Do(t.Context(), vendorhttp.Call{Op: "create", Method: "POST", Path: "/x", Keep: []string{"X-Kept"}})
	if fault.ClassOf(err) != fault.Invalid {
		t.Errorf("got %v, want class invalid", err)
	}
	if string(res.Body) != `{"x": 1}` || res.MediaType != "application/json" || res.Status != 409 || len(res.Header) != 1 || res.Header["X-Kept"] != "yes" {
		t.Errorf("got %+v, want the refusal as it came, with one header", res)
	}
}

func TestTheLimitIsExact(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		w.Write(bytes.Repeat([]byte("a"), 100))
	}))
	defer srv.Close()
	for _, path := range []string{"/sized", "/chunked"} {
		if res, err := client(srv.URL).Do(t.Context(), vendorhttp.Call{Op: "get", Method: "GET", Path: path, Limit: 100}); err != nil || len(res.Body) != 100 {
			t.Errorf("%s, 100 of 100 bytes: got %d, %v; want all", path, len(res.Body), err)
		}
		if res, err := client(srv.URL).Do(t.Context(), vendorhttp.Call{Op: "get", Method: "GET", Path: path, Limit: 99}); fault.ClassOf(err) != fault.Malformed || res.Body != nil {
			t.Errorf("%s, 100 of 99 bytes: got %d, %v; want class malformed and nothing", path, len(res.Body), err)
		}
	}
}

// A redirect could carry credentials and people to another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusPermanentRedirect))
	defer srv.Close()
	if _, err := client(srv.URL).Do(t.Context(), vendorhttp.Call{Op: "get", Method: "GET", Path: "/", Repeatable: true}); fault.ClassOf(err) != fault.Malformed {
		t.Errorf("got %v, want class malformed", err)
	}
}

// A document that cannot be opened was not sent, and its failure keeps its class.
func TestADocumentThatCannotBeOpened(t *testing.T) {
	body := vendorhttp.Body{MediaType: "image/png", Size: 4, Open: func(context.Context) (io.ReadCloser, error) {
		return nil, fault.New(fault.Invalid, "blob", "the key is destroyed")
	}}
	_, err := client("http://127.0.0.1:1").Do(t.Context(), vendorhttp.Call{Op: "upload", Method: "POST", Path: "/", Body: vendorhttp.Multipart("b", vendorhttp.Part{Name: "a", Body: body})})
	if fault.ClassOf(err) != fault.Invalid {
		t.Errorf("got %v, want class invalid", err)
	}
}

func TestMultipartIsReadable(t *testing.T) {
	b := vendorhttp.Multipart("bound",
		vendorhttp.Part{Name: "meta", Body: vendorhttp.Bytes("", []byte(`{"a":1}`))},
		vendorhttp.Part{Name: `fi"le`, Filename: "p\r\n.png", MediaType: "image/png", Body: vendorhttp.Bytes("", []byte("\x89PNG"))})
	for range 2 { // once to sign, once to send
		rc, err := b.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(rc)
		rc.Close()
		if err != nil || int64(len(all)) != b.Size {
			t.Fatalf("got %d bytes, %v; want %d", len(all), err, b.Size)
		}
		r := multipart.NewReader(bytes.NewReader(all), "bound")
		var got []string
		for {
			p, err := r.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			content, _ := io.ReadAll(p)
			got = append(got, fmt.Sprintf("%s|%s|%s", p.FormName(), p.FileName(), content))
		}
		if want := "[meta||{\"a\":1} fi%22le|p%0D%0A.png|\x89PNG]"; fmt.Sprint(got) != want {
			t.Errorf("got %q, want %q", fmt.Sprint(got), want)
		}
	}
}
