package providertest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	faults "github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// testWorks: a vendor that works is called in parallel, replies are readable, nothing personal is in an address.
func testWorks(t *testing.T, h Harness) {
	c, p := connect(t, h, 0)
	p.arm(0, nil)
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := h.Request(100 + n)
			reply, err := c.Send(t.Context(), r)
			if err != nil {
				t.Errorf("Send %d of 16 at once: got %v, want no error", n, err)
				return
			}
			if len(reply.Ref) == 0 || !reply.Ref.IsValid() || len(reply.Exchanges) == 0 || reply.At.IsZero() {
				t.Errorf("Send: got Ref %q, %d exchanges, At %v; want all of them", reply.Ref, len(reply.Exchanges), reply.At)
			}
			if strings.Contains(string(reply.Ref), Canary) {
				t.Errorf("Send: the Ref holds the person's data: %s", reply.Ref)
			}
			o, err := c.Read(clone(t, reply))
			if err != nil {
				t.Errorf("Read of Send's reply: got %v, want an outcome", err)
				return
			}
			wellFormed(t, "after Send", o)
			r.Ref = reply.Ref
			if reply, err = c.Poll(t.Context(), r); err != nil {
				t.Errorf("Poll: got %v, want no error", err)
				return
			}
			o, err = c.Read(clone(t, reply))
			if err != nil {
				t.Errorf("Read of Poll's reply: got %v, want an outcome", err)
				return
			}
			wellFormed(t, "after Poll", o)
		}()
	}
	wg.Wait()
	for _, r := range p.requests() {
		if strings.Contains(r.URL.String(), Canary) {
			t.Errorf("%s %s: the address holds the person's data", r.Method, r.URL.Path)
		}
	}
}

// testFails: at every request of Send and of Poll, every fault has the class that it must have.
func testFails(t *testing.T, h Harness) {
	count, p := connect(t, h, 0)
	p.arm(0, nil)
	r := h.Request(1)
	r.Ref = send(t.Context(), t, h, count, r).Ref
	sends := p.requests()
	p.arm(0, nil)
	if _, err := count.Poll(t.Context(), r); err != nil {
		t.Fatalf("Poll: got %v, want no error", err)
	}
	polls := p.requests()

	n := 1000
	for i, req := range sends {
		once := !h.Definition.Spec.Idempotent && h.Creates != nil && h.Creates(req)
		for _, tt := range cases {
			n++
			t.Run("send "+req.Method+" "+tt.fault.name, func(t *testing.T) { testFault(t, h, "send", i+1, h.Request(n), tt, once) })
		}
	}
	for i, req := range polls {
		for _, tt := range cases {
			n++
			t.Run("poll "+req.Method+" "+tt.fault.name, func(t *testing.T) { testFault(t, h, "poll", i+1, h.Request(n), tt, false) })
		}
	}
}

// one is a fault and the classes that it may have. lost: the vendor may have done it.
type one struct {
	fault   *fault
	classes []faults.Class
	lost    bool
}

var cases = []one{
	{status(400, ""), []faults.Class{faults.Invalid}, false},
	{status(401, ""), []faults.Class{faults.Unauthorized}, false},
	{status(429, "7"), []faults.Class{faults.RateLimited}, false},
	{status(500, ""), []faults.Class{faults.Transient}, true},
	{status(502, ""), []faults.Class{faults.Transient}, true},
	{status(503, ""), []faults.Class{faults.Transient}, false},
	{hang, []faults.Class{faults.Transient}, true},
	{trickle, []faults.Class{faults.Transient}, true},
	{cut, []faults.Class{faults.Transient}, true},
	{late, []faults.Class{faults.Transient, faults.Malformed}, true},
	{endless, []faults.Class{faults.Malformed}, true},
	{declared, []faults.Class{faults.Malformed}, true},
	{redirect, []faults.Class{faults.Malformed, faults.Invalid}, true},
	{body("garbage", "application/json", "\x00\xff{]"+Canary), []faults.Class{faults.Malformed}, true},
	{body("html", "text/html", "<html><h1>"+Canary+"</h1></html>"), []faults.Class{faults.Malformed}, true},
	{body("nested", "application/json", strings.Repeat(`[`, 100_000)), []faults.Class{faults.Malformed}, true},
	{body("nothing", "application/json", ""), []faults.Class{faults.Malformed}, true},
	{body("twice", "application/json", `{"id":"a","id":"b"}`), []faults.Class{faults.Malformed}, true},
}

