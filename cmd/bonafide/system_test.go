package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

// live starts a whole system with the vendors' sandboxes by the command itself, and returns the environment of its callers. More
// are names and values of its own.
func live(t *testing.T, more ...string) (vars map[string]string) {
	t.Helper()
	settings := map[string]string{"POLL_INTERVAL": "1s"}
	for i := 0; i+1 < len(more); i += 2 {
		settings[more[i]] = more[i+1]
	}
	c := start(t, settings, up(t)...)
	t.Cleanup(func() {
		c.stop()
		if code := c.wait(t); code != 0 {
			t.Errorf("up, told to stop: exit %d, want 0; it said:\n%s%s", code, c.out, c.err)
		}
	})
	c.out.await(t, "export BONAFIDE_API_KEY=")
	url := regexp.MustCompile(`API +(http://\S+)`).FindStringSubmatch(c.out.String())
	key := regexp.MustCompile(`BONAFIDE_API_KEY=(\S+)`).FindStringSubmatch(c.out.String())
	broker := regexp.MustCompile(`NATS +(nats://\S+)`).FindStringSubmatch(c.out.String())
	if url == nil || key == nil || broker == nil {
		t.Fatalf("up does not say where it is:\n%s", c.out)
	}
	return map[string]string{"BONAFIDE_URL": url[1], "BONAFIDE_API_KEY": key[1], "NATS_URL": broker[1]}
}

// ana is a request about somebody whose live check Bive's sandbox takes by itself.
func ana(t *testing.T, tag string) string {
	return write(t, "request.json", `{"flow":"bive-person","reference":"customer-42","subject":{"type":"person","person":{
		"name":{"firstName":"Ana","lastName":"Reyes"},"contact":{"email":"ana`+tag+`@example.test"}}}}`)
}

var anID = regexp.MustCompile(`vrf_[0-9a-z]{26}`)

func TestSubmitWaitShowAndWatchTellOneStory(t *testing.T) {
	vars := live(t)
	all := start(t, vars, "watch")
	for all.out.String() == "" { // until it watches
		if code, _, complaints := bonafide(t, vars, "submit", "-f", ana(t, "")); code != 0 {
			t.Fatalf("submit: exit %d, want 0: %s", code, complaints)
		}
	}
	code, out, complaints := bonafide(t, vars, "submit", "-f", ana(t, ""), "--wait")
	if code != 0 || !strings.Contains(out, "decision 1: true, confidence 99") {
		t.Fatalf("submit --wait: exit %d, want 0 and the decision; got:\n%s%s", code, out, complaints)
	}
	id := anID.FindString(out)
	all.out.await(t, id+"  verification.opened", id+"  check.answered identity by bive send → pending", id+"  verification.decided revision 1: true")
	all.stop()
	if code := all.wait(t); code != 0 {
		t.Errorf("watch, told to stop: exit %d, want 0; it said:\n%s", code, all.err)
	}
	one := start(t, vars, "watch", id, "--json")
	one.out.await(t, events.TypeOpened, events.TypeDecided)
	one.stop()
	one.wait(t)

	code, out, complaints = bonafide(t, vars, "show", id)
	if code != 0 {
		t.Fatalf("show: exit %d, want 0: %s", code, complaints)
	}
	for _, want := range []string{id + "  bive-person  completed  (customer-42)", "reasons: ", "document ", "timeline", "verification.opened", "revision 1: true"} {
		if !strings.Contains(out, want) {
			t.Errorf("show does not say %q:\n%s", want, out)
		}
	}
	opened := strings.Join(strings.Fields(out[strings.Index(out, "timeline"):])[1:3], " ")
	code, then, complaints := bonafide(t, vars, "show", id, "--as-of", opened)
	if code != 0 || !strings.Contains(then, id+"  bive-person  running") || strings.Contains(then, "decision 1") || strings.Contains(then, "check.answered") {
		t.Errorf("show --as-of %q, when it was opened: exit %d, want it running and nothing of what came later; got:\n%s%s", opened, code, then, complaints)
	}
	if code, _, complaints := bonafide(t, vars, "show", id, "--as-of", "2020-01-01"); code != exitBad || !strings.Contains(complaints, "404") {
		t.Errorf("show --as-of before it was opened: exit %d, want %d and 404; got: %s", code, exitBad, complaints)
	}
	if code, _, complaints := bonafide(t, vars, "show", id, "--as-of", "yesterday"); code != exitUsage || !strings.Contains(complaints, "--as-of") {
		t.Errorf("show --as-of yesterday: exit %d, want %d and the flag's name; got: %s", code, exitUsage, complaints)
	}
	for _, secret := range []string{"Reyes", "example.test"} {
		if strings.Contains(out+all.out.String()+one.out.String(), secret) {
			t.Errorf("show or watch prints %q, which is of a person", secret)
		}
	}
	code, out, _ = bonafide(t, vars, "show", id, "--json")
	var got struct {
		View     events.View
		Timeline []entry
	}
	if err := json.Unmarshal([]byte(out), &got, json.MatchCaseInsensitiveNames(true)); err != nil || code != 0 || got.View.ID != id || len(got.Timeline) == 0 {
		t.Errorf("show --json: exit %d, %v, view of %q with %d events; want 0 and that of %s", code, err, got.View.ID, len(got.Timeline), id)
	}
}

