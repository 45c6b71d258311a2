package persona_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestRefusalsHaveTheVendorsForm(t *testing.T) {
	v := newVendor(t)
	path := v.create("")
	without := func(o object, at ...string) object {
		inner := in(o, at[:len(at)-1]...).(object)
		delete(inner, at[len(at)-1])
		return o
	}
	noTemplate, noAccount := without(ana(""), "data", "attributes", "inquiry-template-id"), without(ana(""), "meta", "auto-create-account")
	two := ana("")
	in(two, "data", "attributes").(object)["template-id"] = "tmpl_1"
	for _, tt := range []struct {
		name, method, path string
		body               any
		headers            []string
		status             int
		title              string
	}{
		{"no key", "GET", path, nil, []string{"Authorization", ""}, 401, "Must be authenticated to access this endpoint"},
		{"wrong key", "GET", path, nil, []string{"Authorization", "Bearer x"}, 401, "Token is invalid"},
		{"unknown version", "GET", path, nil, []string{"Persona-Version", "2019-01-01"}, 400, "Bad Request"},
		{"unknown inflection", "GET", path, nil, []string{"Key-Inflection", "pascal"}, 400, "Bad Request"},
		{"no inquiry", "GET", "/api/v1/inquiries/inq_none", nil, nil, 404, "Record not found"},
		{"no path", "GET", "/api/v1/nothing", nil, nil, 404, "Record not found"},
		{"no template", "POST", "/api/v1/inquiries", noTemplate, nil, 400, "Bad Request"},
		{"two templates", "POST", "/api/v1/inquiries", two, nil, 400, "Bad Request"},
		{"account keys without an account", "POST", "/api/v1/inquiries", noAccount, nil, 400, "Bad Request"},
		{"include on a list", "GET", "/api/v1/inquiries?include=account", nil, nil, 400, "Bad Request"},
		{"page size", "GET", "/api/v1/inquiries?page%5Bsize%5D=101", nil, nil, 400, "Bad Request"},
		{"approved before it began", "POST", path + "/approve", nil, nil, 409, "Conflict"},
		{"resumed before it began", "POST", path + "/resume", nil, nil, 409, "Conflict"},
		{"a report of nobody", "POST", "/api/v1/reports", object{"data": object{"type": "report/watchlist", "attributes": object{"report-template-id": "rptp_1"}}}, nil, 400, "Bad Request"},
	} {
		resp, o := v.do(tt.method, tt.path, tt.body, tt.headers...)
		errs, _ := in(o, "errors").([]any)
		if resp.StatusCode != tt.status || len(errs) != 1 || in(errs[0], "title") != tt.title {
			t.Errorf("%s: got %d %v, want %d %q", tt.name, resp.StatusCode, o, tt.status, tt.title)
		}
		if tt.status != 401 && !strings.HasPrefix(resp.Header.Get("Request-Id"), "req_") {
			t.Errorf("%s: got no Request-Id", tt.name)
		}
	}
}

func TestAKeyRepeatsItsFirstAnswer(t *testing.T) {
	v := newVendor(t)
	first := v.create("", "Idempotency-Key", "k")
	if again := v.create("", "Idempotency-Key", "k"); again != first {
		t.Errorf("the same key and body: got %s, want %s", again, first)
	}
	if resp, _ := v.do("POST", "/api/v1/inquiries", ana("+flag"), "Idempotency-Key", "k"); resp.StatusCode != 409 {
		t.Errorf("the same key and another body: got %d, want 409", resp.StatusCode)
	}
	if other := v.create("", "Idempotency-Key", "k2"); other == first {
		t.Error("another key: got the same inquiry")
	}
	if got := v.box.Ledger().Creates["inquiry.create"]["cust-1"]; got != 2 {
		t.Errorf("ledger: got %d inquiries, want 2", got)
	}
}

func TestThreeHundredRequestsAMinute(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) { c.NoLimits = false })
	var resp *http.Response
	for range 300 {
		resp, _ = v.do("GET", "/api/v1/rate-limits", nil)
	}
	if got := resp.Header.Get("RateLimit-Remaining"); resp.StatusCode != 200 || got != "0" {
		t.Errorf("request 300: got %d with %s remaining, want 200 with 0", resp.StatusCode, got)
	}
	resp, o := v.do("GET", "/api/v1/rate-limits", nil)
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "" || resp.Header.Get("RateLimit-Reset") != "60" {
		t.Errorf("request 301: got %d, reset %q, %v; want 429, 60 and no Retry-After", resp.StatusCode, resp.Header.Get("RateLimit-Reset"), o)
	}
	v.clock.Advance(time.Minute)
	for range 150 {
		v.create("")
	}
	resp, o = v.do("POST", "/api/v1/inquiries", ana(""))
	if resp.StatusCode != 429 || resp.Header.Get("Quota-Remaining") != "0" || !strings.HasPrefix(fmt.Sprint(o), "map[errors:[map[details:You have hit your create_inquiry quota") {
		t.Errorf("creation 151: got %d %v, want 429 for the quota", resp.StatusCode, o)
	}
}

