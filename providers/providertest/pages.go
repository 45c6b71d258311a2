package providertest

import (
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/providers"
)

// testPages: a page is made for a subject of whom the vendor has not heard, another one when that is asked for, and the Send that
// follows goes on with what was made for them.
func testPages(t *testing.T, h Harness) {
	if h.Creates == nil {
		t.Fatal("the harness does not say which requests make a check")
	}
	c, p := connect(t, h, 0)
	p.arm(0, nil)
	r := h.Request(1)
	documents := r.Documents
	r.Documents = nil
	for _, what := range []string{"the first page", "another page"} {
		reply, err := c.Link(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: got %v, want no error", what, err)
		}
		if len(reply.Ref) == 0 || !reply.Ref.IsValid() || strings.Contains(string(reply.Ref), Canary) {
			t.Errorf("%s: got Ref %q, want one without the person's data", what, reply.Ref)
		}
		r.Ref = reply.Ref
		o, err := c.Read(clone(t, reply))
		if err != nil {
			t.Fatalf("%s: Read: got %v, want an outcome", what, err)
		}
		wellFormed(t, what, o)
		if !opens(o) {
			t.Errorf("%s: got the actions %+v, want a page to open", what, o.Actions)
		}
	}
	r.Documents = documents
	reply := send(t.Context(), t, h, c, r)
	if o, err := c.Read(clone(t, reply)); err != nil {
		t.Errorf("Read of the Send that follows: got %v, want an outcome", err)
	} else {
		wellFormed(t, "after Send", o)
	}
	if n := creates(h, p); n != 1 {
		t.Errorf("over two pages and a Send a check was made %d times, want once", n)
	}
	p.arm(0, nil)
	if _, err := c.Link(t.Context(), h.Request(2)); err != nil {
		t.Errorf("a page for somebody else: got %v, want no error", err)
	}
	if n := creates(h, p); n != 1 {
		t.Errorf("for the page of somebody else a check was made %d times, want once", n)
	}
}

func opens(o providers.Outcome) bool {
	for _, a := range o.Actions {
		if a.Type == "open_link" && strings.HasPrefix(a.URL, "http") {
			return true
		}
	}
	return false
}

// creates returns how often a request that makes a check was made, the most frequent if there are several.
func creates(h Harness, p *proxy) (most int) {
	made := map[string]int{}
	for _, req := range p.requests() {
		if h.Creates(req) {
			made[req.Method+req.URL.Path]++
			most = max(most, made[req.Method+req.URL.Path])
		}
	}
	return most
}