func testFault(t *testing.T, h Harness, op string, at int, r providers.Request, tt one, once bool) {
	c, p := connect(t, h, 0)
	if op == "poll" {
		r.Ref = send(t.Context(), t, h, c, r).Ref
	}
	do := map[string]func(context.Context, providers.Request) (providers.Reply, error){"send": c.Send, "poll": c.Poll}[op]
	ctx := t.Context()
	arrived := p.arm(at, tt.fault)
	if tt.fault == hang || tt.fault == trickle {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, slow)
		defer cancel()
	}
	began := time.Now()
	reply, err := do(ctx, r)
	if took := time.Since(began); took > 10*slow+5*time.Second {
		t.Errorf("%s took %v", op, took)
	}
	silent(t, h, tt.fault.name, err)
	if w := p.written.Load(); w > 16<<20 {
		t.Errorf("%s: %d MB of an endless answer were taken", op, w>>20)
	}
	select {
	case <-arrived:
	default:
		t.Fatalf("request %d never came", at)
	}
	if err == nil && tt.fault == cut && len(p.requests()) > at && p.requests()[at-1].Method == http.MethodGet {
		return // net/http reads again, once, when a connection that it kept is closed
	}
	if err == nil {
		// The bytes may be kept as received: then they must not mean anything good.
		o, rerr := c.Read(clone(t, reply))
		silent(t, h, tt.fault.name+", read", rerr)
		switch {
		case faults.ClassOf(rerr) == faults.Malformed && tt.classes[len(tt.classes)-1] == faults.Malformed:
		case rerr == nil && trues(o) == 0 && tt.classes[len(tt.classes)-1] == faults.Malformed && !once:
		default:
			t.Errorf("%s: got no error, and reading it gave %d true and %v; want class %v", op, trues(o), rerr, tt.classes)
		}
		return
	}
	class := faults.ClassOf(err)
	if once && tt.lost {
		if class != faults.Ambiguous {
			t.Errorf("%s: got class %q (%v), want %q: it may have been done, and must not be repeated", op, class, err, faults.Ambiguous)
		}
		return
	}
	ok := false
	for _, want := range tt.classes {
		ok = ok || class == want
	}
	if !ok {
		t.Errorf("%s: got class %q (%v), want one of %q", op, class, err, tt.classes)
	}
	if class == faults.RateLimited && faults.RetryAfter(err) != 7*time.Second {
		t.Errorf("%s: got RetryAfter %v, want 7s", op, faults.RetryAfter(err))
	}
}

// testSettings: what is missing is named, what is insecure is refused, nothing is repeated, nobody is called.
func testSettings(t *testing.T, h Harness) {
	const base = "https://vendor.example.test"
	good := h.Variables(base)
	if _, err := open(t, h, good, false); err != nil {
		t.Errorf("Open with TLS: got %v, want no error", err)
	}
	for _, local := range []string{"http://vendor.example.test", "https://127.0.0.1:8443", "https://localhost", "https://[::1]"} {
		if _, err := open(t, h, h.Variables(local), false); faults.ClassOf(err) != faults.Invalid {
			t.Errorf("Open with base %s and insecure not allowed: got %v, want class invalid", local, err)
		}
	}
	for _, v := range h.Definition.Variables() {
		if !v.Required {
			continue
		}
		for what, change := range map[string]func(map[string]string){
			"missing": func(m map[string]string) { delete(m, v.Name) },
			"empty":   func(m map[string]string) { m[v.Name] = "" },
		} {
			m := h.Variables(base)
			change(m)
			_, err := open(t, h, m, false)
			if err == nil || !strings.Contains(err.Error(), v.Name) {
				t.Errorf("Open with %s %s: got %v, want an error that names it", v.Name, what, err)
			}
			silent(t, h, "settings", err)
		}
	}
}

func open(t *testing.T, h Harness, m map[string]string, insecure bool) (*providers.Client, error) {
	t.Helper()
	return h.Definition.Open(t.Context(), lookup(m), providers.Options{
		AllowInsecure: insecure,
		Client:        &http.Client{Transport: nobody{t}},
	})
}

// nobody fails the test when somebody is called.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s: Open must not call the vendor", r.Method, r.URL.Path)
	return nil, http.ErrUseLastResponse
}

// lookup is a Lookuper of a map.
type lookup map[string]string

func (l lookup) Lookup(key string) (string, bool) { v, ok := l[key]; return v, ok }

// testCancelled: whoever gives up a call gets it back at once.
func testCancelled(t *testing.T, h Harness) {
	c, p := connect(t, h, 0)
	arrived := p.arm(1, hang)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := c.Send(ctx, h.Request(1))
		done <- err
	}()
	<-arrived
	cancel()
	select {
	case err := <-done:
		if faults.ClassOf(err) != faults.Stopping {
			t.Errorf("a call that was given up: got %v, want class stopping", err)
		}
		silent(t, h, "given up", err)
	case <-time.After(5 * time.Second):
		t.Error("a call that was given up did not return in 5 s")
	}
}

// testTimeout: a vendor that does not answer takes Spec.Timeout and no longer.
func testTimeout(t *testing.T, h Harness) {
	c, p := connect(t, h, slow)
	p.arm(1, hang)
	began := time.Now()
	_, err := c.Send(t.Context(), h.Request(1))
	if class := faults.ClassOf(err); class != faults.Transient && class != faults.Ambiguous {
		t.Errorf("a vendor that does not answer: got %v, want class transient or ambiguous", err)
	}
	if took := time.Since(began); took > slow+5*time.Second {
		t.Errorf("a vendor that does not answer: the call took %v, want about %v", took, slow)
	}
}