func TestVersionsAndInflections(t *testing.T) {
	v := newVendor(t)
	path := v.create("")
	v.clock.Advance(15 * time.Minute)
	for _, tt := range []struct {
		version, query string
		included       int
		flat           bool
	}{
		{"2023-01-05", "", 8, true}, {"2023-01-05", "?include=", 0, true}, {"2025-10-27", "", -1, false}, {"2025-12-08", "?include=verifications", 3, false},
	} {
		_, o := v.do("GET", path+tt.query, nil, "Persona-Version", tt.version)
		included, _ := in(o, "included").([]any)
		n := len(included)
		if tt.included < 0 {
			tt.included = 0
		}
		_, flat := in(o, "data", "attributes").(object)["name-first"]
		if n != tt.included || flat != tt.flat {
			t.Errorf("%s%s: got %d included, flat %v; want %d, %v", tt.version, tt.query, n, flat, tt.included, tt.flat)
		}
	}
	for inflection, want := range map[string][2]string{"kebab": {"created-at", "name-first"}, "camel": {"createdAt", "nameFirst"}, "snake": {"created_at", "name_first"}} {
		_, o := v.do("GET", path, nil, "Key-Inflection", inflection)
		if in(o, "data", "attributes", want[0]) == nil || in(o, "data", "attributes", "fields", want[1]) == nil {
			t.Errorf("%s: got %v, want %s and the field %s", inflection, o, want[0], want[1])
		}
		_, o = v.do("GET", path, nil, "Key-Inflection", inflection, "Persona-Version", "2025-10-27")
		if in(o, "data", "attributes", "fields", "name-first") == nil {
			t.Errorf("%s, 2025-10-27: got %v, want fields under their own names", inflection, o)
		}
	}
	_, o := v.do("GET", path+"?"+url.Values{"fields[inquiry]": {"status,created-at"}}.Encode(), nil)
	if a := in(o, "data", "attributes").(object); len(a) != 2 || in(o, "data", "relationships") != nil {
		t.Errorf("sparse: got %v, want two attributes and no relationships", o)
	}
}

