package persona_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestStories(t *testing.T) {
	const passed = "government-id=passed selfie=passed database=passed"
	for tag, want := range map[string][2]string{
		"":           {"approved", passed},
		"+approve":   {"approved", passed},
		"+reject":    {"declined", "government-id=failed(id_fabrication_detection)(id_tamper_detection)"},
		"+retry":     {"approved", "government-id=requires_retry(id_blur_detection) " + passed},
		"+flag":      {"approved", "government-id=passed(id_electronic_replica_detection) selfie=passed database=passed"},
		"+unknown":   {"failed", "government-id=canceled"},
		"+sanctions": {"declined", passed},
		"+reversal":  {"declined", passed},
		"+never":     {"pending", "government-id=submitted"},
		"+slow":      {"approved", passed},
	} {
		t.Run(tag, func(t *testing.T) {
			v := newVendor(t)
			path := v.create(tag)
			if got := v.status(path); got != "created" {
				t.Errorf("at first: got %s, want created", got)
			}
			v.clock.Advance(15 * time.Minute)
			if got := [2]string{v.status(path), v.tried(path)}; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestEventsComeInTheOrderOfTheStates(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) { c.Reports = []string{"report/watchlist"} })
	v.create("+reversal")
	v.clock.Advance(15 * time.Minute)
	want := "inquiry.created inquiry.started document.created document.submitted verification.created verification.submitted " +
		"document.processed verification.passed selfie.created selfie.submitted verification.created verification.submitted " +
		"verification.created verification.submitted selfie.processed verification.passed verification.passed inquiry.completed " +
		"report/watchlist.ready inquiry.approved inquiry.declined"
	if got := v.news(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTroubledWebhooks(t *testing.T) {
	for tag, want := range map[string]int{"": 22, "+dup": 44, "+lost": 0, "+shuffle": 22} {
		v := newVendor(t)
		path := v.create(tag)
		v.clock.Advance(15 * time.Minute)
		if got := len(v.inbox()); got != want {
			t.Errorf("%q: got %d webhooks (%s), want %d", tag, got, v.news(), want)
		}
		if first := "inquiry.created"; (tag == "+shuffle") == strings.HasPrefix(v.news()+first, first) {
			t.Errorf("%q: got %s", tag, v.news())
		}
		if got := v.status(path); got != "approved" {
			t.Errorf("%q: got %s, want approved whatever becomes of webhooks", tag, got)
		}
	}
}

// The vendor keeps the 500 under its key for a day: only another key gets further.
func TestA500StaysUnderItsKey(t *testing.T) {
	v := newVendor(t)
	for n, tt := range []struct {
		key  string
		want int
	}{{"k1", 500}, {"k1", 500}, {"k1", 500}, {"k2", 500}, {"k3", 201}, {"k3", 201}, {"k1", 500}} {
		resp, _ := v.do("POST", "/api/v1/inquiries", ana("+error"), "Idempotency-Key", tt.key)
		if resp.StatusCode != tt.want {
			t.Errorf("request %d with %s: got %d, want %d", n+1, tt.key, resp.StatusCode, tt.want)
		}
	}
	if got := v.box.Ledger().Creates["inquiry.create"]["cust-1"]; got != 1 {
		t.Errorf("ledger: got %d inquiries, want 1", got)
	}
	v.clock.Advance(25 * time.Hour)
	if resp, _ := v.do("POST", "/api/v1/inquiries", ana("+error"), "Idempotency-Key", "k1"); resp.StatusCode != 201 {
		t.Errorf("a day later: got %d, want 201: the key is forgotten", resp.StatusCode)
	}
}

// Monitoring runs a report again, long after the approval.
func TestAReportRunAgainFindsWhoWasListedSince(t *testing.T) {
	v := newVendor(t, func(c *persona.Config) { c.Reports = []string{"report/watchlist"} })
	path := v.create("")
	v.clock.Advance(15 * time.Minute)
	_, o := v.do("GET", path, nil)
	report := "/api/v1/reports/" + in(in(o, "data", "relationships", "reports", "data").([]any)[0], "id").(string)
	v.do("PATCH", path, object{"data": object{"attributes": object{"fields": object{"name-first": "Kim", "name-last": "Jong Un"}}}})
	before := len(v.inbox())
	if resp, _ := v.do("POST", report+"/run", nil); resp.StatusCode != 200 {
		t.Fatalf("run: got %d, want 200", resp.StatusCode)
	}
	if resp, _ := v.do("POST", report+"/run", nil); resp.StatusCode != 409 {
		t.Errorf("run while it runs: got %d, want 409", resp.StatusCode)
	}
	v.clock.Advance(time.Minute)
	_, o = v.do("GET", report, nil)
	_, h := v.do("GET", report+"/history", nil)
	if in(o, "data", "attributes", "has-match") != true || in(o, "data", "attributes", "is-continuous") != true || len(in(h, "data").([]any)) != 2 {
		t.Errorf("got %v and %v, want a match in the second of two runs", o, h)
	}
	if got, want := len(v.inbox())-before, 2; got != want || !strings.HasSuffix(v.news(), "report/watchlist.ready report/watchlist.matched") {
		t.Errorf("got %s, want ready and matched", v.news())
	}
	if got := v.status(path); got != "approved" {
		t.Errorf("the inquiry: got %s, want approved: nobody has looked", got)
	}
}

func TestMatchesOfNamesThatTheVendorDocuments(t *testing.T) {
	for _, tt := range []struct{ kind, first, last, want string }{
		{"report/watchlist", "Kim", "Jong Un", "report/watchlist.ready report/watchlist.matched report/watchlist.dismissed"},
		{"report/politically-exposed-person", "Boris", "Johnson", "report/politically-exposed-person.ready report/politically-exposed-person.matched report/politically-exposed-person.dismissed"},
		{"report/watchlist", "Boris", "Johnson", "report/watchlist.ready"},
	} {
		v := newVendor(t)
		resp, o := v.do("POST", "/api/v1/reports", object{"data": object{"type": tt.kind, "attributes": object{"report-template-id": "rptp_1", "query": object{"name-first": tt.first, "name-last": tt.last}}}})
		if resp.StatusCode != 201 || in(o, "data", "attributes", "status") != "pending" {
			t.Fatalf("%s: got %d %v, want 201 pending", tt.kind, resp.StatusCode, o)
		}
		path := "/api/v1/reports/" + in(o, "data", "id").(string)
		v.clock.Advance(time.Minute)
		_, o = v.do("GET", path, nil)
		hit := strings.Contains(tt.want, "matched")
		if in(o, "data", "attributes", "has-match") != hit {
			t.Errorf("%s of %s %s: got %v, want a match %v", tt.kind, tt.first, tt.last, o, hit)
		}
		resp, o = v.do("POST", path+"/dismiss", object{"data": object{"attributes": object{"reason": "somebody else"}}})
		if hit && (resp.StatusCode != 200 || in(o, "data", "attributes", "has-match") != true || len(in(o, "data", "attributes", "ignore-list").([]any)) != 1) || !hit && resp.StatusCode != 422 {
			t.Errorf("%s dismissed: got %d %v", tt.kind, resp.StatusCode, o)
		}
		v.clock.Advance(time.Minute)
		if got := v.news(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
