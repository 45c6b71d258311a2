package ingest_test

import (
	"bytes"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/events/schemas"
)

// exchange is one request and its answer, as it was observed by some test of this package.
type exchange struct {
	method, path, sent string
	status             int
	media              string
	body               []byte
}

var observed struct {
	sync.Mutex
	all []exchange
}

func observe(method, path string, sent http.Header, status int, got http.Header, body []byte) {
	observed.Lock()
	defer observed.Unlock()
	media, _, _ := strings.Cut(got.Get("Content-Type"), ";")
	observed.all = append(observed.all, exchange{method, path, sent.Get("Content-Type"), status, media, body})
}

func compiler(t *testing.T) *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	files, err := schemas.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := schemas.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		if err := c.AddResource(schemas.Base+f.Name(), doc); err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
	}
	return c
}

type description struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct {
				Schema map[string]any `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
}

// TestOpenAPIIsTrue makes requests of every kind and checks each answer against the description: it must name the status,
// the media type, and a schema that the body satisfies.
func TestOpenAPIIsTrue(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(full).ID
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/v1/verifications/" + id, ""}, {"GET", "/v1/keys", ""}, {"GET", "/.well-known/jwks.json", ""}, {"GET", "/v1/verifications/" + id + "?asOf=2126-01-01T00:00:00Z", ""}, {"GET", "/v1/verifications/" + id + "?asOf=2020-01-01T00:00:00Z", ""}, {"GET", "/v1/verifications/" + id + "?asOf=noon", ""}, {"GET", "/v1/verifications/" + id + "?include=subject", ""}, {"GET", "/v1/verifications/" + id + "/timeline", ""},
		{"POST", "/v1/verifications/" + id + "/documents", `{"type":"SELFIE","content":"` + jpeg64 + `"}`}, {"POST", "/v1/verifications/" + id + "/documents", `{"type":1}`},
		{"POST", "/v1/verifications/" + id + "/subject", `{"person":{"name":{"lastName":"Nowak"}}}`}, {"POST", "/v1/verifications/" + id + "/subject", `{}`}, {"POST", "/v1/verifications/" + id + "/subject", ""},
		{"POST", "/v1/verifications/" + id + "/submit", ""}, {"POST", "/v1/verifications/" + id + "/recheck", ""},
		{"POST", "/v1/verifications/" + id + "/claims", ""}, {"DELETE", "/v1/verifications/" + id + "/claims", ""},
		{"POST", "/v1/verifications/" + id + "/reviews", `{"result":"true","reason":"seen in person"}`}, {"GET", "/v1/verifications/" + id + "/reviews", ""}, {"POST", "/v1/verifications/" + id + "/reviews", `{"result":"true"}`},
		{"POST", "/v1/verifications/" + id + "/cancel", ""}, {"POST", "/v1/verifications/" + id + "/links", ""}, {"DELETE", "/v1/verifications/" + id + "/subject", ""},
		{"POST", "/v1/verifications/" + id + "/cancel", `{"reason":"withdrawn"}`},
		{"GET", "/v1/verifications", ""}, {"GET", "/v1/verifications?status=cancelled&limit=1", ""}, {"GET", "/v1/verifications?status=odd", ""},
		{"GET", "/v1/timeline", ""}, {"GET", "/v1/decisions", ""}, {"GET", "/v1/decisions?after=x", ""},
		{"POST", "/v1/events", minimal}, {"POST", "/v1/verifications", minimal}, {"POST", "/v1/verifications", `{}`}, {"POST", "/v1/verifications", `{`},
		{"POST", "/webhooks/acme", "x"}, {"POST", "/webhooks/acme/" + id, "x"}, {"GET", "/openapi.json", ""}, {"GET", "/schemas/view.v1.json", ""}, {"GET", "/schemas/none.json", ""},
	} {
		for _, key := range []string{acme, "", reader, writer} {
			var body any
			if c.body != "" {
				body = c.body
			}
			r.call(c.method, c.path, key, body)
		}
	}
	var d description
	r.call("GET", "/openapi.json", "", nil).into(t, &d)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("openapi = %q, want 3.1.0", d.OpenAPI)
	}
	comp := compiler(t)
	hit := map[string]bool{}
	observed.Lock()
	defer observed.Unlock()
	for _, x := range observed.all {
		pattern := match(d, x.path)
		if pattern == "" {
			continue
		}
		op, ok := d.Paths[pattern][strings.ToLower(x.method)]
		if !ok {
			continue
		}
		hit[x.method+" "+pattern] = true
		res, ok := op.Responses[strconv.Itoa(x.status)]
		if !ok {
			t.Errorf("%s %s answered %d, which is not described", x.method, pattern, x.status)
			continue
		}
		content, ok := res.Content[x.media]
		if !ok {
			if len(x.body) > 0 {
				t.Errorf("%s %s answered %d with %q, which is not described", x.method, pattern, x.status, x.media)
			}
			continue
		}
		check(t, comp, content.Schema, x)
	}
	for p, ops := range d.Paths {
		for method := range ops {
			if !hit[strings.ToUpper(method)+" "+p] {
				t.Errorf("no exchange was made with %s %s", method, p)
			}
		}
	}
}

func check(t *testing.T, c *jsonschema.Compiler, schema map[string]any, x exchange) {
	t.Helper()
	b, err := json.Marshal(schema, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	name := "mem:///" + strconv.Itoa(int(identityOf(b))) + ".json"
	_ = c.AddResource(name, doc) // again is no harm
	s, err := c.Compile(name)
	if err != nil {
		t.Fatalf("schema %s: %v", b, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(x.body))
	if err != nil {
		t.Errorf("%s %s answered %d with no JSON: %s", x.method, x.path, x.status, x.body)
		return
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s %s answered %d with %s: %v", x.method, x.path, x.status, x.body, err)
	}
}

func identityOf(b []byte) (h uint32) {
	for _, c := range b {
		h = h*31 + uint32(c)
	}
	return h
}

// match returns the described path that p is of.
func match(d description, p string) string {
	p, _, _ = strings.Cut(p, "?")
	best := ""
	for pattern := range d.Paths {
		parts := strings.Split(pattern, "/")
		for i, s := range parts {
			if strings.HasPrefix(s, "{") {
				parts[i] = "*"
			}
		}
		if ok, _ := path.Match(strings.Join(parts, "/"), p); ok && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	return best
}