func TestWhatWasShownCanBeRead(t *testing.T) {
	v := newVendor(t)
	path := v.create("+retry")
	v.clock.Advance(15 * time.Minute)
	_, o := v.do("GET", path, nil)
	documents := in(o, "data", "relationships", "documents", "data").([]any)
	if len(documents) != 2 || len(in(o, "data", "relationships", "selfies", "data").([]any)) != 1 {
		t.Fatalf("got %v, want two documents and a selfie", in(o, "data", "relationships"))
	}
	id := in(documents[1], "id").(string)
	for path, want := range map[string]int{"/documents/" + id: 200, "/document/government-ids/" + id: 200, "/document/generics/" + id: 404, "/documents/doc_none": 404} {
		resp, o := v.do("GET", "/api/v1"+path, nil)
		if resp.StatusCode != want || want == 200 && (in(o, "data", "attributes", "status") != "processed" || in(o, "data", "attributes", "name-last") != "REYES") {
			t.Errorf("%s: got %d %v, want %d and what the document says", path, resp.StatusCode, o, want)
		}
	}
	verification := in(in(o, "data", "relationships", "verifications", "data").([]any)[0], "id").(string)
	for path, want := range map[string]int{"/verification/government-ids/" + verification: 200, "/verification/selfies/" + verification: 404} {
		if resp, _ := v.do("GET", "/api/v1"+path, nil); resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
	for n, want := range []int{200, 409} {
		resp, o := v.do("DELETE", "/api/v1/verifications/"+verification, nil)
		if resp.StatusCode != want || want == 200 && (in(o, "data", "attributes", "status") != "requires_retry" || len(in(o, "data", "attributes", "checks").([]any)) != 0) {
			t.Errorf("redaction %d: got %d %v, want %d and the status alone", n+1, resp.StatusCode, o, want)
		}
	}
}

func TestPagesOfAList(t *testing.T) {
	v := newVendor(t)
	var made []string
	for range 5 {
		made = append(made, strings.TrimPrefix(v.create(""), "/api/v1/inquiries/"))
		v.clock.Advance(time.Second)
	}
	var got []string
	next := any("/api/v1/inquiries?page%5Bsize%5D=2&filter%5Breference-id%5D=cust-1")
	for pages := 0; next != nil && pages < 5; pages++ {
		_, o := v.do("GET", next.(string), nil)
		for _, i := range in(o, "data").([]any) {
			got = append(got, in(i, "id").(string))
		}
		if next = in(o, "links", "next"); next != nil {
			next = next.(string) + "&page%5Bsize%5D=2"
		}
	}
	for i, id := range got {
		if id != made[len(made)-1-i] {
			t.Errorf("position %d: got %s, want newest first", i, id)
		}
	}
	if len(got) != 5 {
		t.Errorf("got %d of 5", len(got))
	}
}

func TestDecisionsAndStates(t *testing.T) {
	v := newVendor(t)
	path := v.create("")
	v.clock.Advance(15 * time.Minute)
	post := func(what string, want int) {
		t.Helper()
		if resp, o := v.do("POST", path+"/"+what, object{"meta": object{"comment": "seen"}}); resp.StatusCode != want {
			t.Errorf("%s: got %d %v, want %d", what, resp.StatusCode, o, want)
		}
	}
	post("mark-for-review", 409) // approved already
	post("decline", 200)
	post("approve", 200)
	post("generate-one-time-link", 409)
	_, o := v.do("GET", path, nil)
	if in(o, "data", "attributes", "reviewer-comment") != "seen" || in(o, "data", "relationships", "reviewer", "data", "type") != "user" {
		t.Errorf("got %v, want the comment and a user as reviewer", o)
	}
	if resp, _ := v.do("DELETE", path, nil); resp.StatusCode != 200 {
		t.Errorf("redact: got %d, want 200", resp.StatusCode)
	}
	if resp, _ := v.do("DELETE", path, nil); resp.StatusCode != 409 {
		t.Errorf("redact twice: got %d, want 409", resp.StatusCode)
	}
	if _, o = v.do("GET", path, nil); in(o, "data", "attributes", "status") != "approved" || in(o, "data", "attributes", "name-first") != nil || strings.Contains(fmt.Sprint(o), "REYES") {
		t.Errorf("redacted: got %v, want the status alone", o)
	}
}

func TestLinksWorkOnceAndExpiryCanBeResumed(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) { c.ManualVisit = true })
	_, o := v.do("POST", "/api/v1/inquiries", ana(""))
	path, link := "/api/v1/inquiries/"+in(o, "data", "id").(string), strings.TrimPrefix(in(o, "meta", "one-time-link").(string), v.url)
	v.clock.Advance(25 * time.Hour)
	if got := v.status(path); got != "expired" {
		t.Fatalf("a day later: got %s, want expired", got)
	}
	if resp, _ := v.do("GET", link, nil); resp.StatusCode != 410 {
		t.Errorf("the old link: got %d, want 410", resp.StatusCode)
	}
	if resp, _ := v.do("POST", path+"/generate-one-time-link", nil); resp.StatusCode != 409 {
		t.Errorf("a link to an expired inquiry: got %d, want 409", resp.StatusCode)
	}
	if resp, o := v.do("POST", path+"/resume", nil); resp.StatusCode != 200 || in(o, "meta", "session-token") == nil || v.status(path) != "pending" {
		t.Errorf("resume: got %d %v, want a session and pending", resp.StatusCode, o)
	}
	_, o = v.do("POST", path+"/generate-one-time-link", object{"meta": object{"expires-in-seconds": 60}})
	link = strings.TrimPrefix(in(o, "meta", "one-time-link").(string), v.url)
	if resp, _ := v.do("POST", link, nil, "Authorization", ""); resp.StatusCode != 200 {
		t.Errorf("the new link: got %d, want 200", resp.StatusCode)
	}
	v.clock.Advance(time.Minute)
	if got := v.status(path); got != "approved" {
		t.Errorf("after the visit: got %s, want approved", got)
	}
	if resp, _ := v.do("POST", "/verify?code=nobody", nil); resp.StatusCode != 404 {
		t.Errorf("a link of nobody: got %d, want 404", resp.StatusCode)
	}
}

func TestSimulatedActions(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) { c.ManualVisit = true })
	path := v.create("")
	resp, o := v.do("POST", path+"/perform-simulate-actions", object{"meta": object{"simulate-actions": []any{
		object{"type": "start_inquiry"}, object{"type": "create_failed_verification", "data": object{"verification-template-id": "vtmpl_government-id"}},
		object{"type": "create_passed_verification", "data": object{"verification-template-id": "vtmpl_document"}},
		object{"type": "complete_inquiry"}, object{"type": "approve_inquiry"}}}})
	if resp.StatusCode != 200 || v.status(path) != "approved" {
		t.Errorf("got %d %v, want approved", resp.StatusCode, o)
	}
	if got, want := v.tried(path), "government-id=failed(id_fabrication_detection)(id_tamper_detection) document=passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
