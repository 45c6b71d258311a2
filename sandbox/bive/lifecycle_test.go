package bive_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/bive"
)

func TestStatesComeInOrder(t *testing.T) {
	v := newVendor(t)
	jan := object{"first_name": "Jan", "last_name": "Kowalski"}
	for _, tt := range []struct {
		name string
		body object
		want string
	}{
		{"with live check", jan, "Initiated GeneratingLivenessCheck AwaitingLivenessCheck Running Completed"},
		{"without", v.ana(""), "Initiated Running Completed"},
	} {
		id := v.create("person", tt.body)
		var got []string
		for range 60 {
			if s := v.get(id)["status"].(string); len(got) == 0 || got[len(got)-1] != s {
				got = append(got, s)
			}
			v.clock.Advance(500 * time.Millisecond)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// links returns the liveness checks of a record.
func links(record object) []any { l, _ := record["liveness_checks"].([]any); return l }

func TestEveryPersonHasALinkAndTheLastOneLetsTheRecordRun(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.ManualLiveness = true })
	id := v.create("business", v.tern("", "+a", "+b"))
	if got := links(v.get(id)); got != nil {
		t.Errorf("before the links are made: got %v", got)
	}
	v.clock.Advance(time.Hour)
	r := v.get(id)
	if r["status"] != "AwaitingLivenessCheck" || len(links(r)) != 2 {
		t.Fatalf("after an hour without anybody: got %v, want two links that wait", r)
	}
	for i, l := range links(r) {
		l := l.(object)
		if want := fmt.Sprintf("Jan Owner+%c", 'a'+i); l["name"] != want || l["status"] != "pending" {
			t.Errorf("link %d: got %v, want a pending one of %s", i, l, want)
		}
		path := strings.TrimPrefix(l["url"].(string), v.url)
		v.key = "" // the page is for the person, who has no key
		for _, method := range []string{"GET", "POST", "POST", "GET"} {
			if resp, _ := v.do(method, path, "", nil); resp.StatusCode != http.StatusOK {
				t.Errorf("%s %s: got %d, want 200", method, path, resp.StatusCode)
			}
		}
		v.key = apiKey
		want := []string{"AwaitingLivenessCheck", "Running"}[i]
		if r := v.get(id); r["status"] != want || links(r)[i].(object)["status"] != "completed" {
			t.Errorf("after link %d: got %v, want %s", i, r, want)
		}
	}
	if resp, _ := v.do("POST", "/l/unknown", "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown link: got %d, want 404", resp.StatusCode)
	}
}

func TestLinkThatNobodyOpensFailsTheRecordAfterADay(t *testing.T) {
	v := newVendor(t, func(c *bive.Config) { c.ManualLiveness = true })
	id := v.create("person", object{"first_name": "Jan", "last_name": "Kowalski", "webhook_url": v.hooks})
	v.clock.Advance(25 * time.Hour)
	r := v.get(id)
	if r["status"] != "Failed" || r["final_result"] != nil {
		t.Errorf("got %v, want Failed without a result: it is no verdict", r)
	}
	path := strings.TrimPrefix(links(r)[0].(object)["url"].(string), v.url)
	if resp, _ := v.do("POST", path, "", nil); resp.StatusCode != http.StatusGone || v.get(id)["status"] != "Failed" {
		t.Errorf("late POST: got %d and %v, want 410 and Failed", resp.StatusCode, v.get(id)["status"])
	}
	if got := v.inbox(); len(got) != 0 {
		t.Errorf("webhooks: got %d, want none for Failed", len(got))
	}
}

func TestRecordsAndFilesAreGoneAfterThirtyDays(t *testing.T) {
	v := newVendor(t)
	ana := v.ana("")
	id := v.create("person", ana)
	v.clock.Advance(30*24*time.Hour - time.Second)
	if v.get(id) == nil {
		t.Fatal("the record is gone early")
	}
	v.clock.Advance(time.Second)
	if got := v.get(id); got != nil {
		t.Errorf("after 30 days: got %v, want 404", got)
	}
	if status, _ := v.post("person", ana); status != 422 {
		t.Errorf("a create with files of 30 days ago: got %d, want 422", status)
	}
}
