package providertest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	faults "github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// testRead: what is not understood is never true, and never breaks the reader.
func testRead(t *testing.T, h Harness) {
	read := func(what string, r providers.Reply) (o providers.Outcome, err error) {
		t.Helper()
		o, err = h.Definition.Read(clone(t, r))
		silent(t, h, what, err)
		if err != nil && faults.ClassOf(err) != faults.Malformed {
			t.Errorf("%s: got class %q, want %q", what, faults.ClassOf(err), faults.Malformed)
		}
		if err == nil {
			wellFormed(t, what, o)
		}
		return o, err
	}
	good, err := read("the true reply", h.True)
	if err != nil || good.Status != "completed" || trues(good) == 0 || falses(good) > 0 {
		t.Fatalf("the true reply: got status %q, %d true, %d false, %v; want completed with true and without false", good.Status, trues(good), falses(good), err)
	}
	bad, err := read("the false reply", h.False)
	if err != nil || bad.Status != "completed" || falses(bad) == 0 {
		t.Fatalf("the false reply: got status %q, %d false, %v; want completed with false", bad.Status, falses(bad), err)
	}
	if _, err := read("no reply", providers.Reply{}); err == nil {
		t.Error("no reply: got an outcome, want an error")
	}
	for i := range h.True.Exchanges {
		body := h.True.Exchanges[i].Body
		with := func(what string, b []byte) (providers.Outcome, error) {
			t.Helper()
			r := clone(t, h.True)
			r.Exchanges[i].Body = b
			return read(fmt.Sprintf("exchange %d %s", i, what), r)
		}
		for what, b := range map[string][]byte{
			"empty": nil, "null": []byte("null"), "a string": []byte(`"true"`), "a list": []byte("[]"), "an object": []byte("{}"),
			"html":   []byte("<html>" + Canary + "</html>"),
			"nested": bytes.Repeat([]byte(`{"a":`), 10_000), "lists": bytes.Repeat([]byte("["), 100_000),
			"trailing": append(bytes.Clone(body), []byte(" {}")...),
		} {
			// One exchange of several may be dispensable, but breaking it never makes more true.
			if o, err := with(what, b); err == nil && (trues(o) > trues(good) || len(h.True.Exchanges) == 1 && trues(o) > 0) {
				t.Errorf("exchange %d %s: got %d true, want none or an error", i, what, trues(o))
			}
		}
		for n := 0; n < len(body); n += max(1, len(body)/64) {
			if o, err := with(fmt.Sprintf("cut at %d", n), body[:n]); err == nil && trues(o) > trues(good) {
				t.Errorf("exchange %d cut at %d: got %d true", i, n, trues(o))
			}
		}
	}
	testScrambled(t, read, h.True)
	testSmuggled(t, read, h.True, trues(good), h.False, trues(bad))
}

// testScrambled: every value of a good reply replaced, no result is true and no error repeats one.
func testScrambled(t *testing.T, read func(string, providers.Reply) (providers.Outcome, error), reply providers.Reply) {
	r := clone(t, reply)
	for i := range r.Exchanges {
		var v any
		if json.Unmarshal(r.Exchanges[i].Body, &v) != nil {
			continue
		}
		b, err := json.Marshal(scramble(v))
		if err != nil {
			t.Fatal(err)
		}
		r.Exchanges[i].Body = b
	}
	if o, err := read("scrambled", r); err == nil && trues(o) > 0 {
		t.Errorf("scrambled: got %d true, want none", trues(o))
	}
}

// scramble replaces every string; numbers and booleans stay, so that the shape is still right.
func scramble(v any) any {
	switch v := v.(type) {
	case string:
		return Canary
	case []any:
		for i := range v {
			v[i] = scramble(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = scramble(v[k])
		}
	}
	return v
}

// testSmuggled: a member under a name that differs by case, or a second time, never makes anything better.
func testSmuggled(t *testing.T, read func(string, providers.Reply) (providers.Outcome, error), good providers.Reply, goodTrues int, bad providers.Reply, badTrues int) {
	for i := range good.Exchanges {
		for _, name := range memberNames(good.Exchanges[i].Body) {
			for _, other := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				if other == name {
					continue
				}
				r := clone(t, good)
				r.Exchanges[i].Body = bytes.ReplaceAll(r.Exchanges[i].Body, quoted(name), quoted(other))
				if o, err := read("renamed to "+other, r); err == nil && trues(o) > goodTrues {
					t.Errorf("%s renamed to %s: got %d true, want at most %d", name, other, trues(o), goodTrues)
				}
			}
		}
	}
	for i := range bad.Exchanges {
		for _, name := range memberNames(bad.Exchanges[i].Body) {
			for _, other := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				for _, value := range []string{`"true"`, "true", `"GREEN"`, `"approved"`, `"passed"`, "null", "[]"} {
					r := clone(t, bad)
					// Before every {"…: an object that has the member already has it twice, or in two cases.
					r.Exchanges[i].Body = bytes.ReplaceAll(r.Exchanges[i].Body, quoted(name), append(append(quoted(other), (value+",")...), quoted(name)...))
					o, err := read("smuggled "+other, r)
					if err == nil && (trues(o) > badTrues || falses(o) == 0 && o.Status == "completed" && trues(o) > 0) {
						t.Errorf("%s smuggled in beside %s with %s: got %d true, want at most %d", other, name, value, trues(o), badTrues)
					}
				}
			}
		}
	}
}

func quoted(name string) []byte { return []byte(`"` + name + `":`) }

// memberNames lists the names in a compact JSON text.
func memberNames(b []byte) []string {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return nil
	}
	seen := map[string]bool{}
	var names []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if k != "" && !seen[k] {
					seen[k] = true
					names = append(names, k)
				}
				walk(e)
			}
		}
	}
	walk(v)
	return names
}