func TestABadAnswerIsExit1(t *testing.T) {
	vars := live(t)
	code, out, _ := bonafide(t, vars, "submit", "-f", ana(t, "+reject"), "--wait", "--json")
	var v events.View
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitBad || v.Decision == nil || v.Decision.Result != "false" {
		t.Errorf("submit --wait --json of a rejection: exit %d, want %d and the view; got %v:\n%s", code, exitBad, err, out)
	}
	for _, k := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown flow", []string{"submit", "-f", write(t, "r.json", `{"flow":"none","subject":{"type":"person","person":{}}}`)}, "/flow"},
		{"an unknown member", []string{"submit", "-f", write(t, "r.json", `{"flow":"bive-person","colour":1,"subject":{"type":"person","person":{}}}`)}, "/colour"},
		{"an unknown verification", []string{"show", "vrf_00000000000000000000000000"}, "404"},
	} {
		if code, _, complaints := bonafide(t, vars, k.args...); code != exitBad || !strings.Contains(complaints, k.want) {
			t.Errorf("%s: exit %d, want %d and a complaint with %q; got:\n%s", k.name, code, exitBad, k.want, complaints)
		}
	}
	vars["BONAFIDE_API_KEY"] = "bfk_another"
	if code, _, complaints := bonafide(t, vars, "show", v.ID); code != exitBad || !strings.Contains(complaints, "401") {
		t.Errorf("a wrong key: exit %d, want %d and 401; got:\n%s", code, exitBad, complaints)
	}
}

func TestTheSameIdempotencyKeyIsOneVerification(t *testing.T) {
	vars := live(t)
	file := ana(t, "")
	_, first, _ := bonafide(t, vars, "submit", "-f", file, "--idempotency-key", "k1")
	code, second, complaints := bonafide(t, vars, "submit", "-f", file, "--idempotency-key", "k1")
	if code != 0 || first != second || !anID.MatchString(first) {
		t.Errorf("exit %d, first %q, second %q; want the same id twice: %s", code, first, second, complaints)
	}
}

func TestWithoutBonafideTheErrorAsksForIt(t *testing.T) {
	code, _, complaints := bonafide(t, map[string]string{"BONAFIDE_URL": "http://127.0.0.1:1", "BONAFIDE_API_KEY": "k"}, "show", "vrf_1")
	if code != exitBad || !strings.Contains(complaints, "is Bonafide running?") {
		t.Errorf("exit %d, want %d and a question; got:\n%s", code, exitBad, complaints)
	}
}
