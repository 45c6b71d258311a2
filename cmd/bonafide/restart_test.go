package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/events"
)

// After a restart, and after the index was deleted, everything is told as before.
func TestWhatWasToldIsToldAgainAfterARestart(t *testing.T) {
	args := up(t)
	dir := ""
	for i, a := range args {
		if a == "--data" {
			dir = args[i+1]
		}
	}
	told := map[string]timeline{}
	for n, before := range []func(){func() {}, func() {}, func() {
		if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil || dir == "" {
			t.Fatalf("%q: %v", dir, err)
		}
	}} {
		before()
		c := start(t, map[string]string{"POLL_INTERVAL": "1s", "BONAFIDE_API_KEY": "bfk_restart"}, args...)
		c.out.await(t, "ready in")
		vars := map[string]string{"BONAFIDE_URL": regexp.MustCompile(`API +(http://\S+)`).FindStringSubmatch(c.out.String())[1], "BONAFIDE_API_KEY": "bfk_restart"}
		if _, out, complaints := bonafide(t, vars, "submit", "-f", ana(t, ""), "--wait"); !anID.MatchString(out) {
			t.Fatalf("submit: %s%s", out, complaints)
		}
		a, err := newAPI(t.Context(), envconfig.MapLookuper(vars))
		if err != nil {
			t.Fatal(err)
		}
		var all struct {
			Items []events.View `json:"items"`
		}
		if err := a.call(t.Context(), http.MethodGet, "/v1/verifications?status=completed&result=true&reference=customer-42", nil, &all); err != nil || len(all.Items) != n+1 {
			t.Fatalf("start %d: %d verifications are listed (%v), want %d", n, len(all.Items), err, n+1)
		}
		for _, v := range all.Items {
			var tl timeline
			if err := a.call(t.Context(), http.MethodGet, "/v1/verifications/"+v.ID+"/timeline", nil, &tl); err != nil {
				t.Fatal(err)
			}
			if was, known := told[v.ID]; known && len(was.Items) != len(tl.Items) {
				t.Errorf("start %d: the timeline of %s has %d items, and had %d", n, v.ID, len(tl.Items), len(was.Items))
			}
			told[v.ID] = tl
		}
		c.stop()
		if code := c.wait(t); code != 0 {
			t.Fatalf("up, told to stop: exit %d\n%s%s", code, c.out, c.err)
		}
	}
}
