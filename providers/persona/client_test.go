package persona

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

func TestWhatCannotBeAskedIsNotSent(t *testing.T) {
	c := newClient(Config{BaseURL: "https://vendor.example.test", APIKey: providers.NewSecret("key")}, nil, nil) // calling would panic
	business := ana()
	business.Subject = subject.Subject{Type: "business", Company: &subject.Company{}}
	wrong := ana()
	wrong.Params = jsontext.Value(`{"templat":"itmpl_1"}`)
	foreign := ana()
	foreign.Ref = jsontext.Value(`[]`)
	for name, r := range map[string]providers.Request{"a business": business, "params": wrong, "no template": ana(), "a foreign reference": foreign} {
		if _, err := c.Send(t.Context(), r); err == nil || !strings.HasPrefix(err.Error(), "persona.") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

// A link goes to the subject: what leads to no page is none.
func TestOnlyAPageIsALink(t *testing.T) {
	for link, want := range map[string]bool{
		"https://page.example.test/verify?code=1": true, "": false, "javascript:alert(1)": false, "/verify?code=1": false, "https:///verify": false, "\x7f": false,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"data":{"type":"inquiry","id":"inq_1","attributes":{"status":"created"}},"meta":{"one-time-link":"`+link+`"}}`)
		}))
		r := ana()
		r.Ref = jsontext.Value(`{"id":"inq_1","attempt":1}`)
		reply, err := clientOf(srv.URL).Link(t.Context(), r)
		srv.Close()
		if (err == nil) != want {
			t.Errorf("%q: got %v, want a link %v", link, err, want)
		}
		if o, rerr := Read(reply); rerr != nil || len(o.Actions) > 0 != want {
			t.Errorf("%q: got %d actions, %v; want a link %v", link, len(o.Actions), rerr, want)
		}
	}
}

// Who is refused for too many calls is told by a window or by a quota, as 429 or as 403.
func TestRefusalsForTooManyCalls(t *testing.T) {
	const window, quota = `{"errors":[{"title":"Rate limit exceeded"}]}`, `{"errors":[{"title":"Quota exceeded","details":"Ana"}]}`
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		headers map[string]string
		class   fault.Class
		wait    time.Duration
	}{
		{"a window", 429, window, map[string]string{"RateLimit-Reset": "53", "Quota-Reset": "9"}, fault.RateLimited, 53 * time.Second},
		{"a quota", 429, quota, map[string]string{"RateLimit-Reset": "53", "Quota-Reset": "9"}, fault.RateLimited, 9 * time.Second},
		{"a quota as 403", 403, quota, map[string]string{"Quota-Reset": "9"}, fault.RateLimited, 9 * time.Second},
		{"another 403", 403, `{"errors":[{"title":"Forbidden"}]}`, map[string]string{"RateLimit-Reset": "53"}, fault.Unauthorized, 0},
		{"nothing is said", 429, window, nil, fault.RateLimited, 5 * time.Second},
		{"an odd number", 429, window, map[string]string{"RateLimit-Reset": "-1"}, fault.RateLimited, 5 * time.Second},
		{"a long time", 429, window, map[string]string{"RateLimit-Reset": "60000"}, fault.RateLimited, time.Hour},
		{"somebody between us", 429, "<html>", map[string]string{"Retry-After": "7", "RateLimit-Reset": "53"}, fault.RateLimited, 7 * time.Second},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, v := range tt.headers {
				w.Header().Set(name, v)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		}))
		_, err := clientOf(srv.URL).Send(t.Context(), ana())
		srv.Close()
		if fault.ClassOf(err) != tt.class || fault.RetryAfter(err) != tt.wait || strings.Contains(err.Error(), "Ana") {
			t.Errorf("%s: got %v (%s) in %v, want class %s in %v", tt.name, err, fault.ClassOf(err), fault.RetryAfter(err), tt.class, tt.wait)
		}
	}
}

// The settings that have a form.
func TestSettings(t *testing.T) {
	for _, tt := range []struct{ base, version, want string }{
		{"https://api.withpersona.com/api/v1", "2023-01-05", "https://api.withpersona.com/api/v1"},
		{"https://withpersona.com", "2025-12-08", "https://withpersona.com/api/v1"},
		{"https://proxy.example.test/persona", "2026-09-29", "https://proxy.example.test/persona"},
		{"https://withpersona.com", "latest", ""},
	} {
		p, err := open(Config{BaseURL: providers.URL(tt.base), Version: tt.version, APIKey: providers.NewSecret("key")}, nil)
		if (err != nil) != (tt.want == "") {
			t.Errorf("%s at %s: got %v, want an error %v", tt.version, tt.base, err, tt.want == "")
		}
		if err == nil && p.(*client).http.Base != tt.want {
			t.Errorf("%s: got base %s, want %s", tt.base, p.(*client).http.Base, tt.want)
		}
	}
}
